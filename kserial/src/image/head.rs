//! The head of an image: machine, directory of segments and tables, layouts; one sum over all.

use core::iter::from_fn;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::FromBytes as _;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::block::keys;
use super::error::ImageError;
use super::place::{aligned, Cursor, Walk, ALIGN};
use super::sum::Sum;
use crate::count::{count, numbered};
use crate::layout::Layout;
use crate::machine::Machine;

/// The first eight bytes of every image.
pub const MAGIC: [u8; 8] = *b"KSerial\0";
/// The version of the image format.
pub const VERSION: u16 = 1;
/// The longest segment, in bytes.
pub const MAX_SEGMENT: usize = 2 << 20;
/// The most tables in an image.
pub const MAX_TABLES: u32 = 256;

/// Bytes 0 to 63 of an image.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct RawHead {
    pub(crate) magic: [u8; 8],
    pub(crate) version: U16,
    pub(crate) arch: U16,
    /// Bytes that the head's sum covers, from the image's start to the end of the layouts.
    pub(crate) length: U32,
    pub(crate) segments: U32,
    pub(crate) tables: U32,
    /// 1: little-endian.
    pub(crate) byte_order: u8,
    pub(crate) page_shift: u8,
    pub(crate) max_order: u8,
    pub(crate) encrypted: u8,
    /// What the sum of every block is mixed with.
    pub(crate) number: U32,
    pub(crate) reserved: [u8; 16],
    /// What a later writer may say and a reader may skip.
    pub(crate) skipped: [u8; 16],
}

/// One table of the directory.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(crate) struct Entry {
    pub(crate) flags: U32,
    pub(crate) reserved: U32,
    pub(crate) rows: U64,
}

/// [`Entry::flags`]: the rows may be rewritten in place.
pub(crate) const LATE: u32 = 1;
/// [`Entry::flags`]: rows ascend strictly by key, within each parent.
pub(crate) const SORTED: u32 = 2;
/// [`Entry::flags`]: those that a reader must know.
const MUST_UNDERSTAND: u32 = 0xffff;

/// Bytes of [`RawHead`].
pub(crate) const HEAD: usize = 64;

/// The parts of a head by their length in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts {
    pub(crate) lengths: usize,
    pub(crate) entries: usize,
    pub(crate) layouts: usize,
}

impl Parts {
    pub(crate) fn new(segments: usize, tables: usize, layouts: usize) -> Option<Self> {
        Some(Self {
            lengths: aligned(segments.checked_mul(4)?)?,
            entries: aligned(tables.checked_mul(16)?)?,
            layouts,
        })
    }

    /// Bytes that the sum covers.
    pub(crate) fn covered(&self) -> Option<usize> {
        HEAD.checked_add(self.lengths)?.checked_add(self.entries)?.checked_add(self.layouts)
    }
}

/// A head whose sum is right and whose parts are where they must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    raw: &'a RawHead,
    pub(crate) lengths: &'a [U32],
    pub(crate) entries: &'a [Entry],
    layouts: &'a [u8],
}

/// A table as the directory has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed<'a> {
    pub(crate) index: usize,
    pub(crate) layout: Layout<'a>,
    pub(crate) rows: usize,
    pub(crate) flags: u32,
    pub(crate) cursor: Cursor,
}

impl<'a> Head<'a> {
    /// Reads the head at the start of an image's first segment.
    pub(crate) fn read(segment: &'a [u8], sum: Sum) -> Result<Self, ImageError> {
        let head = Self::read_unsummed(segment)?;
        let covered = head.length();
        let stored = segment.get(covered..).and_then(|rest| rest.first_chunk::<4>());
        let stored = stored.ok_or(ImageError::Truncated { segment: 0 })?;
        let bytes = segment.get(..covered).unwrap_or(&[]);
        if sum(bytes) != u32::from_le_bytes(*stored) {
            return Err(ImageError::HeadSum);
        }
        if !is_zero(segment.get(covered.saturating_add(4)..head.rows_at()).unwrap_or(&[1])) {
            return Err(ImageError::Gap { segment: 0 });
        }
        head.check()?;
        Ok(head)
    }

