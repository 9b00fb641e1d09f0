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
#[kserial(record = "memfd", lock = "locks/memfd.toml")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, unit = "bytes")]
    size: u64,
    #[kserial(id = 3)]
    reserved: u64,
    #[kserial(id = 6)]
    folios: Rows<Folio>,
}

fn main() {}
