//! The segment is wider, the order is another, and the domain's number, which the next kernel gives
//! anew, is gone. Which format the tables have came: a kernel that knows but one must not read
//! another.

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
#[kserial(
    record = "iommu-device",
    retired(4 = "domain"),
    lock = "locks/iommu-device.toml"
)]
#[repr(C)]
pub struct Device {
    /// The device's entry in the context table.
    #[kserial(id = 8)]
    pub context_entry: [u64; 2],
    /// The lower half of the bus's entry in the root table.
    #[kserial(id = 7)]
    pub root_entry: u64,
    /// The unit's root table.
    #[kserial(id = 6)]
    pub root: PhysAddr,
    /// The registers of the unit that translates.
    #[kserial(id = 5)]
    pub unit: PhysAddr,
    /// The number of the PCI hierarchy.
    #[kserial(id = 1, key)]
    pub segment: u32,
    /// The bus.
    #[kserial(id = 2, key)]
    pub bus: u8,
    /// The device in the upper five bits, the function in the lower three.
    #[kserial(id = 3, key)]
    pub devfn: u8,
    /// 0: VT-d's legacy mode, second-level tables.
    #[kserial(id = 9, default = 0, critical)]
    pub format: u16,
}
