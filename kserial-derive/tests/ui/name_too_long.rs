use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "a-record-whose-name-is-longer-than-luo-can-carry-it")]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1)]
    a_name_of_twenty_five_char: u64,
    #[kserial(id = 2, name = "a name")]
    pos: u64,
    #[kserial(id = 3, unit = "kilobytes")]
    size: u64,
    #[kserial(id = 4, name = "")]
    flags: u64,
}

fn main() {}
