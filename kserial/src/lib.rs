//! A versioned state format: what one Linux kernel hands to the next, so that structs can change
//! without breaking the live update or the rollback.
//!
//! # The model
//!
//! Five words carry it.
//!
//! - A **record** is a kind of state with a name that never changes, such as `memfd`. In Rust it is
//!   a `#[repr(C)]` struct that derives [`KSerial`](macro@KSerial) and so implements [`Record`].
//! - A **member** is a field of a record, known for ever by its ID ([`MemberId`]; a [`Path`] of IDs
//!   where records are nested). Names, types and offsets may change; what an ID means may not.
//! - A [`Layout`] is one version's concrete shape of a record: where each member lies, how wide it
//!   is, what a reader takes in its absence. Layouts travel: in ELF [notes](mod@note), in images.
//! - A [`Plan`] is what lies between two layouts: how each member moves, and what rows must hold
//!   before they may ([`Check`]). Its [`Verdict`] is the same knowledge before any row exists.
//! - An [`Image`] is the layouts once and then tables of rows as the writer has them in memory. The
//!   writer copies, the reader makes right.
//!
//! # From one generation to the next
//!
//! ```
//! # use zerocopy_derive::*;
//! use kserial::{image, Image, KSerial, Machine, Room, Spec, Writer};
//!
//! #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Default)]
//! #[kserial(record = "counter")]
//! #[repr(C)]
//! struct Old {
//!     #[kserial(id = 1)]
//!     ticks: u32,
//! }
//!
//! #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Default)]
//! #[kserial(record = "counter")]
//! #[repr(C)]
//! struct New {
//!     #[kserial(id = 2, default = 1000, unit = "Hz")] // inserted
//!     rate: u64,
//!     #[kserial(id = 1)] // widened
//!     ticks: u64,
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let crc32: image::Sum = crc32fast::hash;
//! let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
//!
//! // The old kernel: sizes first, then rows. Every image has a number, in kernels a random one.
//! let tables = [Spec::of::<Old>(1)];
//! let mut memory = vec![0; image::size(&tables, 4096)?.bytes()];
//! let mut segments = [memory.as_mut_slice()];
//! let mut writer = Writer::new(&tables, machine, 0x5eed_cafe, &mut segments, crc32)?;
//! let mut counters = writer.table::<Old>()?;
//! counters.push(&Old { ticks: 7 })?;
//! counters.finish(&mut writer)?;
//! writer.finish()?;
//!
//! // The new kernel: its own struct, whoever wrote the rows.
//! let segments = [memory.as_slice()];
//! let image = Image::open(&segments, &machine, crc32)?.verify()?;
//! let mut room = Room::empty();
//! let counters = image.table::<New>(&mut room)?;
//! let counter = counters.get(0).unwrap();
//! assert_eq!((counter.ticks, counter.rate), (7, 1000));
//! # Ok(())
//! # }
//! ```
//!
//! # What holds everywhere
//!
//! No allocation, no `unsafe`, no panic on any input, no recursion. Bytes are hostile until they
//! have another type: [`Layout`] for cells that mean something, [`Image`] for an intact head,
//! [`Verified`] for rows that can be read without a further error. `docs/FORMAT.md` is normative
//! for every byte.
//!
//! Chains of iterators end in a [`from_fn`](core::iter::from_fn) before they are handed on. A kernel drops
//! symbols of more than 511 bytes from its list, and the name of a chain spells out every link; that of a
//! closure is where it stands.
//!
//! Bytes flow one way, and the modules in that order: `cell` (bytes) → `member`, `values`,
//! `layout` (meaning) → `pair` (two layouts: the table of conversions) → `check`, `step`, `pick`,
//! `plan`, `verdict` → `image`, `note`. `record` and `declare` are how structs become layouts, `lock` what
//! was once written down about them. `kho` and `luo`, behind the feature `host`, read and write what
//! Linux itself hands over; they use the standard library and are not for kernels.
#![no_std]
#![forbid(unsafe_code)]
// This crate runs inside kernels, on bytes that may be anything: whatever could stop it is an error
// value or does not compile.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(feature = "host")]
extern crate std;

mod bits;
pub mod cell;
mod check;
mod count;
pub mod declare;
pub mod image;
#[cfg(feature = "host")]
pub mod kho;
mod layout;
pub mod lock;
#[cfg(feature = "host")]
pub mod luo;
mod machine;
mod member;
pub mod note;
mod pair;
mod pick;
mod plan;
mod record;
mod step;
mod values;
mod verdict;

pub use check::{Check, Effect};
pub use image::{Image, Room, Spec, Sum, Table, Verified, Writer};
pub use layout::{Interval, Layout, LayoutError, LayoutFault, MAX_CELLS, MAX_ROW};
pub use machine::Machine;
pub use member::{Kind, Member, MemberId, Path};
pub use note::{Carrier, Note, Roles};
pub use pair::Cause;
pub use plan::{Incompatible, Plan, Unmet};
pub use record::{Blob, Byte, Field, Mark, PhysAddr, Record, Rows, Steps};
pub use step::Step;
pub use verdict::{Change, Finding, Grade, Verdict, What};

#[cfg(feature = "derive")]
pub use kserial_derive::KSerial;
