use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", note(reads, sends), carrier = "mail")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", note, carrier = "mail")]
#[repr(C)]
struct Other {
    #[kserial(id = 1)]
    size: u64,
}

fn main() {}
