//! What needs more than one crate to be shown.
//!
//! - [`reference`](mod@reference): what is right, written once more, from `docs/FORMAT.md` alone.
//! - [`drawn`]: random layouts, changes of them, and rows.
//! - [`records`]: records as Rust structs.
//! - [`judged`]: one pair of layouts through both, `kserial` and the reference.

pub mod drawn;
pub mod judged;
pub mod records;
pub mod reference;
