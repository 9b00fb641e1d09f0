//! `kserial` against the reference interpreter.
//!
//! One program, so that [deliberate mistakes](../../mistakes.toml) are tried with one link each.

mod accessors;
mod cells;
mod changes;
mod harmless;
mod images;
mod later;
mod layouts;
mod marks;
mod pairs;
mod reference;
mod selected;
mod trees;
