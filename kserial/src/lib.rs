//! Under construction.
#![no_std]
#![forbid(unsafe_code)]

mod bits;
pub mod cell;
mod check;
mod layout;
mod member;
mod pair;
mod plan;
mod record;
mod values;
mod verdict;

pub use check::{Check, Effect};
pub use layout::{Interval, Layout, LayoutError, LayoutFault, MAX_CELLS, MAX_ROW};
pub use member::{Kind, Member, MemberId, Path};
pub use pair::Cause;
pub use plan::Step;
pub use record::{Blob, Byte, Field, PhysAddr, Record, Rows, Steps};
pub use verdict::{Change, Finding, Grade, Verdict, What};
