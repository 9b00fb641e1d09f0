use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", retired(2 = "mode", 2))]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
    #[kserial(id = 2)]
    pos: u64,
}

fn main() {}
