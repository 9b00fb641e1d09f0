//! `memfd-folio`: a folio of a memfd. The rows of one memfd end at its mark.
//!
//! | read as → | gen 1 | gen 2 | gen 3 |
//! |---|---|---|---|
//! | written as gen 1 | identical | if every pfn has 52 bits | if every pfn has 52 bits |
//! | gen 2 | if no flag is set | identical | if no flag beyond the known two is set |
//! | gen 3 | if no flag is set | compatible | identical |
//!
//! Since the second generation a row is, byte for byte, upstream's `memfd_luo_folio_ser`.

pub mod gen1;
pub mod gen2;
pub mod gen3;

pub use gen3::Folio;
