//! Memory in a file that can be mapped.

use std::fs::File;
use std::io;
use std::ops::Range;

use kserial::kho::{Memory, Missing};
use kserial::PhysAddr;
use memmap2::Mmap;
use rustix::fs::{seek, SeekFrom};

use super::extents::{Extent, Extents};

/// A mapped file, and which address is where in it.
pub(super) struct Mapped {
    bytes: Mmap,
    extents: Extents,
}

/// The bytes of a file, of which only what is looked at is read.
pub(crate) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is private and only read. If another process cuts the file short
    // meanwhile, the kernel ends this one with SIGBUS; if it writes, the bytes change, which
    // costs a wrong answer and no memory safety, as every access is through a checked slice.
    #[allow(unsafe_code, reason = "a mapping cannot be made otherwise")]
    unsafe {
        Mmap::map(file)
    }
}

impl Mapped {
    /// A file of which these are the parts that matter.
    pub(super) fn new(file: &File, extents: Extents) -> io::Result<Self> {
        let bytes = map(file)?;
        // A few bytes may claim to be all of memory, and a search would walk all of it.
        let extents = extents.within(bytes.len() as u64);
        Ok(Self { bytes, extents })
    }

    /// A file that is RAM from address 0 on. Holes in it are zeros.
    pub(super) fn raw(file: &File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let mut list = Vec::new();
        let mut at = 0;
        // Where the file system knows no holes, all of it is data.
        while let Ok(start) = seek(file, SeekFrom::Data(at)) {
            let end = seek(file, SeekFrom::Hole(start)).unwrap_or(length).min(length);
            if end <= start {
                break;
            }
            list.push(Extent { phys: start, len: end - start, offset: start });
            at = end;
        }
        Self::new(file, Extents::new(list, length))
    }
}

impl Memory for Mapped {
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing> {
        self.extents.read(at, into, |offset, room| {
            let start = usize::try_from(offset).ok()?;
            room.copy_from_slice(self.bytes.get(start..start.checked_add(room.len())?)?);
            Some(())
        })
    }

    fn parts(&self) -> Vec<Range<u64>> {
        self.extents.parts()
    }
}
