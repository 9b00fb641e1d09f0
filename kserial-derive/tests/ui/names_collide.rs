use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, open(a = 0, a = 1))]
    mode: u32,
    #[kserial(id = 2, closed("one-two" = 0, one_two = 1))]
    kind: u16,
    #[kserial(id = 3)]
    kind_one_two: u16,
    #[kserial(bits(id = 4, name = "PFN", at = 0..52))]
    word: u64,
}

fn main() {}
