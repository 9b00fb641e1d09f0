use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, id = 2)]
    size: u64,
    #[kserial(id = 3, critical, critical)]
    seals: u64,
    #[kserial(id = 4, range = 0..=4, expect = 2)]
    flags: u64,
    #[kserial(id = 5, bool, open(a = 1))]
    mode: u64,
}

fn main() {}
