//! The encoding of layouts: cells of 64 bytes.
//!
//! A layout is one [`HeadCell`] and the cells that follow it, in any order. Everything is
//! little-endian and without alignment, so a layout can lie in an ELF note, in an image or in a C
//! constant and be read where it is. This file only names the bytes; what they mean, and which
//! bytes are a layout at all, is decided in [`Layout::new`](crate::Layout::new).

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// Bytes of a cell.
pub const CELL: usize = 64;

/// The version of this encoding that [`HeadCell::version`] states.
pub const ENCODING: u8 = 1;

/// The first cell of a layout: which record, and how large a row is.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct HeadCell {
    /// The record's name, at most 47 bytes, padded with NUL.
    pub record: [u8; 48],
    /// Bytes from one row to the next.
    pub row: U32,
    /// How many cells follow this one.
    pub cells: U16,
    /// [`CRITICAL_RECORD`] | [`REQUIRED_RECORD`].
    pub flags: U16,
    /// [`ENCODING`].
    pub version: u8,
    /// The alignment of a row in bytes: a power of two up to 64.
    pub align: u8,
    /// Zero.
    pub reserved: [u8; 6],
}

/// [`HeadCell::flags`]: rows of this record refuse a reader that does not know it.
pub const CRITICAL_RECORD: u16 = 1;
/// [`HeadCell::flags`]: an image without this record is an error.
pub const REQUIRED_RECORD: u16 = 2;

/// Any cell after the head: whom it speaks of, and which of the shapes below it has.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Cell {
    /// The member's path of IDs; unused places are zero.
    pub path: [U16; 4],
    /// One of the `TAG_` constants.
    pub tag: u8,
    /// What the tag says.
    pub body: [u8; 55],
}

/// [`Cell::tag`]: a [`MemberCell`].
pub const TAG_MEMBER: u8 = 1;
/// [`Cell::tag`]: an [`IntervalCell`].
pub const TAG_INTERVAL: u8 = 2;
/// [`Cell::tag`]: a [`ChildCell`].
pub const TAG_CHILD: u8 = 3;
/// [`Cell::tag`]: a [`RetiredCell`].
pub const TAG_RETIRED: u8 = 4;
/// Cells with this tag or a higher one may be skipped by a reader that does not know them; an
/// unknown tag below it refuses the layout.
pub const TAG_IGNORABLE: u8 = 128;

/// A member: where it lies and what it is.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct MemberCell {
    /// The member's path of IDs.
    pub path: [U16; 4],
    /// [`TAG_MEMBER`].
    pub tag: u8,
    /// A [`Kind`](crate::Kind) by its number.
    pub kind: u8,
    /// Bits of one element, 1 to 64; 0 for a group.
    pub bits: u8,
    /// Zero.
    pub reserved: u8,
    /// The first element's first bit, counted from the row's start: bit `b` of a row is bit `b % 8`
    /// of byte `b / 8`.
    ///
    /// Bit fields of C are stated as their storage unit's offset times eight plus the first bit.
    pub bit: U32,
    /// Elements; 1 unless `MEMBER_ARRAY` is set.
    pub count: U32,
    /// `MEMBER_…` flags.
    pub flags: U32,
    /// The value of every element that a reader takes when there is no such member.
    pub default: U64,
    /// The unit of the value, at most 8 bytes of ASCII padded with NUL.
    pub unit: [u8; 8],
    /// The member's present name, at most 24 bytes padded with NUL.
    pub name: [u8; 24],
}

/// [`MemberCell::flags`]: `default` counts; without it the member is required.
pub const MEMBER_DEFAULT: u32 = 1;
/// [`MemberCell::flags`]: a reader that does not know the member refuses rows that differ from the
/// default.
pub const MEMBER_CRITICAL: u32 = 2;
/// [`MemberCell::flags`]: rows are found by this member.
pub const MEMBER_KEY: u32 = 4;
/// [`MemberCell::flags`]: still read, never written: its bits are zero in every row.
pub const MEMBER_LEGACY: u32 = 8;
/// [`MemberCell::flags`]: shown only to those who ask for it.
pub const MEMBER_SENSITIVE: u32 = 16;
/// [`MemberCell::flags`]: an array, even when `count` is 1.
pub const MEMBER_ARRAY: u32 = 32;
/// Unknown flags in these bits refuse the layout; others may be ignored.
pub const MEMBER_MUST_UNDERSTAND: u32 = 0xffff;

