//! Kexec Handover: what one Linux kernel leaves in memory for the next.
//!
//! ```text
//! root, a device tree ──┬─ map of preserved memory   list of bitmaps, or radix tree
//!   kho-v1, v3, v4      ├─ LUO                       sessions, files: the module luo
//!                       ├─ kexec-metadata            who ran before
//!                       └─ memblock                  areas of reserve_mem=
//! ```
//!
//! - **[`Memory`]** is where all of it lies; whoever uses this brings one.
//! - **[`Root`]** is the entrance, [`find`] looks for it, [`setup`] says where it is on x86.
//! - **[`Walk`]** carries through everything that is read what is preserved and who claims it
//!   ([`Preserved`]), and what was wrong ([`Faults`]). Nothing ends a walk: what a fault makes
//!   unreachable is left out.
//! - **[`Handover`]** is all of KHO that was read.
//!
//! The bytes are hostile: they come from crashed machines, and from memory that was used for
//! something else since. Every page is visited once, so cycles end and time and memory stay bounded
//! by the memory that is there.
//!
//! Structs of C become Rust structs through the same layouts and plans as KSerial's own records
//! ([`abi`], [`rows`]); which version wrote them shows only in which layout is taken.

pub mod abi;
pub mod block;
mod encode;
mod fault;
pub mod find;
mod handover;
pub mod image;
pub mod map;
mod memory;
mod preserved;
mod root;
pub mod rows;
pub mod setup;
pub mod tree;
pub mod tree_write;
pub mod vmalloc;
mod walk;
pub mod write;

pub use abi::{Data, Metadata, ReserveMem, Scratch};
pub use fault::{Fault, Faults, Wrong};
pub use handover::{Blob, Content, Handover, Map};
pub use memory::{Memory, Missing, Pages};
pub use preserved::{Key, Preserved, Refusal, Run, Tally};
pub use root::{Named, Root, Version};
pub use vmalloc::Scattered;
pub use walk::Walk;
