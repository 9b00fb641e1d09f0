//! Images (§2): [`written`](write::Draft) and [`read`], byte by byte.
//!
//! A draft is an image before its sums: tests change it as a hostile writer would, and then seal it,
//! so that nothing but the rule under test stands against it.

pub mod place;
pub mod read;
pub mod write;

use super::row::Row;
use super::shape::Shape;

pub use read::read;
pub use write::Draft;

/// Images and sums are padded to multiples of this many bytes.
pub const ALIGN: usize = 64;

/// What the head of an image says beside its directory (§2.1).
#[allow(missing_docs, reason = "the words are those of FORMAT.md")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub arch: u16,
    pub page_shift: u8,
    pub max_order: u8,
    pub encrypted: bool,
    pub number: u32,
}

/// A table and its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The layout of the rows.
    pub shape: Shape,
    /// The rows.
    pub rows: Vec<Row>,
    /// Whether they may be rewritten.
    pub late: bool,
    /// Whether they ascend by key.
    pub sorted: bool,
}

impl Table {
    /// A table without flags.
    pub fn of(shape: Shape, rows: Vec<Row>) -> Self {
        Self { shape, rows, late: false, sorted: false }
    }
}

/// CRC-32 as in zlib: polynomial 0x04C11DB7 reflected, bit by bit.
pub fn crc32(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    });
    !crc
}

/// The next multiple of 64.
pub fn padded(bytes: usize) -> usize {
    bytes.div_ceil(ALIGN) * ALIGN
}
