//! Nobody needs the users. A table may be more than a page, and a kernel that does not know that
//! would take over, and free, a part of it.

use kserial::{KSerial, PhysAddr, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::iommu_entry::gen2::Entry;

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
#[kserial(
    record = "iommu-table",
    retired(3 = "users"),
    lock = "locks/iommu-table.toml"
)]
#[repr(C)]
pub struct Table {
    /// Its entries end here.
    #[kserial(id = 4)]
    pub entries: Rows<Entry>,
    /// What it is: 1 to 5 for levels of translation (1 maps pages), 16 a context table, 17 the root.
    #[kserial(id = 2, range(1..=5, 16..=17))]
    pub level: u32,
    /// The order of its folio.
    #[kserial(id = 5, default = 0, critical)]
    pub order: u32,
    /// Its first byte.
    #[kserial(id = 1, key)]
    pub at: PhysAddr,
}
