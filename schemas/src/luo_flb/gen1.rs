//! Upstream's three members.

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
    /// How many preserved files use it.
    #[kserial(id = 3, unit = "files")]
    pub count: u64,
}
