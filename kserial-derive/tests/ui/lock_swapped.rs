use kserial::{KSerial, Rows};
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
    #[kserial(id = 2, unit = "bytes")]
    size: u64,
    #[kserial(id = 1, unit = "bytes")]
    pos: u64,
    /// Renamed, and written down.
    #[kserial(id = 4)]
    sealed: u32,
    #[kserial(id = 5, closed(plain = 0, huge = 1))]
    mode: u32,
    #[kserial(id = 6)]
    folios: Rows<Folio>,
}

fn main() {}
