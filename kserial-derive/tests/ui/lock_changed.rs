use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "folio")]
#[repr(C)]
struct Folio {
    #[kserial(id = 1)]
    pfn: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", retired(3 = "reserved"), lock = "locks/memfd.toml")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, unit = "pages")]
    size: u64,
    #[kserial(id = 2, unit = "bytes")]
    pos: i64,
    #[kserial(id = 4)]
    seals: [u32; 1],
    #[kserial(id = 5)]
    mode: u32,
    #[kserial(id = 6, child = "page")]
    folios: u64,
}

fn main() {}
