//! `memfd`: a memory file, as a kernel hands it to the next.
//!
//! | read as → | gen 1 | gen 2 | gen 3 |
//! |---|---|---|---|
//! | written as gen 1 | identical | compatible | compatible |
//! | gen 2 | if nothing is sealed; loses flags | identical | if the flags fit 16 bits |
//! | gen 3 | if nothing is sealed and no folio is huge; loses flags | if no folio is huge | identical |

pub mod gen1;
pub mod gen2;
pub mod gen3;

pub use gen3::Memfd;
