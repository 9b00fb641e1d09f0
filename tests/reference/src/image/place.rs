//! Where rows lie (§2.2): positions follow from row sizes, counts and segment lengths.

use super::padded;

/// Rows of one table that lie side by side, and the sums behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The table, by its place in the directory.
    pub table: usize,
    /// The segment.
    pub segment: usize,
    /// Where in the segment its rows begin.
    pub offset: usize,
    /// Bytes of a row.
    pub row: usize,
    /// Rows.
    pub rows: usize,
    /// The table's block that is the first one here.
    pub first_block: usize,
}

impl Extent {
    /// Rows under one sum.
    pub fn per_block(&self) -> usize {
        (8192 / self.row).max(1)
    }

    /// Sums.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(self.per_block())
    }

    /// Where the sums begin.
    pub fn sums(&self) -> usize {
        self.offset + self.rows * self.row
    }

    /// Where the sums end.
    pub fn end(&self) -> usize {
        self.sums() + 4 * self.blocks()
    }

    /// The rows of each block and where its sum lies, as offsets in the segment.
    pub fn sealed(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>, usize)> + '_ {
        (0..self.blocks()).map(|n| {
            let from = self.offset + n * self.per_block() * self.row;
            let to = self.sums().min(from + self.per_block() * self.row);
            (self.first_block + n, from..to, self.sums() + 4 * n)
        })
    }
}

/// The extents of all tables, given as row size and rows, in segments of these lengths; the first
/// row may begin at `start`. `None` where the segments do not suffice.
pub fn extents(tables: &[(usize, usize)], lengths: &[usize], start: usize) -> Option<Vec<Extent>> {
    let (mut segment, mut cursor) = (0, start);
    let mut placed = Vec::new();
    for (table, (row, rows)) in tables.iter().enumerate() {
        let (mut left, mut first_block) = (*rows, 0);
        while left > 0 {
            let space = lengths.get(segment)?.saturating_sub(cursor);
            let per_block = (8192 / row).max(1);
            let whole = per_block * row + 4;
            let fit = space / whole * per_block + (space % whole).saturating_sub(4) / row;
            let extent = Extent {
                table,
                segment,
                offset: cursor,
                row: *row,
                rows: fit.min(left),
                first_block,
            };
            left -= extent.rows;
            first_block += extent.blocks();
            if left > 0 {
                (segment, cursor) = (segment + 1, 0);
            } else {
                cursor = padded(extent.end());
            }
            if extent.rows > 0 {
                placed.push(extent);
            }
        }
    }
    Some(placed)
}
