//! Marks of 64 bits: as many files as there is memory for.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::luo_file::gen2::File;

/// A session as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "luo-session", retired(2 = "file_set_ser"))]
#[repr(C)]
pub struct Session {
    /// The name by which userspace finds it again.
    #[kserial(id = 1, text, key)]
    pub name: [u8; 64],
    /// Its files end here.
    #[kserial(id = 3)]
    pub files: Rows<File>,
}
