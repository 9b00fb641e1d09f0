//! `luo-file`: a file that a session preserves.
//!
//! | read as → | gen 1 | gen 2 | gen 3 |
//! |---|---|---|---|
//! | written as gen 1 | identical | compatible | compatible |
//! | gen 2 | loses the length | identical | compatible |
//! | gen 3 | if no file is optional; loses the length | if no file is optional | identical |
//!
//! The first generation is, byte for byte, upstream's `luo_file_ser`.

pub mod gen1;
pub mod gen2;
pub mod gen3;

pub use gen3::File;
