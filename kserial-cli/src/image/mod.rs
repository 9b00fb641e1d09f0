//! KSerial's own images, whatever is in them: an image carries its layouts, so nothing has to be known
//! of its records to show it, to write it down or to give it other layouts.
//!
//! ```text
//! bytes ─▶ parts ─▶ Contents ─┬─ text        a tree for people
//!                             ├─ document    JSON ─▶ written   the same bytes again
//!                             ├─ fdt         a device tree, to look at with dtc
//!                             └─ transcode   the same state in other layouts
//! ```
//!
//! - [`Contents`] is a verified image, table by table.
//! - `value` is what a member holds, as JSON; `label` the name by which a row has it.
//! - `unmet` are the rows that do not meet a condition.
//! - `cells` are layouts as JSON, in the order in which the image has them.

mod cells;
mod contents;
mod document;
pub mod fdt;
mod label;
mod text;
pub mod transcode;
mod unmet;
mod value;
mod written;

pub use contents::{parts, starts, Contents, TableView};
pub use document::{Input, Json, SCHEMA};
pub use text::Detail;
pub use written::{written, WrittenError};

pub(crate) use contents::parts_of;
pub(crate) use document::{ImageDoc, JsonOf, RowsDoc};
