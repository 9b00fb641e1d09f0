//! What came out, for people and for programs.

mod check;
mod convert;
mod exit;
mod failure;
mod json;
mod matrix;
mod notes;
mod paint;
mod text;

pub use check::{Checked, Report, StateInput, StateKind};
pub use convert::Conversion;
pub use exit::Exit;
pub use failure::failure;
pub use matrix::Matrix;
pub use paint::Paint;

#[cfg(test)]
pub(crate) use json::assert_published;
