//! `pci-device`: a PCI device's configuration, found by its address.
//!
//! | read as → | gen 1 | gen 2 |
//! |---|---|---|
//! | written as gen 1 | identical | loses the status |
//! | gen 2 | if no segment is beyond 16 bits and no device has quirks; loses the class | identical |

pub mod gen1;
pub mod gen2;

pub use gen2::PciDevice;
