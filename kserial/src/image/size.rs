//! Sizes: what memory an image needs, known before the first row.

use super::error::WriteError;
use super::head::{Parts, LATE, MAX_SEGMENT, SORTED};
use super::place::{Cursor, Extent, Walk, ALIGN};
use crate::cell::{padded, Cell, HeadCell};
use crate::layout::Layout;
use crate::record::Record;

/// A table that is going to be written: whose rows, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    pub(super) head: HeadCell,
    pub(super) cells: &'a [Cell],
    pub(super) rows: usize,
    pub(super) flags: u32,
}

impl<'a> Spec<'a> {
    /// `rows` rows of `T`.
    pub const fn of<T: Record>(rows: usize) -> Self {
        Self::like(T::SHAPE, rows)
    }

    /// `rows` rows in the layout of an older reader; see [`Writer::table_for`](super::Writer::table_for).
    pub const fn like(layout: Layout<'a>, rows: usize) -> Self {
        Self { head: *layout.head(), cells: layout.cells(), rows, flags: 0 }
    }

    /// The same rows under another record name: for the table of a [`Blob`](crate::Blob), or where
    /// two members have children of one type.
    #[must_use]
    pub const fn named(mut self, record: &str) -> Self {
        self.head.record = padded(record);
        self
    }

    /// A table whose rows may still be rewritten once the image is finished.
    #[must_use]
    pub const fn late(mut self) -> Self {
        self.flags |= LATE;
        self
    }

    /// A table whose rows ascend strictly by key, within each parent; readers may search it.
    #[must_use]
    pub const fn sorted(mut self) -> Self {
        self.flags |= SORTED;
        self
    }

    pub(super) fn layout(&self) -> Result<Layout<'_>, WriteError> {
        Layout::new(&self.head, self.cells).map_err(WriteError::Layout)
    }

    pub(super) fn row(&self) -> usize {
        usize::try_from(self.head.row.get()).unwrap_or(usize::MAX)
    }
}

/// The memory that an image needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Segments.
    pub segments: usize,
    /// Bytes of each but the last.
    pub segment: usize,
    /// Bytes of the last.
    pub last: usize,
}

impl Size {
    /// Bytes of all segments.
    pub fn bytes(&self) -> usize {
        let full = self.segments.saturating_sub(1).saturating_mul(self.segment);
        full.saturating_add(self.last)
    }
}

/// How many segments of at most `segment` bytes the tables need.
///
/// # Errors
/// [`WriteError::Length`] when no segment may be that long, [`WriteError::Directory`] when the head
/// does not fit into the first one or a row into none.
pub fn size(tables: &[Spec<'_>], segment: usize) -> Result<Size, WriteError> {
    if segment == 0 || segment > MAX_SEGMENT || segment % ALIGN != 0 {
        return Err(WriteError::Length { segment: 0 });
    }
    let mut segments: usize = 1;
    // More segments lengthen the head, which may take another segment: at most a few rounds.
    loop {
        let end = end_of(tables, segments, |_| Some(segment)).ok_or(WriteError::Directory)?;
        let needed = end.segment.checked_add(1).ok_or(WriteError::Directory)?;
        if needed <= segments {
            return Ok(Size { segments, segment, last: end.offset.max(ALIGN) });
        }
        segments = needed;
    }
}

pub(super) fn parts(tables: &[Spec<'_>], segments: usize) -> Option<Parts> {
    let cells =
        tables.iter().try_fold(0_usize, |sum, t| sum.checked_add(t.cells.len())?.checked_add(1));
    Parts::new(segments, tables.len(), cells?.checked_mul(crate::cell::CELL)?)
}

/// Where the last row's extent ends.
fn end_of(
    tables: &[Spec<'_>],
    segments: usize,
    length: impl Fn(usize) -> Option<usize>,
) -> Option<Cursor> {
    let offset = parts(tables, segments)?.covered()?.checked_add(ALIGN)?;
    if offset > length(0)? {
        return None;
    }
    tables.iter().try_fold(Cursor { segment: 0, offset }, |at, table| {
        // A row that no segment holds would send the walk through segments without end.
        if Extent::fit(length(1)?, table.row(), 1).rows == 0 {
            return None;
        }
        Walk::new(at, table.row(), table.rows).end(&length)
    })
}
