//! Opening: an image whose head is intact.

use super::error::ImageError;
use super::head::{Head, Listed, LATE, SORTED};
use super::place::{rows_per_block, salt, Cursor, Extent, Walk, SUM};
use super::stream::Stream;
use super::verify::{self, Verified};
use super::{Sum, TableError};
use crate::layout::Layout;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::record::{Record, Steps};

/// An image whose head, directory and layouts are intact and whose tables fit its segments. Its
/// rows have not been looked at: [`verify`](Self::verify) it, or read it as a
/// [`stream`](Self::stream).
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    pub(super) segments: &'a [&'a [u8]],
    pub(super) head: Head<'a>,
    pub(super) sum: Sum,
}

/// A table as its image describes it.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo<'a> {
    /// The layout of its rows, as the writer had it.
    pub layout: Layout<'a>,
    /// How many there are.
    pub rows: usize,
    /// Whether they may have been rewritten after the image was finished.
    pub late: bool,
    /// Whether they ascend strictly by key, within each parent.
    pub sorted: bool,
}

/// The length of each segment of the image that begins with `first`, for one that lies in a file,
/// where segments follow each other. Nothing but the head's form has been checked.
///
/// # Errors
/// When `first` does not begin with the head of an image.
pub fn segments(first: &[u8]) -> Result<impl Iterator<Item = usize> + '_, ImageError> {
    let lengths = Head::read_unsummed(first)?.lengths;
    Ok(lengths.iter().map(|length| usize::try_from(length.get()).unwrap_or(usize::MAX)))
}

impl<'a> Image<'a> {
    /// Opens an image that another kernel wrote for `machine`.
    ///
    /// # Errors
    /// What is wrong with the head or the segments; [`ImageError::Machine`] when the state belongs
    /// to another machine.
    pub fn open(segments: &'a [&'a [u8]], machine: &Machine, sum: Sum) -> Result<Self, ImageError> {
        let image = Self::inspect(segments, sum)?;
        if machine.accepts(&image.machine()) {
            Ok(image)
        } else {
            Err(ImageError::Machine)
        }
    }

    /// Opens an image of any machine: for tools, which show state and do not apply it.
    ///
    /// # Errors
    /// What is wrong with the head or the segments.
    pub fn inspect(segments: &'a [&'a [u8]], sum: Sum) -> Result<Self, ImageError> {
        let first = segments.first().ok_or(ImageError::Truncated { segment: 0 })?;
        let head = Head::read(first, sum)?;
        if head.lengths.len() != segments.len() {
            return Err(ImageError::Truncated { segment: segments.len() });
        }
        for (number, segment) in segments.iter().enumerate() {
            if head.segment(number) != Some(segment.len()) {
                return Err(ImageError::Length { segment: number });
            }
        }
        Ok(Self { segments, head, sum })
    }

    /// The machine that the state belongs to.
    pub fn machine(&self) -> Machine {
        self.head.machine()
    }

    /// What tables there are.
    pub fn tables(&self) -> impl Iterator<Item = TableInfo<'a>> + 'a {
        self.head.tables().map(|table| TableInfo {
            layout: table.layout,
            rows: table.rows,
            late: table.flags & LATE != 0,
            sorted: table.flags & SORTED != 0,
        })
    }

    /// The table of `record`, by its place in the directory, for a reader that knows only some.
    ///
    /// # Errors
    /// [`TableError::Unknown`] for the first table with rows of a critical record that is not among
    /// `known`.
    pub fn knows(&self, known: &[&str]) -> Result<(), TableError> {
        let stranger = |t: &Listed<'_>| {
            t.rows > 0 && t.layout.is_critical() && !known.contains(&t.layout.record())
        };
        match self.head.tables().find(stranger) {
            Some(table) => Err(TableError::Unknown { table: table.index }),
            None => Ok(()),
        }
    }

    /// Checks everything: all sums, values, end marks, orders and gaps.
    ///
    /// # Errors
    /// The first thing that is not right, and where.
    pub fn verify(self) -> Result<Verified<'a>, ImageError> {
        verify::everything(&self)?;
        Ok(Verified { image: self })
    }

    /// The rows of `T`, each block checked just before it is used. Blocks before a damaged one will
    /// have been used when the damage is found; a reader that must not apply half a table verifies
    /// first.
    ///
    /// # Errors
    /// [`TableError`] when there is no such table though it is required, or no row can cross.
    pub fn stream<'r, T: Record>(&self, room: &'r mut T::Steps) -> Result<Stream<'r, T>, TableError>
    where
        'a: 'r,
    {
        let Some(table) = self.listed(T::SHAPE.record()) else {
            return if T::SHAPE.is_required() {
                Err(TableError::Absent)
            } else {
                Ok(Stream::empty(self.sum))
            };
        };
        let plan = Plan::between(table.layout, T::SHAPE, room.steps())?;
        Ok(Stream::new(self.placed(&table), plan, self.sum))
    }

    pub(super) fn listed(&self, record: &str) -> Option<Listed<'a>> {
        self.head.tables().find(|table| table.layout.record() == record)
    }

    pub(super) fn placed(&self, table: &Listed<'a>) -> Placed<'a> {
        Placed {
            segments: self.segments,
            index: table.index,
            layout: table.layout,
            rows: table.rows,
            cursor: table.cursor,
        }
    }
}

