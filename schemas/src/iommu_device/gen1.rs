//! Where the walk for a device begins.

use kserial::{KSerial, PhysAddr};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A device whose translation is handed over.
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
#[kserial(record = "iommu-device")]
#[repr(C)]
pub struct Device {
    /// The number of the PCI hierarchy.
    #[kserial(id = 1, key)]
    pub segment: u16,
    /// The bus.
    #[kserial(id = 2, key)]
    pub bus: u8,
    /// The device in the upper five bits, the function in the lower three.
    #[kserial(id = 3, key)]
    pub devfn: u8,
    /// The domain's number, of the unit.
    #[kserial(id = 4, default = 0)]
    pub domain: u32,
    /// The registers of the unit that translates.
    #[kserial(id = 5)]
    pub unit: PhysAddr,
    /// The unit's root table.
    #[kserial(id = 6)]
    pub root: PhysAddr,
    /// The lower half of the bus's entry in the root table.
    #[kserial(id = 7)]
    pub root_entry: u64,
    /// The device's entry in the context table.
    #[kserial(id = 8)]
    pub context_entry: [u64; 2],
}
