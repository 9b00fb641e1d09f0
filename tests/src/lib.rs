//! What needs more than one crate to be shown.
//!
//! `kserial-reference` knows what is right and nothing of `kserial`; here the two meet.
//!
//! - [`records`]: records as Rust structs.
//! - [`corpus`]: images of every generation, and what they must decode to.
//! - [`judged`]: one pair of layouts through both, `kserial` and the reference.

pub mod corpus;
pub mod judged;
pub mod records;

/// The guide's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/GUIDE.md")]
struct Guide;
