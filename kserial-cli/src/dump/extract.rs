//! The content of a memfd, as a file.
//!
//! Memory of virtual machines holds their secrets: the file is readable by its owner alone, never
//! replaces another one, and is gone again when it cannot be finished.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use kserial::kho::image::Stored;
use kserial::kho::{Key, Missing};
use kserial::luo::Memfd;

use super::kserial_memfd::Kept;
use super::Dump;
use crate::name::Name;
use crate::state::is_zero;

/// What is copied at once.
const AT_ONCE: usize = 1 << 20;

/// Why a memfd could not be taken out.
#[derive(Debug)]
pub enum ExtractError {
    /// The file could not be made or written.
    Io(PathBuf, io::Error),
    /// A folio is not in this memory.
    Missing(Missing),
    /// The table of folios could not be read to its end.
    Cut {
        /// How many folios it says it has.
        stated: u64,
        /// How many could be read.
        found: u64,
    },
    /// What its handler left cannot be read as a memfd.
    Image(String),
    /// A folio that is not preserved: what lies there now may be anything.
    NotPreserved(u64),
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) if error.kind() == io::ErrorKind::AlreadyExists => {
                write!(f, "{} is there already; name a file that is not", Name::of(path))
            }
            Self::Io(path, error) => write!(f, "{}: {error}", Name::of(path)),
            Self::Missing(missing) => {
                write!(f, "a folio lies at {:#x}, which is not in this memory", missing.at.0)
            }
            Self::Cut { stated, found } => {
                write!(f, "only {found} of {stated} folios can be read")
            }
            Self::Image(why) => write!(f, "{why}"),
            Self::NotPreserved(frame) => write!(
                f,
                "the folio of pfn {frame:#x} is not preserved: what lies there may be anything"
            ),
        }
    }
}

impl std::error::Error for ExtractError {}

/// Where a folio lies: in the file, in pages, and in memory.
pub(super) struct Place {
    pub(super) index: u64,
    pub(super) key: Key,
    pub(super) is_preserved: bool,
}

impl Dump {
    /// Writes the content of `memfd` to a new file at `path`. Pages of zeros become holes.
    ///
    /// # Errors
    /// Why it could not be done; then there is no file.
    pub fn extract(&self, memfd: &Memfd, path: &Path) -> Result<(), ExtractError> {
        if memfd.folios != memfd.stated {
            return Err(ExtractError::Cut { stated: memfd.stated, found: memfd.folios });
        }
        let mut preserved = self.preserved.borrow_mut();
        let folios = memfd.folios(&*self.memory, self.pages, &mut preserved);
        let places = folios.map(|folio| {
            let folio = folio.map_err(ExtractError::Missing)?;
            Ok(Place { index: folio.index, key: folio.key, is_preserved: folio.preserved })
        });
        self.write_new(memfd.size, places, path)
    }

    /// The same for a memfd that KSerial's handler left, as an image.
    ///
    /// # Errors
    /// As [`extract`](Self::extract); [`ExtractError::Image`] where the image holds no memfd.
    pub fn extract_image(&self, stored: &Stored, path: &Path) -> Result<(), ExtractError> {
        let segments = self.bytes_of(stored);
        let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        let kept = Kept::read(self, &parts)?;
        self.write_new(kept.size, kept.folios.into_iter().map(Ok), path)
    }

    fn write_new(
        &self,
        size: u64,
        places: impl Iterator<Item = Result<Place, ExtractError>>,
        path: &Path,
    ) -> Result<(), ExtractError> {
        let io = |error| ExtractError::Io(path.to_owned(), error);
        let mut new = OpenOptions::new();
        let file = new.write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
        let written = self.write(size, places, &file, path);
        if written.is_err() {
            drop(file);
            // What went wrong before is what counts.
            let _ = fs::remove_file(path);
        }
        written
    }

    fn write(
        &self,
        size: u64,
        places: impl Iterator<Item = Result<Place, ExtractError>>,
        file: &File,
        path: &Path,
    ) -> Result<(), ExtractError> {
        let io = |error| ExtractError::Io(path.to_owned(), error);
        file.set_len(size).map_err(io)?;
        let page = self.pages.bytes();
        let mut buffer = vec![0; AT_ONCE];
        for folio in places {
            let folio = folio?;
            if !folio.is_preserved {
                return Err(ExtractError::NotPreserved(folio.key.frame));
            }
            let shift = self.pages.shift();
            let Some(start) = folio.index.checked_mul(page as u64) else { continue };
            let length = (folio.key.pages() << shift).min(size.saturating_sub(start));
            let Some(at) = self.pages.at(folio.key.frame) else { continue };
            let mut done = 0;
            while done < length {
                let now = (length - done).min(AT_ONCE as u64);
                // It is at most what the buffer holds.
                let bytes = &mut buffer[..usize::try_from(now).unwrap_or(AT_ONCE)];
                let from = kserial::PhysAddr(at.0.saturating_add(done));
                self.memory.read(from, bytes).map_err(ExtractError::Missing)?;
                for (n, page_bytes) in bytes.chunks(page).enumerate() {
                    if !is_zero(page_bytes) {
                        let place = start + done + (n * page) as u64;
                        file.write_all_at(page_bytes, place).map_err(io)?;
                    }
                }
                done += now;
            }
        }
        Ok(())
    }
}
