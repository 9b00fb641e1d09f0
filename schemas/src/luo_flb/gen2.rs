//! A length, a smaller count, and a version number beside the name, as later posts of PCI's FLB
//! have it.

use kserial::{KSerial, PhysAddr};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A file-lifecycle-bound object as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "luo-flb")]
#[repr(C)]
pub struct Flb {
    /// Which FLB this is.
    #[kserial(id = 1, text, key)]
    pub name: [u8; 48],
    /// What it wrote.
    #[kserial(id = 2)]
    pub data: PhysAddr,
    /// The length of what it wrote; 0 where nobody said.
    #[kserial(id = 4, default = 0, unit = "bytes")]
    pub data_len: u64,
    /// How many preserved files use it.
    #[kserial(id = 3, unit = "files")]
    pub count: u32,
    /// The version of what it wrote.
    #[kserial(id = 5, default = 0, critical)]
    pub version: u32,
}
