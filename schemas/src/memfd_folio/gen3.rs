//! Says which flags there are: a row with another one is refused, not guessed at.

use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A folio of a memfd.
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
#[kserial(record = "memfd-folio", lock = "locks/memfd-folio.toml")]
#[repr(C)]
pub struct Folio {
    /// A kernel that does not know that a folio's content is not up to date would hand out stale
    /// bytes: hence `critical`.
    #[kserial(
        bits(id = 1, name = "pfn", at = 0..52, unit = "pages"),
        bits(id = 2, name = "flags", at = 52..64, range = 0..=3, default = 0, critical)
    )]
    word: u64,
    /// Where in the file the folio starts.
    #[kserial(id = 3, unit = "pages", key)]
    pub index: u64,
}

impl Folio {
    /// [`flags`](Self::flags): the folio must be written back before it is dropped.
    pub const DIRTY: u64 = 1;
    /// [`flags`](Self::flags): the folio holds the file's content.
    pub const UPTODATE: u64 = 2;

    /// The folio of a memfd that starts `index` pages into the file, or `None` when the frame
    /// number has more than 52 bits or the flags more than twelve.
    #[must_use]
    pub fn new(pfn: u64, flags: u64, index: u64) -> Option<Self> {
        Self { word: 0, index }.with_pfn(pfn)?.with_flags(flags)
    }
}
