//! What came out, for people and for programs.

mod check;
mod exit;
mod json;
mod matrix;
mod notes;
mod paint;
mod text;

pub use check::{Checked, Report};
pub use exit::Exit;
pub use matrix::Matrix;
pub use paint::Paint;
