//! Why memory could not be opened.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::name::Name;

/// What is wrong with a STATE, and what to do about it.
#[derive(Debug)]
pub struct StateError {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
    /// What can be done.
    pub advice: &'static str,
}

impl StateError {
    pub(super) fn new(path: &Path, what: impl Into<String>, advice: &'static str) -> Self {
        Self { path: path.to_owned(), what: what.into(), advice }
    }

    pub(super) fn io(path: &Path, error: &io::Error) -> Self {
        let advice = match error.kind() {
            io::ErrorKind::PermissionDenied => "run as a user who may read it",
            io::ErrorKind::StorageFull => {
                "set TMPDIR to a folder with room for the unpacked memory"
            }
            _ => "check that it exists and can be read",
        };
        Self::new(path, error.to_string(), advice)
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", Name::of(&self.path), self.what, self.advice)
    }
}

impl std::error::Error for StateError {}
