//! Reading kernels: the bytes of any input become what is in it.
//!
//! ```text
//! file ── unpack ──▶ ELF ──┬─ notes      of owner KSerial and others
//!      bzImage, gz, xz,    ├─ BTF        structs of C, with a module's base
//!      zstd, lz4           ├─ text       version strings in the data
//!                          ├─ config     IKCONFIG, or a file beside it
//! /sys, /proc ────────────▶└─ identity   release, build, machine, page size
//! ```
//!
//! - **[`Kernel`]** is what a SOURCE of the command line stands for: a kernel, its modules, or both.
//!   It may be a file, a directory, or the kernel that runs.
//! - **[`Binary`]** is one file of it: a vmlinux (however packed), a module, an ELF program, raw BTF.
//!
//! This is plain data about the input. What it means is decided elsewhere.
//!
//! Files are mapped and only what is needed of them is touched, so a vmlinux with debug information
//! opens as fast as one without. Unpacking is capped. Absent and unknown are different answers: what
//! is not there is `None`, what could not be read is a [`SourceError`].

mod binary;
mod bzimage;
mod config;
mod directory;
mod elf;
mod error;
mod file;
mod identity;
mod kernel;
mod modules;
mod note;
mod running;
mod text;
mod unpack;

pub use binary::{Binary, Role};
pub use config::{Config, Setting};
pub use error::{Place, Problem, SourceError};
pub use identity::{Architecture, Identity};
pub use kernel::Kernel;
pub use modules::Modules;
pub use note::{Note, OWNER};
pub use text::Text;
pub use unpack::Format;
