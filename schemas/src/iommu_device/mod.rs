//! `iommu-device`: a device that an IOMMU translates for, and where the walk for it begins.
//!
//! | read as → | gen 1 | gen 2 |
//! |---|---|---|
//! | written as gen 1 | identical | loses the domain's number |
//! | gen 2 | if no segment is beyond 16 bits and the format is the old one | identical |

pub mod gen1;
pub mod gen2;

pub use gen2::Device;
