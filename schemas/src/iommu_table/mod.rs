//! `iommu-table`: a translation table, where it lies and what of it a device uses.
//!
//! | read as → | gen 1 | gen 2 |
//! |---|---|---|
//! | written as gen 1 | identical | loses the users |
//! | gen 2 | if no table is more than a page | identical |

pub mod gen1;
pub mod gen2;

pub use gen2::Table;
