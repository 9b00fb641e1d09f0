use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", carrier = "file")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, pad)]
    size: u64,
    #[kserial(id = 2, open(a = 1), range = 0..=4)]
    flags: u64,
    #[kserial(id = 3, bits(id = 4, name = "x", at = 0..4))]
    word: u64,
    #[kserial(id = 5, at = 0..4)]
    other: u64,
    #[kserial(id = 6, range = 0..4)]
    open: u64,
}

fn main() {}
