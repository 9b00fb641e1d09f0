use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "node")]
#[repr(C)]
struct Node {
    #[kserial(id = 1)]
    left: Rows<Node>,
    #[kserial(id = 2)]
    right: Rows<Self, u64>,
}

fn main() {}
