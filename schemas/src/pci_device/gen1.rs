//! The first sixteen registers that a driver sets up, beside the device's address.

use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A device's configuration as it crosses a live update.
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
#[kserial(record = "pci-device")]
#[repr(C)]
pub struct PciDevice {
    /// The number of the PCI hierarchy.
    #[kserial(id = 1, key)]
    pub segment: u16,
    /// The bus.
    #[kserial(id = 2, key)]
    pub bus: u8,
    /// The device in the upper five bits, the function in the lower three.
    #[kserial(id = 3, key)]
    pub devfn: u8,
    /// The command register, as drivers have it at the freeze: bus mastering is noted, not given.
    #[kserial(id = 4)]
    pub command: u16,
    /// The status register.
    #[kserial(id = 5, default = 0)]
    pub status: u16,
    /// Vendor in the lower half, device in the upper.
    #[kserial(id = 6)]
    pub id: u32,
    /// The base address registers as they read, flags included.
    #[kserial(id = 7)]
    pub bars: [u32; 6],
    /// The cache line size register.
    #[kserial(id = 8, unit = "dwords")]
    pub cache_line: u8,
    /// The latency timer.
    #[kserial(id = 9, default = 0)]
    pub latency: u8,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: [u8; 2],
}
