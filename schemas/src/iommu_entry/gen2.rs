//! The order is another, and the place is wider: granules of 64 KiB have more entries.

use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An entry of a translation table: eight bytes that hardware reads.
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
#[kserial(record = "iommu-entry", lock = "locks/iommu-entry.toml")]
#[repr(C)]
pub struct Entry {
    /// What it was, without what hardware writes.
    #[kserial(id = 2)]
    pub value: u64,
    /// Its place in the table, in entries of eight bytes.
    #[kserial(id = 1, range = 0..=511)]
    pub index: u32,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: [u8; 4],
}
