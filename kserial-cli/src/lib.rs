//! Under construction.

pub mod btf;
pub mod source;
