//! An entry and where it lies in its table.

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
#[kserial(record = "iommu-entry")]
#[repr(C)]
pub struct Entry {
    /// Its place in the table, in entries of eight bytes.
    #[kserial(id = 1, range = 0..=511)]
    pub index: u16,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: [u8; 6],
    /// What it was, without what hardware writes.
    #[kserial(id = 2)]
    pub value: u64,
}
