//! Layouts as declarations: what the derive writes down, and the constant code that makes cells of
//! it.
//!
//! A macro sees tokens, not types: that a field is 64 bits wide, or what its nested record looks
//! like, is known only to the compiler. So the derive emits [`Piece`]s, in which the types speak for
//! themselves, and the functions here run at compile time. Layouts by hand may use them as well.

mod advice;
mod ask;
mod cells;

use crate::cell::{self, padded, Cell, MemberCell};
use crate::layout::Layout;
use crate::member::{Kind, Path};
use crate::record::Field;
use zerocopy::little_endian::{U32, U64};

pub use crate::note::ElfNote;
pub use advice::{advice, gap, is_about};
pub use ask::{depth, is_full, mask, steps};
pub use cells::{cells, count, fill, head, then, value};

pub(crate) use cells::blob_record;
use cells::{bit_at, cell_path};

/// One statement of a declaration.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A member.
    Member(Declared<'a>),
    /// Values that a member may take; with a name, one value of an enum.
    Value {
        /// The member.
        path: Path,
        /// The smallest value, extended to 64 bits.
        low: u64,
        /// The largest value.
        high: u64,
        /// The value's name in an enum, or nothing.
        name: &'a str,
    },
    /// A record that lies inside this one.
    Nested {
        /// The member that names it.
        path: Path,
        /// The member's name.
        name: &'a str,
        /// Bytes from the row's start.
        offset: usize,
        /// What lies there.
        layout: Layout<'a>,
    },
    /// A path that is taken for ever.
    Retired {
        /// The path.
        path: Path,
        /// The last name of what was there, or nothing.
        name: &'a str,
    },
}

/// A member as a declaration states it; the fields are those of a
/// [`MemberCell`].
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// The IDs that lead to it.
    pub path: Path,
    /// Its present name.
    pub name: &'a str,
    /// What its bits are.
    pub kind: Kind,
    /// Bits of one element.
    pub bits: u8,
    /// The first bit, from the row's start.
    pub bit: u32,
    /// Elements.
    pub count: u32,
    /// `MEMBER_…` flags.
    pub flags: u32,
    /// What a reader takes in its absence, if the flags say so.
    pub default: u64,
    /// The unit of its value, or nothing.
    pub unit: &'a str,
    /// The record that an end mark counts; for an end mark without one, a blob's.
    pub child: Option<&'a str>,
}

impl<'a> Declared<'a> {
    /// A member whose type says everything: a field of type `F`, `offset` bytes into the row.
    pub const fn of<F: Field>(path: Path, name: &'a str, offset: usize) -> Self {
        Self {
            path,
            name,
            kind: F::KIND,
            bits: F::BITS,
            bit: bit_at(offset),
            count: F::COUNT,
            flags: if F::ARRAY { cell::MEMBER_ARRAY } else { 0 },
            default: 0,
            unit: "",
            child: F::CHILD,
        }
    }

    const fn cell(self) -> Cell {
        MemberCell {
            path: cell_path(self.path),
            tag: cell::TAG_MEMBER,
            kind: self.kind.number(),
            bits: self.bits,
            reserved: 0,
            bit: U32::new(self.bit),
            count: U32::new(self.count),
            flags: U32::new(self.flags),
            default: U64::new(self.default),
            unit: padded(self.unit),
            name: padded(self.name),
        }
        .cell()
    }
}
