//! The key first, and files that may be left behind: one whose handler is missing need not cost the
//! whole session.

use kserial::{KSerial, PhysAddr};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A preserved file as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "luo-file", lock = "locks/luo-file.toml")]
#[repr(C)]
pub struct File {
    /// The number by which userspace finds it again in its session.
    #[kserial(id = 3, key)]
    pub token: u64,
    /// What the handler wrote, or 0.
    #[kserial(id = 2)]
    pub data: PhysAddr,
    /// The length of what the handler wrote; 0 where nobody said.
    #[kserial(id = 4, default = 0, unit = "bytes")]
    pub data_len: u64,
    /// Which handler takes it.
    #[kserial(id = 1, text)]
    pub compatible: [u8; 48],
    /// The session does without it when no handler takes it. A kernel that does not know this would
    /// give up the session: hence `critical`.
    #[kserial(id = 5, bool, default = 0, critical)]
    pub optional: u8,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: [u8; 7],
}
