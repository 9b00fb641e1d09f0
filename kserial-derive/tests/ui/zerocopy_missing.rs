use kserial::KSerial;
use zerocopy_derive::{Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    size: u64,
}

fn main() {}
