//! `iommu-entry`: an entry of a translation table, sealed beside the table that hardware reads.
//!
//! | read as → | gen 1 | gen 2 |
//! |---|---|---|
//! | written as gen 1 | identical | compatible |
//! | gen 2 | compatible | identical |

pub mod gen1;
pub mod gen2;

pub use gen2::Entry;
