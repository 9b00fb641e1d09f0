use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd-folio")]
#[repr(C)]
struct Folio {
    #[kserial(bits(id = 1, name = "pfn"))]
    a: u64,
    #[kserial(bits(id = 2, at = 0..4))]
    b: u64,
    #[kserial(bits(name = "x", at = 0..4))]
    c: u64,
    #[kserial(bits(id = 4, name = "y", at = 4..4))]
    d: u64,
    #[kserial(bits(id = 5, name = "z", at = 0..4, nested))]
    e: u64,
}

fn main() {}
