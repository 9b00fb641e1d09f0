use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", critical, record = "memfd-folio")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
}

fn main() {}
