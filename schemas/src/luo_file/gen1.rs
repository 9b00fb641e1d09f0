//! Upstream's three members.

use kserial::{KSerial, PhysAddr};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A preserved file as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "luo-file")]
#[repr(C)]
pub struct File {
    /// Which handler takes it.
    #[kserial(id = 1, text)]
    pub compatible: [u8; 48],
    /// What the handler wrote, or 0.
    #[kserial(id = 2)]
    pub data: PhysAddr,
    /// The number by which userspace finds it again in its session.
    #[kserial(id = 3, key)]
    pub token: u64,
}
