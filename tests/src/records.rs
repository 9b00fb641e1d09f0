//! Records as a kernel would declare them, with every kind of member somewhere.

#![allow(missing_docs, reason = "the members are only there to differ from each other")]

use kserial::{Blob, KSerial, PhysAddr, Record, Rows};
use kserial_reference::{cells, Shape};
use zerocopy::IntoBytes;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A record of many kinds, with bits of no member, a legacy member and a nested record.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "device", retired(15 = "old"))]
#[repr(C)]
pub struct Device {
    #[kserial(
        bits(id = 1, name = "pfn", at = 4..52),
        bits(id = 2, name = "dirty", bool, at = 52, default = 0),
        bits(id = 3, name = "state", closed(off = 0, on = 1, gone = 4), at = 53..56, default = 0),
        bits(id = 4, name = "order", range = 0..=10, at = 56..60, default = 0, critical)
    )]
    pub word: u64,
    #[kserial(id = 5, default = -1, range(-1, 4..=900))]
    pub owner: i32,
    #[kserial(id = 6, open(low = 1, high = 9), default = 1)]
    pub speed: u16,
    #[kserial(id = 7, legacy, default = 3)]
    pub old_speed: u16,
    #[kserial(id = 8, text)]
    pub name: [u8; 12],
    #[kserial(id = 9, default = 7, critical)]
    pub lanes: [u16; 6],
    #[kserial(id = 10, default = 0)]
    pub base: PhysAddr,
    #[kserial(id = 11, key, unit = "bytes")]
    pub size: u64,
    #[kserial(id = 12, nested)]
    pub clock: Clock,
    #[kserial(id = 13, default = 0, sensitive)]
    pub secret: [u8; 7],
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: u8,
}

/// A record inside another.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "clock")]
#[repr(C)]
pub struct Clock {
    #[kserial(id = 1, unit = "Hz", default = 1000)]
    pub rate: u32,
    #[kserial(id = 2, default = 0)]
    pub skew: i16,
    #[kserial(id = 3, default = 0)]
    pub fine: i8,
    #[kserial(id = 4, bool, default = 0)]
    pub running: u8,
}

/// A parent of rows and of bytes.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "file")]
#[repr(C)]
pub struct File {
    #[kserial(id = 1, key)]
    pub token: u64,
    #[kserial(id = 2)]
    pub pages: Rows<Page>,
    #[kserial(id = 3)]
    pub data: Blob<u32>,
    #[kserial(id = 4, default = 0, critical)]
    pub seals: u32,
}

/// A child row that is the same in every reader.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "page")]
#[repr(C)]
pub struct Page {
    #[kserial(id = 1)]
    pub pfn: u64,
    #[kserial(id = 2, key)]
    pub index: u64,
}

/// A row that is shorter than a load.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "small")]
#[repr(C)]
pub struct Small {
    #[kserial(id = 1, default = -2)]
    pub left: i16,
    #[kserial(
        bits(id = 2, name = "low", at = 0..5, default = 9),
        bits(id = 3, name = "high", at = 5..8)
    )]
    pub word: u8,
    #[kserial(id = 4, default = -7)]
    pub steps: [i8; 3],
}

/// A row as long as a folio's.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "extent")]
#[repr(C)]
pub struct Extent {
    #[kserial(id = 1, default = 6)]
    pub first: u64,
    #[kserial(id = 2)]
    pub shift: i64,
}

/// The layout of a record as the reference sees it.
///
/// # Panics
/// When the reference cannot decode what the derive has made.
pub fn shape_of<T: Record>() -> Shape {
    let (head, cells) = (T::SHAPE.head().as_bytes(), T::SHAPE.cells().as_bytes());
    let decoded = cells::decode(&[head, cells].concat());
    decoded.map(|(shape, _)| shape).unwrap_or_else(|| panic!("{}", T::SHAPE.record()))
}
