//! Memory in an ELF core: a crash dump, QEMU's `dump-guest-memory`, `/proc/kcore`.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use kserial::kho::{Memory, Missing};
use kserial::PhysAddr;
use object::elf::{FileHeader64, ET_CORE, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use object::Endianness;

use super::extents::{Extent, Extents};
use super::StateError;

/// The most that program headers and what comes before them take: the kernel's own cores have a few
/// dozen, QEMU's one per range of memory.
const HEADERS: usize = 4 << 20;

/// Which address is where in the core `file`.
pub(super) fn extents(file: &File, path: &Path) -> Result<Extents, StateError> {
    let damaged = |what: &str| {
        StateError::new(
            path,
            format!("not valid ELF: {what}"),
            "it is damaged or cut short: copy it again",
        )
    };
    let mut head = vec![0; HEADERS];
    let read = read_up_to(file, &mut head).map_err(|error| StateError::io(path, &error))?;
    head.truncate(read);
    let header = FileHeader64::<Endianness>::parse(head.as_slice())
        .map_err(|error| damaged(&error.to_string()))?;
    let endian = header.endian().map_err(|error| damaged(&error.to_string()))?;
    if header.e_type(endian) != ET_CORE {
        return Err(StateError::new(
            path,
            "an ELF file that is no core",
            "give memory: a core, RAM as a file, or /proc/kcore",
        ));
    }
    let segments = header
        .program_headers(endian, head.as_slice())
        .map_err(|error| damaged(&error.to_string()))?;
    let loaded = segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
    // -1 stands for "none": what vmalloc maps, in /proc/kcore.
    let physical = loaded.filter(|segment| segment.p_paddr(endian) != u64::MAX);
    let extents = physical.map(|segment| Extent {
        phys: segment.p_paddr(endian),
        len: segment.p_filesz(endian),
        offset: segment.p_offset(endian),
    });
    let extents = Extents::new(extents.collect(), 0);
    if extents.is_empty() {
        return Err(StateError::new(
            path,
            "no segment of this core has physical memory in it",
            "make the dump with physical addresses (QEMU: without -p; makedumpfile: -E)",
        ));
    }
    Ok(extents)
}

/// As many bytes from the start as there are room for.
fn read_up_to(file: &File, into: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], filled as u64)? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(filled)
}

/// A core that cannot be mapped: `/proc/kcore`.
pub(super) struct Unmapped {
    pub(super) file: File,
    pub(super) extents: Extents,
}

impl Memory for Unmapped {
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing> {
        self.extents.read(at, into, |offset, room| self.file.read_exact_at(room, offset).ok())
    }

    fn parts(&self) -> Vec<Range<u64>> {
        self.extents.parts()
    }
}
