use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, bool)]
    sealed: i64,
    #[kserial(id = 2, text)]
    name: u64,
    #[kserial(id = 3, closed(a = 1))]
    vendor: i64,
    #[kserial(id = 4, child = "folio")]
    folios: [u64; 1],
    #[kserial(bits(id = 5, name = "pfn", at = 0..52))]
    word: i64,
}

fn main() {}
