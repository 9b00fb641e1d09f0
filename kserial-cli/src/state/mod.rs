//! Memory in which a kernel left its state, wherever it comes from.
//!
//! | STATE | is read as |
//! |---|---|
//! | a file of RAM, address 0 first | [`image`]: mapped, so only what is looked at is read |
//! | the same, packed with zstd | [`zstd`]: unpacked into a file without a name, zero pages left out |
//! | an ELF core (vmcore, `dump-guest-memory`) | [`core`]: its segments, by physical address |
//! | `/proc/kcore`, `running` | [`core`], and the root as sysfs and debugfs tell it |
//! | a folder | [`folder`]: pages in files that are named after their addresses |
//!
//! All of them become a [`Memory`]; what is in it is the business of `kserial`'s `kho` and `luo`.

mod core;
mod error;
mod extents;
mod folder;
mod image;
mod live;
mod open;
mod zstd;

pub(crate) use image::map;
pub(crate) use zstd::is_zero;

pub use error::StateError;
pub use open::{open, Choice, Hint, Source};

use kserial::kho::Memory;
