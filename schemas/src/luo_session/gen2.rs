//! Marks of 64 bits: as many files as there is memory for.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::luo_file::gen2::File;

/// A session as it crosses a live update.
#[derive(
    KSerial, Clone, Copy, PartialEq, Eq, Debug, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[kserial(record = "luo-session")]
#[repr(C)]
pub struct Session {
    /// The name by which userspace finds it again.
    #[kserial(id = 1, text, key)]
    pub name: [u8; 64],
    /// Its files.
    #[kserial(id = 2, name = "file_set_ser", nested)]
    pub file_set: FileSet,
}

/// The files of a session.
#[derive(
    KSerial,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Default,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[kserial(record = "luo-file-set", retired(1 = "files", 2 = "count", 3 = "files"))]
#[repr(C)]
pub struct FileSet {
    /// They end here.
    #[kserial(id = 20)]
    pub files: Rows<File>,
}
