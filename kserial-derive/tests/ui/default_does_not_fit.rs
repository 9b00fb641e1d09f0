use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, default = 0x1_0000_0000)]
    seals: u32,
    #[kserial(id = 2, default = -1)]
    flags: u32,
    #[kserial(id = 3, bool, default = 2)]
    sealed: u64,
    #[kserial(bits(id = 4, name = "pfn", at = 0..52, default = 1 << 52))]
    word: u64,
}

fn main() {}
