//! Records as Rust structs: what the derive implements, and the types a field may have.

use core::marker::PhantomData;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};
use zerocopy_derive::{
    FromBytes as DeriveFromBytes, Immutable as DeriveImmutable, IntoBytes as DeriveIntoBytes,
    KnownLayout as DeriveKnownLayout,
};

use crate::cell::{self, padded, Cell, HeadCell, MemberCell};
use crate::layout::Layout;
use crate::member::Kind;
use crate::step::Step;

/// A `#[repr(C)]` struct that is a row of a record. Derive it: `#[derive(KSerial)]`.
///
/// Every implementation upholds that `SHAPE.row()` is the size of the struct and that `MASK` is
/// what [`declare::mask`](crate::declare) computes.
pub trait Record: FromBytes + IntoBytes + Immutable + KnownLayout + Clone + 'static {
    /// The layout that the struct is. (`LAYOUT` would be the name, but zerocopy took it.)
    const SHAPE: Layout<'static>;

    /// For each byte of a row, the bits that members hold, or `None` when that is all of them. The
    /// writer clears the others, so that padding never reaches an image.
    const MASK: Option<&'static [u8]>;

    /// Room for the plan of one table of this record: an array with a [`Step`] per member.
    type Steps: Steps;
}

/// Room for a plan, in memory of the caller's choice.
///
/// ```
/// use kserial::{Step, Steps};
/// let mut room = <[Step; 3]>::empty();
/// assert_eq!(room.steps().len(), 3);
/// ```
pub trait Steps: AsRef<[Step]> {
    /// Room in which nothing is planned yet.
    fn empty() -> Self;
    /// The room as a slice.
    fn steps(&mut self) -> &mut [Step];
}

impl<const N: usize> Steps for [Step; N] {
    fn empty() -> Self {
        [Step::EMPTY; N]
    }

    fn steps(&mut self) -> &mut [Step] {
        self
    }
}

/// A type that a member can have without further attributes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a member of a record",
    label = "not a fixed-size integer, an array of them, `PhysAddr`, `Rows` or `Blob`",
    note = "pointers, `usize`, `bool`, enums and floats have no stable encoding: use `PhysAddr`, a \
            fixed-size integer, or an integer with `bool`, `open(..)` or `closed(..)`"
)]
pub trait Field: FromBytes + IntoBytes + Immutable {
    /// What the bits are.
    const KIND: Kind;
    /// Bits of one element.
    const BITS: u8;
    /// Elements.
    const COUNT: u32 = 1;
    /// Whether it is an array, be it of one element.
    const ARRAY: bool = false;
    /// The record that an end mark counts; `None` for other kinds, and for a [`Blob`], whose record
    /// is named after its member.
    const CHILD: Option<&'static str> = None;
}

macro_rules! integers {
    ($($int:ty: $kind:ident, $bits:literal;)*) => {$(
        impl Field for $int {
            const KIND: Kind = Kind::$kind;
            const BITS: u8 = $bits;
        }
    )*};
}
integers! {
    u8: Unsigned, 8; u16: Unsigned, 16; u32: Unsigned, 32; u64: Unsigned, 64;
    i8: Signed, 8; i16: Signed, 16; i32: Signed, 32; i64: Signed, 64;
}

macro_rules! arrays {
    ($($int:ty: $kind:ident, $bits:literal;)*) => {$(
        impl<const N: usize> Field for [$int; N] {
            const KIND: Kind = Kind::$kind;
            const BITS: u8 = $bits;
            #[allow(
                clippy::as_conversions,
                clippy::cast_possible_truncation,
                reason = "constants have no `try_from`; the assertion bounds it"
            )]
            const COUNT: u32 = {
                assert!(N > 0 && N <= crate::MAX_ROW as usize, "1 to 65536 elements");
                N as u32
            };
            const ARRAY: bool = true;
        }
    )*};
}
arrays! {
    u8: Bytes, 8; u16: Unsigned, 16; u32: Unsigned, 32; u64: Unsigned, 64;
    i8: Signed, 8; i16: Signed, 16; i32: Signed, 32; i64: Signed, 64;
}

/// A physical address in bytes. A type of its own, because an address moved to another meaning is
/// the one mistake that no layout shows.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    DeriveFromBytes,
    DeriveIntoBytes,
    DeriveImmutable,
    DeriveKnownLayout,
)]
#[repr(transparent)]
pub struct PhysAddr(pub u64);

impl Field for PhysAddr {
    const KIND: Kind = Kind::Physical;
    const BITS: u8 = 64;
}

