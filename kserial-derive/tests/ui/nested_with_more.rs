use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "inner")]
#[repr(C)]
struct Inner {
    #[kserial(id = 1)]
    value: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "outer")]
#[repr(C)]
struct Outer {
    #[kserial(id = 1, nested, critical)]
    inner: Inner,
    #[kserial(id = 2, nested)]
    number: u64,
}

fn main() {}
