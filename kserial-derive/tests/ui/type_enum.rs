use kserial::KSerial;
use zerocopy_derive::{Immutable, IntoBytes, KnownLayout};

#[derive(Clone, Copy, IntoBytes, Immutable, KnownLayout)]
#[repr(u8)]
enum Vendor {
    Intel = 1,
}

#[derive(KSerial, Clone, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "iommu")]
#[repr(C)]
struct Iommu {
    #[kserial(id = 1)]
    vendor: Vendor,
}

fn main() {}
