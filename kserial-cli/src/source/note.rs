//! ELF notes, found by their owner.

use bytes::Bytes;

use super::error::Place;

/// The owner of the notes in which a kernel declares what it writes, reads and expects.
pub const OWNER: &[u8] = b"KSerial";

/// One ELF note.
#[derive(Debug, Clone)]
pub struct Note {
    /// Who defined what is in it, without the NUL that ends it.
    pub owner: Bytes,
    /// What it is, in the owner's numbering.
    pub kind: u32,
    /// What it says.
    pub desc: Bytes,
    /// Where it is: the offset is that of the owner's name in the unpacked file.
    pub place: Place,
}

impl Note {
    /// Whether KSerial defined it.
    #[must_use]
    pub fn is_kserial(&self) -> bool {
        *self.owner == *OWNER
    }

    /// The build ID, if this is one.
    pub(super) fn build_id(&self) -> Option<&[u8]> {
        (*self.owner == *b"GNU" && self.kind == object::elf::NT_GNU_BUILD_ID.0)
            .then_some(&self.desc)
    }
}
