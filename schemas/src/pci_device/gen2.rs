//! The segment is wider (VMD and Hyper-V number theirs beyond 16 bits), the order is another, the
//! class is new and the status register, which a reader could do nothing with, is gone. Quirks came:
//! a kernel that does not know them cannot drive the device.

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
#[kserial(
    record = "pci-device",
    retired(5 = "status"),
    lock = "locks/pci-device.toml"
)]
#[repr(C)]
pub struct PciDevice {
    /// The base address registers as they read, flags included.
    #[kserial(id = 7)]
    pub bars: [u32; 6],
    /// The number of the PCI hierarchy.
    #[kserial(id = 1, key)]
    pub segment: u32,
    /// Vendor in the lower half, device in the upper.
    #[kserial(id = 6)]
    pub id: u32,
    /// The command register, as drivers have it at the freeze: bus mastering is noted, not given.
    #[kserial(id = 4)]
    pub command: u16,
    /// The bus.
    #[kserial(id = 2, key)]
    pub bus: u8,
    /// The device in the upper five bits, the function in the lower three.
    #[kserial(id = 3, key)]
    pub devfn: u8,
    /// Class, subclass and programming interface.
    #[kserial(id = 10, default = 0, range = 0..=0xff_ffff)]
    pub class: u32,
    /// The latency timer.
    #[kserial(id = 9, default = 0)]
    pub latency: u8,
    /// The cache line size register.
    #[kserial(id = 8, unit = "dwords")]
    pub cache_line: u8,
    /// What a driver must know of the device to drive it at all.
    #[kserial(id = 11, default = 0, critical)]
    pub quirks: u16,
}
