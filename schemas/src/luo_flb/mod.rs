//! `luo-flb`: an object that lives as long as the files that use it.
//!
//! | read as → | gen 1 | gen 2 | gen 3 |
//! |---|---|---|---|
//! | written as gen 1 | identical | if the counts have 32 bits | if the counts have 32 bits |
//! | gen 2 | if nothing states a version; loses the length | identical | if nothing states a version |
//! | gen 3 | loses the length | compatible | identical |
//!
//! The first generation is, byte for byte, upstream's `luo_flb_ser`.

pub mod gen1;
pub mod gen2;
pub mod gen3;

pub use gen3::Flb;
