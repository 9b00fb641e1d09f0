//! Getting at the bytes of a file without reading it.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

use super::error::{Place, Problem, SourceError};
use super::unpack::CAP;

/// Below this a copy is cheaper than a mapping.
const MAPPED_FROM: u64 = 64 << 10;

/// The bytes of a file, mapped, so that only what is looked at is read from the disk.
///
/// Files of `/sys` and `/proc` are not for this: their lengths are made up. See [`read_live`].
pub(super) fn map(path: &Path) -> Result<Bytes, SourceError> {
    let place = Place::file(path);
    let io = |error| place.error(Problem::Io(error));
    let file = File::open(path).map_err(io)?;
    let meta = file.metadata().map_err(io)?;
    let kind = meta.file_type();
    if kind.is_char_device() || kind.is_block_device() || kind.is_socket() {
        return Err(place.error(Problem::UnsupportedKind("a device or a socket")));
    }
    if meta.len() < MAPPED_FROM {
        return read_all(file, &place);
    }
    // SAFETY: the mapping is private and only read. If another process cuts the file short
    // meanwhile, the kernel ends this one with SIGBUS; if it writes, the bytes change below checks
    // that were already made, which costs a wrong answer or a panic on an index and no memory
    // safety, as every access goes through a checked slice.
    #[allow(unsafe_code, reason = "a mapping cannot be made otherwise")]
    match unsafe { Mmap::map(&file) } {
        Ok(mapping) => Ok(Bytes::from_owner(mapping)),
        // Some file systems have files that can only be read.
        Err(_) => read_all(file, &place),
    }
}

/// The bytes of a file of `/sys` or `/proc`; none if there is no such file.
pub(super) fn read_live(path: &Path) -> Result<Option<Bytes>, SourceError> {
    let place = Place::file(path);
    match File::open(path) {
        Ok(file) => read_all(file, &place).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(place.error(Problem::Io(error))),
    }
}

fn read_all(file: File, place: &Place) -> Result<Bytes, SourceError> {
    let mut bytes = Vec::new();
    // A pipe may never end.
    let read = file.take(CAP + 1).read_to_end(&mut bytes);
    read.map_err(|error| place.error(Problem::Io(error)))?;
    if bytes.len() as u64 > CAP {
        return Err(place.error(Problem::TooLarge { cap: CAP }));
    }
    Ok(bytes.into())
}
