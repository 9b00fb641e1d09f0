//! From what the command line names to memory.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use kserial::kho::Data;
use kserial::PhysAddr;

use super::core::{self, Unmapped};
use super::image::Mapped;
use super::{folder, live, zstd, Memory, StateError};

/// What else was said about a STATE.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Which moment of a folder.
    pub stage: Option<&'a str>,
}

/// Memory, and what is known of where the root in it is.
pub struct Source {
    /// The memory.
    pub memory: Box<dyn Memory>,
    /// Where the root is.
    pub hint: Hint,
}

/// Where the root is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hint {
    /// There.
    At(PhysAddr),
    /// As the boot parameters say.
    Named(Data),
    /// Nobody knows, but these are its bytes.
    Bytes(Vec<u8>),
    /// It has to be searched for.
    Search,
}

/// Opens a STATE. `progress` is told now and then how many bytes of the file were read.
///
/// # Errors
/// Why it could not be opened, and what to do about it.
pub fn open(
    state: &Path,
    choice: Choice<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Source, StateError> {
    let running = state == Path::new("running");
    let path = if running { Path::new("/proc/kcore") } else { state };
    let io = |error| StateError::io(path, &error);
    if path.is_dir() {
        let (folder, hint) = folder::open(path, choice.stage)?;
        return Ok(Source { memory: Box::new(folder), hint });
    }
    let file = File::open(path).map_err(io)?;
    let mut magic = [0; 8];
    let known = file.read_at(&mut magic, 0).map_err(io)?;
    let magic = &magic[..known];
    let memory: Box<dyn Memory> = if magic.is_empty() {
        return Err(StateError::new(
            path,
            "the file is empty",
            "give memory, or a folder of pages",
        ));
    } else if magic.starts_with(b"\x7fELF") {
        let extents = core::extents(&file, path)?;
        if path.starts_with("/proc") {
            let hint = live::hint();
            return Ok(Source { memory: Box::new(Unmapped { file, extents }), hint });
        }
        Box::new(Mapped::new(&file, extents).map_err(io)?)
    } else if magic.starts_with(&zstd::MAGIC) {
        Box::new(zstd::unpack(&file, path, progress)?)
    } else if magic.starts_with(b"KDUMP   ") {
        let advice = "make an ELF core of it: makedumpfile -E";
        return Err(StateError::new(path, "a compressed crash dump", advice));
    } else {
        Box::new(Mapped::raw(&file).map_err(io)?)
    };
    Ok(Source { memory, hint: Hint::Search })
}
