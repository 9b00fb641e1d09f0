//! Layouts as text: the TOML that people write and tools hand around.
//!
//! A [`LayoutDoc`] says in words what a [`kserial::Layout`] says in cells; [`Cells`] are those
//! cells, owned. The words are the same wherever a layout is written down: in the catalogue of
//! Linux's structs, in extracts of kernels, in the lock files of records.
//!
//! Only [`LayoutDoc::cells`] makes cells, and it hands them to the core's own validation; so a
//! layout that came from a text is as sound as one that came from a kernel's notes.

mod cells;
mod id;
mod layout;
mod member;
mod number;
mod write;

pub(crate) use cells::kind;
pub use cells::{Cells, SchemaError};
pub use id::Id;
pub use layout::{Carried, LayoutDoc, RetiredDoc};
pub use member::{MemberDoc, Table, ValueDoc};
pub use number::Number;
pub use write::inline;
