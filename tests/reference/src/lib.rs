//! The reference interpreter: what is *right*, written once more.
//!
//! `docs/FORMAT.md` says what a reader sees of what a writer wrote. `kserial` does that fast, in
//! place and without memory; this does it plainly, from the page alone. Nothing here is shared with
//! `kserial`: layouts are [`Shape`]s, values are mathematical integers, rows are maps from member
//! to values, bits are moved one by one, and images are built byte by byte. Where the two disagree,
//! one of them or the page is wrong.
//!
//! - [`set`]: sets of integers.
//! - [`shape`]: layouts; [`cells`] encodes and decodes them (§1.1, §1.2), [`rules`] says which are
//!   layouts at all (§1.4).
//! - [`row`]: rows as values, and as bits (§1.3).
//! - [`cross`]: from a writer's rows to a reader's (§3), row by row.
//! - [`grade`]: the same before any row exists (§3.6), by reasoning over sets.
//! - [`history`]: versions whose members have meanings; what a lock must not let pass.
//! - [`image`]: images (§2), written and read.
//! - [`drawn`]: random layouts, changes of them, and rows, for property tests.

pub mod cells;
pub mod cross;
pub mod drawn;
pub mod grade;
pub mod history;
pub mod image;
pub mod row;
pub mod rules;
pub mod set;
pub mod shape;

pub use cross::{cross, Crossing};
pub use grade::{grade, Grade};
pub use row::Row;
pub use set::Set;
pub use shape::{Kind, Member, Path, Range, Shape};
