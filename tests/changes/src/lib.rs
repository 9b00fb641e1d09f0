//! The corpus of layout changes: what developers do to a struct, and what each change comes to.
//!
//! ```text
//! compat-corpus/changes ─▶ words ─▶ version, edit ─▶ case ──▶ judged ─▶ the list, JSON
//!   what is done, as data           layouts with     every     what happened to rows,
//!                                   meanings         product   what kserial said
//! ```
//!
//! - [`words`]: the data files.
//! - [`version`]: a record with the meaning of every member beside it; [`edit`] makes the next one.
//! - [`case`]: every change on every type under every policy, and every two changes together.
//! - [`judged`]: the truth, from the reference interpreter and real rows; then `kserial`'s plan and
//!   lock, and whether they agree with it in every way.
//! - [`peers`]: the same changes in the languages of other tools, as far as they can say them.

pub mod case;
pub mod edit;
pub mod judged;
pub mod peers;
pub mod version;
pub mod words;
