//! The frame number gives twelve bits away, in which flags travel for free.

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
#[kserial(record = "memfd-folio")]
#[repr(C)]
pub struct Folio {
    /// A kernel that does not know that a folio's content is not up to date would hand out stale
    /// bytes: hence `critical`.
    #[kserial(
        bits(id = 1, name = "pfn", at = 0..52, unit = "pages"),
        bits(id = 2, name = "flags", at = 52..64, default = 0, critical)
    )]
    word: u64,
    /// Where in the file the folio starts.
    #[kserial(id = 3, unit = "pages", key)]
    pub index: u64,
}

impl Folio {
    /// The folio of a memfd that starts `index` pages into the file, or `None` when the frame
    /// number has more than 52 bits or the flags more than twelve.
    #[must_use]
    pub fn new(pfn: u64, flags: u64, index: u64) -> Option<Self> {
        Self { word: 0, index }.with_pfn(pfn)?.with_flags(flags)
    }
}
