//! Two plain words.

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
    /// The first page's frame number.
    #[kserial(id = 1, unit = "pages")]
    pub pfn: u64,
    /// Where in the file the folio starts.
    #[kserial(id = 3, unit = "pages", key)]
    pub index: u64,
}
