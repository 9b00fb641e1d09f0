use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd-folio")]
#[repr(C)]
struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..40))]
    word: u32,
}

fn main() {}
