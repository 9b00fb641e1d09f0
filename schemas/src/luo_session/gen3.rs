//! Counts the live updates that the session has been through.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::luo_file::gen3::File;

/// A session as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(
    record = "luo-session",
    retired(2 = "file_set_ser"),
    lock = "locks/luo-session.toml"
)]
#[repr(C)]
pub struct Session {
    /// The name by which userspace finds it again.
    #[kserial(id = 1, text, key)]
    pub name: [u8; 64],
    /// Its files end here, in the order in which they were preserved.
    #[kserial(id = 3)]
    pub files: Rows<File>,
    /// How many live updates it has been through before this one.
    #[kserial(id = 4, default = 0, unit = "updates")]
    pub updates: u64,
}
