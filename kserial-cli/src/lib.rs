//! The command `kserial`: will the next kernel understand the state of this one?
//!
//! ```text
//! SOURCE ─▶ source, btf ─▶ observe ─▶ kernel::Kernel ─▶ judge::Verdict ─▶ report
//!           bytes           facts       one model         two directions    text, JSON
//!                              ▲            ▲
//!                          catalogue     schema
//!                          linux:7.3     TOML
//! ```
//!
//! - **[`source`]** and **[`btf`]** read bytes: what a vmlinux, a module or a running kernel holds.
//! - **[`observe`]** makes a [`kernel::Kernel`] of them: which components, which strings, which
//!   structs, and how each is known. The **[`catalogue`]** makes one of a release's name, and
//!   **[`schema`]** reads one that was written down.
//! - **[`judge`]** holds two of them against each other.
//! - **[`report`]** says what came out; **[`rules`]** explains it.
//! - **[`image`]** is KSerial's own images: shown, written down, and given other layouts.
//! - **[`state`]** opens memory that a kernel left, **[`dump`]** shows what is handed over in it.
//!   **[`in_use`]** turns what it found, or a manifest, into answers to a verdict's conditions.
//! - **[`command`]** is the command line; **[`name`]** shows it and all others what is called by any bytes.

pub mod btf;
pub mod catalogue;
pub mod command;
mod data;
pub mod dump;
pub mod image;
pub mod in_use;
pub mod judge;
pub mod kernel;
pub mod lock;
pub mod name;
pub mod observe;
mod quantity;
pub mod report;
pub mod rules;
pub mod schema;
pub mod source;
pub mod state;

/// What wrote a document.
const TOOL: &str = concat!("kserial ", env!("CARGO_PKG_VERSION"));
