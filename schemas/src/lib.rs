//! The records of a live update, each as a `#[repr(C)]` struct.
//!
//! | record | a row is | its children |
//! |---|---|---|
//! | [`luo-session`](Session) | a session | its files, in the order of preserving |
//! | [`luo-file`](File) | a preserved file | what its handler wrote |
//! | [`luo-flb`](Flb) | an object bound to the files that use it | |
//! | [`memfd`](Memfd) | a memfd | its folios |
//! | [`memfd-folio`](Folio) | a folio of a memfd | |
//! | [`pci-device`](PciDevice) | a PCI device's configuration | |
//! | [`iommu-device`](iommu_device::Device) | a device that an IOMMU translates for | |
//! | [`iommu-table`](iommu_table::Table) | a translation table | its entries |
//! | [`iommu-entry`](iommu_entry::Entry) | an entry of a translation table | |
//!
//! The member IDs are those of the catalogue in `schemas/linux/`: the C structs of Linux and these
//! records are layouts of the same things.
//!
//! # How records change
//! Each record keeps the shapes that it had, oldest first, in modules `gen1`, `gen2`, …; the newest
//! is the one in use. They are evidence: tests read every generation with every other, both ways,
//! and hold the result against what is written in each record's module. The lock files in `locks/`
//! say what was ever written down, and the compiler refuses a struct that contradicts its lock.
//!
//! ```
//! use kserial::{Grade, Record, Verdict};
//! use kserial_schemas::memfd::{gen1, gen2};
//!
//! let (old, new) = (gen1::Memfd::SHAPE, gen2::Memfd::SHAPE);
//! assert_eq!(Verdict::of(old, new).grade(), Grade::Compatible);
//! // An older kernel takes memfds back unless they are sealed.
//! assert_eq!(Verdict::of(new, old).grade(), Grade::Conditional);
//! ```
//!
//! # To add a record
//! Copy the shortest file here, change its names, and give it a lock file with one line,
//! `record = ".."`. The compiler tells the rest.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "data")]
pub mod data;
pub mod iommu_device;
pub mod iommu_entry;
pub mod iommu_table;
pub mod luo_file;
pub mod luo_flb;
pub mod luo_session;
pub mod memfd;
pub mod memfd_folio;
pub mod pci_device;

pub use luo_file::File;
pub use luo_flb::Flb;
pub use luo_session::{FileSet, Session};
pub use memfd::Memfd;
pub use memfd_folio::Folio;
pub use pci_device::PciDevice;
