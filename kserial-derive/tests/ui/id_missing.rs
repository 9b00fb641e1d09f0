use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", retired(3))]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
    seals: u64,
    #[kserial(default = 0)]
    flags: u64,
}

fn main() {}
