use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(bits(id = 1, name = "self", at = 0..4))]
    word: u64,
    #[kserial(bits(id = 2, name = "-", at = 0..4))]
    other: u64,
}

fn main() {}