/// An end mark: the children of this row are the rows of `T` from the previous row's mark up to
/// here. `W` is `u64`, or `u32` where rows are many and small.
///
/// ```
/// # use kserial::Rows;
/// # struct Folio;
/// let none: Rows<Folio> = Rows::up_to(0);
/// let four_bytes: Rows<Folio, u32> = Rows::up_to(12);
/// assert_eq!(four_bytes.end(), 12);
/// # let _ = none;
/// ```
#[derive(DeriveFromBytes, DeriveIntoBytes, DeriveImmutable, DeriveKnownLayout)]
#[repr(transparent)]
pub struct Rows<T, W = u64>(W, PhantomData<fn() -> T>);

/// An end mark into bytes: the blob of this row is what lies between the previous row's mark and
/// this one. Its table is named after the record and the member's ID, such as `pci-cap.3`.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Default,
    DeriveFromBytes,
    DeriveIntoBytes,
    DeriveImmutable,
    DeriveKnownLayout,
)]
#[repr(transparent)]
pub struct Blob<W = u64>(W);

impl<T, W: Copy> Rows<T, W> {
    /// The mark after `rows` rows of the child record.
    pub const fn up_to(rows: W) -> Self {
        Self(rows, PhantomData)
    }

    /// How many rows of the child record end here.
    pub const fn end(&self) -> W {
        self.0
    }
}

impl<W: Copy> Blob<W> {
    /// The mark after `bytes` bytes.
    pub const fn up_to(bytes: W) -> Self {
        Self(bytes)
    }

    /// How many bytes end here.
    pub const fn end(&self) -> W {
        self.0
    }
}

/// An end mark of either sort, whatever its width.
pub trait Mark: Sized {
    /// The row that is counted.
    type Row: Record;
    /// The mark after `position` rows, or `None` when the width cannot hold it.
    fn at(position: u64) -> Option<Self>;
    /// How many rows end here.
    fn position(&self) -> u64;
}

macro_rules! end_marks {
    ($($width:ty, $bits:literal;)*) => {$(
        impl<T: Record> Field for Rows<T, $width> {
            const KIND: Kind = Kind::End;
            const BITS: u8 = $bits;
            const CHILD: Option<&'static str> = Some(T::SHAPE.record());
        }

        impl<T: Record> Mark for Rows<T, $width> {
            type Row = T;

            fn at(position: u64) -> Option<Self> {
                <$width>::try_from(position).ok().map(Self::up_to)
            }

            fn position(&self) -> u64 {
                self.0.into()
            }
        }

        impl Mark for Blob<$width> {
            type Row = Byte;

            fn at(position: u64) -> Option<Self> {
                <$width>::try_from(position).ok().map(Self::up_to)
            }

            fn position(&self) -> u64 {
                self.0.into()
            }
        }

        impl Field for Blob<$width> {
            const KIND: Kind = Kind::End;
            const BITS: u8 = $bits;
        }
    )*};
}
end_marks! { u32, 32; u64, 64; }

// By hand: a derive would ask the child record for what only its mark needs.
impl<T, W: Copy> Clone for Rows<T, W> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, W: Copy> Copy for Rows<T, W> {}
impl<T, W: PartialEq> PartialEq for Rows<T, W> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T, W: Eq> Eq for Rows<T, W> {}
impl<T, W: core::fmt::Debug> core::fmt::Debug for Rows<T, W> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "..{:?}", self.0)
    }
}
impl<T, W: Default> Default for Rows<T, W> {
    fn default() -> Self {
        Self(W::default(), PhantomData)
    }
}

/// The row of a [`Blob`]'s table: one byte.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Default,
    DeriveFromBytes,
    DeriveIntoBytes,
    DeriveImmutable,
    DeriveKnownLayout,
)]
#[repr(transparent)]
pub struct Byte(pub u8);

const BYTE_HEAD: HeadCell = HeadCell {
    record: padded("bytes"),
    row: U32::new(1),
    cells: U16::new(1),
    flags: U16::new(0),
    version: cell::ENCODING,
    align: 1,
    reserved: [0; 6],
};

const BYTE_CELLS: [Cell; 1] = [MemberCell {
    path: [U16::new(1), U16::new(0), U16::new(0), U16::new(0)],
    tag: cell::TAG_MEMBER,
    kind: Kind::Unsigned.number(),
    bits: 8,
    reserved: 0,
    bit: U32::new(0),
    count: U32::new(1),
    flags: U32::new(0),
    default: U64::new(0),
    unit: [0; 8],
    name: padded("byte"),
}
.cell()];

impl Record for Byte {
    const SHAPE: Layout<'static> = match Layout::new(&BYTE_HEAD, &BYTE_CELLS) {
        Ok(layout) => layout,
        Err(_) => panic!("the layout of a byte is one"),
    };
    const MASK: Option<&'static [u8]> = None;
    type Steps = [Step; 1];
}
