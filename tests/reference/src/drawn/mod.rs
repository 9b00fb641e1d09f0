//! Random layouts, changes of them, and rows: the raw material of the property tests.
//!
//! A [`Draft`] is a layout whose members have no places yet. It is drawn, [changed](Change) as
//! often as wanted, and packed into a valid [`Shape`](crate::Shape) at the end; so a
//! change never has to care for its neighbours, and what proptest shrinks stays a layout.

mod change;
mod draft;
mod member;
mod rows;

/// How many cases a property is tried on: `PROPTEST_CASES` where it is set, for long runs.
pub fn cases(short: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(short)
}

pub use change::{change, Change};
pub use draft::{draft, Draft, Placed};
pub use member::{member, settled};
pub use rows::{clean_row, harmful_row, rows, Dice};
