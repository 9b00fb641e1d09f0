//! Says how long the handler's data are, so that nobody reads past their end.

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
    /// The length of what the handler wrote; 0 where nobody said.
    #[kserial(id = 4, default = 0, unit = "bytes")]
    pub data_len: u64,
}
