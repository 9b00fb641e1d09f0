//! Rows where they lie: a table's pieces, one per extent, and the blocks of each.

use super::block::{Demands, Wrong};
use super::error::ImageError;
use super::place::{rows_per_block, Cursor, Walk, SUM};
use super::sum::Seal;
use crate::layout::Layout;

/// The rows of one table, in the writer's layout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed<'a> {
    pub(super) segments: &'a [&'a [u8]],
    pub(super) seal: Seal,
    pub(super) layout: Layout<'a>,
    pub(super) rows: usize,
    pub(super) cursor: Cursor,
}

/// Rows that lie side by side in one segment, and their sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    /// The table's row that is the first one here.
    pub(super) first: usize,
    pub(super) rows: &'a [u8],
    sums: &'a [u8],
}

/// Rows under one sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    /// The table's row that is the first one here.
    pub(super) first: usize,
    pub(super) rows: &'a [u8],
    /// Its place in the table.
    number: usize,
    sum: u32,
}

impl<'a> Placed<'a> {
    /// Bytes of a row.
    pub(super) fn row(&self) -> usize {
        usize::try_from(self.layout.row()).unwrap_or(usize::MAX)
    }

    /// The pieces of the table, in order.
    pub(super) fn pieces(self) -> Pieces<'a> {
        let walk = Walk::new(self.cursor, self.row(), self.rows);
        Pieces { segments: self.segments, walk, first: 0 }
    }

    /// The blocks of the table, in order.
    pub(super) fn blocks(self) -> Blocks<'a> {
        let row = self.row();
        let (pieces, per_block) = (self.pieces(), rows_per_block(row));
        Blocks { row, per_block, number: 0, first: 0, rows: &[], sums: &[], pieces }
    }

    /// The rows from `number` on that lie side by side with it; nothing past the last row. All
    /// pieces before it have to be walked.
    pub(super) fn rows_from(&self, number: usize) -> &'a [u8] {
        let row = self.row();
        let from =
            |piece: Piece<'a>| piece.rows.get(number.checked_sub(piece.first)?.checked_mul(row)?..);
        self.pieces().filter_map(from).find(|rows| !rows.is_empty()).unwrap_or(&[])
    }

    /// The bytes of row `number`.
    pub(super) fn at(&self, number: usize) -> Option<&'a [u8]> {
        self.rows_from(number).get(..self.row())
    }
}

/// The pieces of a table that are still to come.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    segments: &'a [&'a [u8]],
    walk: Walk,
    first: usize,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let (at, extent) = self.walk.next(|n| self.segments.get(n).map(|s| s.len()))?;
        let from = self.segments.get(at.segment)?.get(at.offset..)?;
        let (rows, rest) = from.split_at_checked(extent.bytes)?;
        let piece = Piece { first: self.first, rows, sums: rest.get(..extent.sums)? };
        self.first = self.first.checked_add(extent.rows)?;
        Some(piece)
    }
}

/// The blocks of a table that are still to come.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<'a> {
    row: usize,
    per_block: usize,
    /// The number of the next block.
    number: usize,
    /// Its first row.
    first: usize,
    /// What is left of the present piece.
    rows: &'a [u8],
    sums: &'a [u8],
    pieces: Pieces<'a>,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        if self.rows.is_empty() {
            let piece = self.pieces.next()?;
            (self.first, self.rows, self.sums) = (piece.first, piece.rows, piece.sums);
        }
        let bytes = self.per_block.saturating_mul(self.row).min(self.rows.len());
        let (rows, later) = self.rows.split_at_checked(bytes)?;
        let (sum, sums) = self.sums.split_first_chunk::<SUM>()?;
        let sum = u32::from_le_bytes(*sum);
        let block = Block { first: self.first, rows, number: self.number, sum };
        (self.rows, self.sums) = (later, sums);
        self.number = self.number.saturating_add(1);
        self.first = self.first.saturating_add(self.per_block);
        Some(block)
    }
}

impl Block<'_> {
    /// Whether the rows are those that were sealed, and hold what their layout demands.
    pub(super) fn check(&self, placed: &Placed<'_>, demands: Demands) -> Result<(), ImageError> {
        let (table, layout) = (placed.seal.table, placed.layout);
        if placed.seal.of(self.rows, self.number) != self.sum {
            return Err(ImageError::BlockSum { table, row: self.first });
        }
        let row = |n| self.first.saturating_add(n);
        match demands.broken(layout, self.rows) {
            Some(Wrong::Value { row: n, path }) => {
                Err(ImageError::Value { table, row: row(n), path })
            }
            Some(Wrong::Hole { row: n, byte }) => {
                Err(ImageError::Padding { table, row: row(n), byte })
            }
            None => Ok(()),
        }
    }
}
