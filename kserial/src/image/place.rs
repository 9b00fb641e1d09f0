//! Where rows lie: a rule, not a table.
//!
//! Tables follow each other through the segments in the order of the directory. In each segment a
//! table has at most one *extent*: as many whole rows as fit, and behind them a sum for each block.
//! Positions follow from the row counts and the segments' lengths alone, so there is nothing that a
//! hostile image could state falsely.

/// Bytes of rows that one sum covers, at most; larger rows have a block each.
pub const BLOCK: usize = 8192;
/// Extents, segments and the head end on multiples of this many bytes.
pub const ALIGN: usize = 64;
/// Bytes of a stored sum.
pub(crate) const SUM: usize = 4;

/// The next multiple of [`ALIGN`], or `None` when there is none.
pub(crate) const fn aligned(bytes: usize) -> Option<usize> {
    match bytes.checked_add(ALIGN - 1) {
        Some(bytes) => Some(bytes & !(ALIGN - 1)),
        None => None,
    }
}

/// Rows in a block.
pub(crate) const fn rows_per_block(row: usize) -> usize {
    match BLOCK.checked_div(row) {
        Some(0) | None => 1,
        Some(rows) => rows,
    }
}

/// Rows and their sums in a part of one segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// Rows.
    pub(crate) rows: usize,
    /// Bytes of all rows; the sums follow.
    pub(crate) bytes: usize,
    /// Bytes of all sums.
    pub(crate) sums: usize,
}

impl Extent {
    /// The extent of up to `left` rows of `row` bytes in `space` bytes; it may be empty.
    pub(crate) fn fit(space: usize, row: usize, left: usize) -> Self {
        Self::try_fit(space, row, left).unwrap_or(Self { rows: 0, bytes: 0, sums: 0 })
    }

    fn try_fit(space: usize, row: usize, left: usize) -> Option<Self> {
        let per_block = rows_per_block(row);
        let block = row.checked_mul(per_block)?.checked_add(SUM)?;
        let (whole, rest) = (space.checked_div(block)?, space.checked_rem(block)?);
        let more = rest.saturating_sub(SUM).checked_div(row)?;
        let rows = whole.checked_mul(per_block)?.checked_add(more)?.min(left);
        let blocks = rows.div_ceil(per_block);
        Some(Self { rows, bytes: rows.checked_mul(row)?, sums: blocks.checked_mul(SUM)? })
    }

    /// Bytes from its start to the next extent in the segment.
    pub(crate) fn span(&self) -> Option<usize> {
        aligned(self.bytes.checked_add(self.sums)?)
    }
}

/// A place in the segments where the next extent may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cursor {
    pub(crate) segment: usize,
    pub(crate) offset: usize,
}

/// The extents of one table, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    cursor: Cursor,
    row: usize,
    left: usize,
}

impl Walk {
    pub(crate) const fn new(cursor: Cursor, row: usize, rows: usize) -> Self {
        Self { cursor, row, left: rows }
    }

    /// The next extent and where it lies, given the length of each segment; `None` after the last
    /// one or when the segments do not suffice.
    pub(crate) fn next(
        &mut self,
        length: impl Fn(usize) -> Option<usize>,
    ) -> Option<(Cursor, Extent)> {
        while self.left > 0 {
            let space = length(self.cursor.segment)?.saturating_sub(self.cursor.offset);
            let extent = Extent::fit(space, self.row, self.left);
            let at = self.cursor;
            self.left = self.left.checked_sub(extent.rows)?;
            self.cursor = if self.left > 0 {
                Cursor { segment: at.segment.checked_add(1)?, offset: 0 }
            } else {
                Cursor { segment: at.segment, offset: at.offset.checked_add(extent.span()?)? }
            };
            if extent.rows > 0 {
                return Some((at, extent));
            }
        }
        None
    }

    /// Where the table after this one may begin, or `None` when the segments do not suffice.
    pub(crate) fn end(mut self, length: impl Fn(usize) -> Option<usize>) -> Option<Cursor> {
        while self.next(&length).is_some() {}
        (self.left == 0).then_some(self.cursor)
    }
}
