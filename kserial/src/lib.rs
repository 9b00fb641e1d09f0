//! Under construction.
#![no_std]
#![forbid(unsafe_code)]

mod bits;
pub mod cell;
mod check;
pub mod declare;
pub mod image;
mod layout;
pub mod lock;
mod machine;
mod member;
pub mod note;
mod pair;
mod plan;
mod record;
mod step;
mod values;
mod verdict;

pub use check::{Check, Effect};
pub use image::{Image, Spec, Sum, Table, Verified, Writer};
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