/// Values that a member may take, from `low` to `high`, both included; for a named value both are
/// the same.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct IntervalCell {
    /// The member's path of IDs.
    pub path: [U16; 4],
    /// [`TAG_INTERVAL`].
    pub tag: u8,
    /// Zero.
    pub reserved: [u8; 15],
    /// The smallest value; for signed members in two's complement, extended to 64 bits.
    pub low: U64,
    /// The largest value.
    pub high: U64,
    /// The value's name in an enum, at most 24 bytes padded with NUL; otherwise zero.
    pub name: [u8; 24],
}

/// The record whose rows an end mark counts.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct ChildCell {
    /// The end mark's path of IDs.
    pub path: [U16; 4],
    /// [`TAG_CHILD`].
    pub tag: u8,
    /// Zero.
    pub reserved: [u8; 7],
    /// The child record's name, at most 47 bytes padded with NUL.
    pub record: [u8; 48],
}

/// A member that is gone; its path must not come back.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct RetiredCell {
    /// The path of IDs that is taken for ever.
    pub path: [U16; 4],
    /// [`TAG_RETIRED`].
    pub tag: u8,
    /// Zero.
    pub reserved: [u8; 31],
    /// The last name of the member, or zero.
    pub name: [u8; 24],
}

impl Cell {
    /// The cell as a member, whatever its tag.
    pub(crate) const fn as_member(&self) -> &MemberCell {
        zerocopy::transmute_ref!(self)
    }

    /// The cell as an interval, whatever its tag.
    pub(crate) const fn as_interval(&self) -> &IntervalCell {
        zerocopy::transmute_ref!(self)
    }

    /// The cell as a child, whatever its tag.
    pub(crate) const fn as_child(&self) -> &ChildCell {
        zerocopy::transmute_ref!(self)
    }

    /// The cell as a retired member, whatever its tag.
    pub(crate) const fn as_retired(&self) -> &RetiredCell {
        zerocopy::transmute_ref!(self)
    }
}

macro_rules! into_cell {
    ($($shape:ident),*) => {$(
        impl $shape {
            /// The same 64 bytes as one of a layout's cells.
            pub const fn cell(self) -> Cell {
                zerocopy::transmute!(self)
            }
        }
    )*};
}
into_cell!(MemberCell, IntervalCell, ChildCell, RetiredCell);

/// `text` in a field of `N` bytes, padded with NUL and cut at the field's end.
///
/// ```
/// assert_eq!(&kserial::cell::padded::<8>("pages"), b"pages\0\0\0");
/// ```
pub const fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [0; N];
    let (mut to, mut from): (&mut [u8], &[u8]) = (&mut field, text.as_bytes());
    while let (Some((byte, more_from)), Some((place, more_to))) =
        (from.split_first(), to.split_first_mut())
    {
        *place = *byte;
        from = more_from;
        to = more_to;
    }
    field
}

/// The bytes of a NUL-padded field before the padding, or `None` where something follows a NUL.
pub(crate) const fn trimmed(mut field: &[u8]) -> Option<&[u8]> {
    while let Some((last, front)) = field.split_last() {
        if *last != 0 {
            break;
        }
        field = front;
    }
    let mut rest = field;
    while let Some((byte, more)) = rest.split_first() {
        if *byte == 0 {
            return None;
        }
        rest = more;
    }
    Some(field)
}

/// `==` for constants.
pub(crate) const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let (Some((x, more_a)), Some((y, more_b))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        a = more_a;
        b = more_b;
    }
    a.len() == b.len()
}
