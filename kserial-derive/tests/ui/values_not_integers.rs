use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, default = -(1.5))]
    size: u64,
    #[kserial(id = 2, range = 0.5..=2.0)]
    order: u64,
    #[kserial(id = 3, range())]
    seals: u64,
}

fn main() {}
