//! A table of one page.

use kserial::{KSerial, PhysAddr, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::iommu_entry::gen1::Entry;

/// A translation table that is handed over where it lies.
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
#[kserial(record = "iommu-table")]
#[repr(C)]
pub struct Table {
    /// Its first byte.
    #[kserial(id = 1, key)]
    pub at: PhysAddr,
    /// What it is: 1 to 5 for levels of translation (1 maps pages), 16 a context table, 17 the root.
    #[kserial(id = 2, range(1..=5, 16..=17))]
    pub level: u8,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: [u8; 3],
    /// How many devices used it.
    #[kserial(id = 3, default = 0)]
    pub users: u32,
    /// Its entries end here.
    #[kserial(id = 4)]
    pub entries: Rows<Entry>,
}
