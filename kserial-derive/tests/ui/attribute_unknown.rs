use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", version = 2)]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, defualt = 0)]
    size: u64,
}

fn main() {}