    /// The same without a look at the sum: to learn the segments' lengths.
    pub(crate) fn read_unsummed(segment: &'a [u8]) -> Result<Self, ImageError> {
        let truncated = ImageError::Truncated { segment: 0 };
        let (raw, rest) = RawHead::ref_from_prefix(segment).map_err(|_| truncated)?;
        if raw.magic != MAGIC {
            return Err(ImageError::Magic);
        }
        if raw.version.get() != VERSION {
            return Err(ImageError::Version(raw.version.get()));
        }
        if raw.byte_order != 1 {
            return Err(ImageError::ByteOrder(raw.byte_order));
        }
        let number = |n: U32| usize::try_from(n.get()).unwrap_or(usize::MAX);
        let (segments, tables) = (number(raw.segments), number(raw.tables));
        if segments == 0 || raw.tables.get() > MAX_TABLES {
            return Err(ImageError::Directory);
        }
        let length = number(raw.length);
        let parts = Parts::new(segments, tables, 0).ok_or(ImageError::Directory)?;
        let before = parts.covered().ok_or(ImageError::Directory)?;
        let layouts = length.checked_sub(before).ok_or(ImageError::Directory)?;
        let (lengths, rest) = rest.split_at_checked(parts.lengths).ok_or(truncated)?;
        let (entries, rest) = rest.split_at_checked(parts.entries).ok_or(truncated)?;
        let layouts = rest.get(..layouts).ok_or(truncated)?;
        let (lengths, unused) =
            <[U32]>::ref_from_prefix_with_elems(lengths, segments).map_err(|_| truncated)?;
        let (entries, spare) =
            <[Entry]>::ref_from_prefix_with_elems(entries, tables).map_err(|_| truncated)?;
        if !is_zero(unused) || !is_zero(spare) || !is_zero(&raw.reserved) || raw.encrypted > 1 {
            return Err(ImageError::Gap { segment: 0 });
        }
        Ok(Self { raw, lengths, entries, layouts })
    }

    /// Layouts are layouts, records are unique, all rows fit into the segments.
    fn check(&self) -> Result<(), ImageError> {
        let mut rest = self.layouts;
        for (table, entry) in (0..u32::MAX).zip(self.entries) {
            let (layout, more) =
                Layout::read_known(rest).map_err(|error| ImageError::Layout { table, error })?;
            if entry.flags.get() & MUST_UNDERSTAND & !(LATE | SORTED) != 0
                || entry.reserved.get() != 0
            {
                return Err(ImageError::Flags { table });
            }
            let keyless = layout.is_understood() && keys(layout).next().is_none();
            if entry.flags.get() & SORTED != 0 && keyless {
                return Err(ImageError::Flags { table });
            }
            rest = more;
        }
        if !rest.is_empty() {
            return Err(ImageError::Directory);
        }
        for (n, length) in numbered(self.lengths) {
            let length = usize::try_from(length.get()).unwrap_or(usize::MAX);
            if length == 0 || length > MAX_SEGMENT || length % ALIGN != 0 {
                return Err(ImageError::Length { segment: n });
            }
        }
        for (table, layout) in (0..u32::MAX).zip(self.layouts()) {
            let before = usize::try_from(table).unwrap_or(0);
            if self.layouts().take(before).any(|other| other.record() == layout.record()) {
                return Err(ImageError::Twice { table });
            }
        }
        let listed = u32::try_from(count(self.tables())).unwrap_or(u32::MAX);
        // The walk over the tables ends early where one does not fit.
        if listed != self.raw.tables.get() {
            return Err(ImageError::Rows { table: listed });
        }
        Ok(())
    }

    /// Bytes that the sum covers.
    pub(crate) fn length(&self) -> usize {
        usize::try_from(self.raw.length.get()).unwrap_or(usize::MAX)
    }

    /// The offset of the first row.
    pub(crate) fn rows_at(&self) -> usize {
        self.length().saturating_add(ALIGN)
    }

    /// The length of a segment.
    pub(crate) fn segment(&self, number: usize) -> Option<usize> {
        self.lengths.get(number).and_then(|length| usize::try_from(length.get()).ok())
    }

    /// The number that tells the image from others.
    pub(crate) fn number(&self) -> u32 {
        self.raw.number.get()
    }

    pub(crate) fn machine(&self) -> Machine {
        Machine {
            arch: self.raw.arch.get(),
            page_shift: self.raw.page_shift,
            max_order: self.raw.max_order,
            encrypted: self.raw.encrypted != 0,
        }
    }

    /// The layouts of the tables, in their order; of one that is not understood its head alone.
    pub(crate) fn layouts(self) -> impl Iterator<Item = Layout<'a>> + 'a {
        let (mut entries, mut rest) = (self.entries.iter(), self.layouts);
        from_fn(move || {
            entries.next()?;
            let (layout, more) = Layout::again(rest)?;
            rest = more;
            Some(layout)
        })
    }

    /// The tables in their order, and where each lies; it ends early where one does not fit.
    pub(crate) fn tables(self) -> impl Iterator<Item = Listed<'a>> + 'a {
        let mut cursor = Some(Cursor { segment: 0, offset: self.rows_at() });
        // A layout that is not understood may be what parts the rows of a sorted table.
        let known = if self.layouts().all(|l| l.is_understood()) { !0 } else { !SORTED };
        let (mut entries, mut layouts) = (numbered(self.entries), self.layouts());
        from_fn(move || {
            let ((index, entry), layout) = (entries.next()?, layouts.next()?);
            let at = cursor?;
            let rows = usize::try_from(entry.rows.get()).ok()?;
            let row = usize::try_from(layout.row()).ok()?;
            cursor = Some(Walk::new(at, row, rows).end(|n| self.segment(n))?);
            Some(Listed { index, layout, rows, flags: entry.flags.get() & known, cursor: at })
        })
    }
}

pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
