use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u32,
    #[kserial(id = 2, range = 1..=4, default = 0)]
    flags: u32,
}

fn main() {}
