use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", lock = "locks/not-toml.toml")]
#[repr(C)]
struct NotToml {
    #[kserial(id = 1)]
    size: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", lock = "locks/unknown-word.toml")]
#[repr(C)]
struct UnknownWord {
    #[kserial(id = 1)]
    size: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", lock = "locks/unknown-kind.toml")]
#[repr(C)]
struct UnknownKind {
    #[kserial(id = 1)]
    size: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", lock = "locks/no-layout.toml")]
#[repr(C)]
struct NoLayout {
    #[kserial(id = 1)]
    size: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", lock = "locks")]
#[repr(C)]
struct Folder {
    #[kserial(id = 1)]
    size: u64,
}

fn main() {}
