use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
    #[kserial(id = 2)]
    nothing: [u32; 0],
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "blob")]
#[repr(C)]
struct Blob {
    #[kserial(id = 1)]
    bytes: [u8; 65537],
}

fn main() {}
