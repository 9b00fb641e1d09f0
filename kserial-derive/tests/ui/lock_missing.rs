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
#[kserial(record = "memfile", lock = "no/such.toml")]
#[repr(C)]
struct Memfile {
    #[kserial(id = 1)]
    size: u64,
}

fn main() {}
