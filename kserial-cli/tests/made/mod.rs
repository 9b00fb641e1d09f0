//! Inputs made for tests, byte by byte from their specifications: BTF, ELF, bzImages.
//!
//! Nothing here uses the code that is tested.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::cast_possible_truncation, reason = "what is made here is small")]

pub(crate) mod btf;
pub(crate) mod bzimage;
pub(crate) mod elf;