/// The rows of one table, in the writer's layout, where they lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    segments: &'a [&'a [u8]],
    pub(super) index: usize,
    pub(super) layout: Layout<'a>,
    pub(super) rows: usize,
    cursor: Cursor,
}

/// Rows that lie side by side in one segment, and their sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    /// The table's row that is the first one here.
    pub(super) first: usize,
    pub(super) rows: &'a [u8],
    sums: &'a [u8],
}

impl<'a> Placed<'a> {
    /// Bytes of a row.
    pub(super) fn row(&self) -> usize {
        usize::try_from(self.layout.row()).unwrap_or(usize::MAX)
    }

    /// The pieces of the table, in order.
    pub(super) fn pieces(self) -> impl Iterator<Item = Piece<'a>> + 'a {
        let mut walk = Walk::new(self.cursor, self.row(), self.rows);
        let mut first: usize = 0;
        core::iter::from_fn(move || {
            let (at, extent) = walk.next(|n| self.segments.get(n).map(|s| s.len()))?;
            let piece = self.piece(at, extent, first)?;
            first = first.checked_add(extent.rows)?;
            Some(piece)
        })
    }

    fn piece(&self, at: Cursor, extent: Extent, first: usize) -> Option<Piece<'a>> {
        let from = self.segments.get(at.segment)?.get(at.offset..)?;
        let (rows, rest) = from.split_at_checked(extent.bytes)?;
        Some(Piece { first, rows, sums: rest.get(..extent.sums)? })
    }
}

impl<'a> Piece<'a> {
    /// The blocks of the piece, each with the table's row that is its first and its sum.
    pub(super) fn blocks(
        self,
        table: usize,
        row: usize,
        block: &mut usize,
    ) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let per_block = rows_per_block(row);
        let number = *block;
        *block = block.saturating_add(self.sums.len() / SUM);
        let bytes = per_block.saturating_mul(row).max(1);
        let sums = self.sums.chunks_exact(SUM);
        self.rows.chunks(bytes).zip(sums).enumerate().map(move |(n, (rows, sum))| {
            let stored = sum.first_chunk::<SUM>().map_or(0, |sum| u32::from_le_bytes(*sum));
            Block {
                first: self.first.saturating_add(n.saturating_mul(per_block)),
                rows,
                sum: stored ^ salt(table, number.saturating_add(n)),
            }
        })
    }
}

/// Rows under one sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    pub(super) first: usize,
    pub(super) rows: &'a [u8],
    sum: u32,
}

impl Block<'_> {
    /// Whether the rows are those that were sealed, and hold what their layout allows.
    pub(super) fn check(
        &self,
        table: &Placed<'_>,
        sum: Sum,
        claims: bool,
    ) -> Result<(), ImageError> {
        if sum(self.rows) != self.sum {
            return Err(ImageError::BlockSum { table: table.index, row: self.first });
        }
        if claims {
            if let Some((n, path)) = super::block::broken_claim(table.layout, self.rows) {
                let row = self.first.saturating_add(n);
                return Err(ImageError::Value { table: table.index, row, path });
            }
        }
        Ok(())
    }
}
