//! Depositing: rows of whatever layout, for tools that hand on what they do not know. A kernel has a
//! struct for what it writes, and no need of this.

use super::block::{Demands, Wrong};
use super::error::{ImageError, WriteError};
use super::place::rows_per_block;
use super::span::Spans;
use super::sum::{salt, store_sum};
use super::writer::Writer;
use crate::count::numbered;

impl Writer<'_, '_> {
    /// Writes the next table announced, whatever its layout. `fill` is given the places of whole rows,
    /// in order, until all are written.
    ///
    /// # Errors
    /// [`WriteError::Order`] after the last table; what a row holds that its layout forbids.
    #[cfg(feature = "host")]
    pub fn deposit(&mut self, mut fill: impl FnMut(&mut [u8])) -> Result<(), WriteError> {
        let index = self.next;
        let spec = self.tables.get(index).ok_or(WriteError::Order)?;
        let (layout, row) = (spec.layout()?, spec.row());
        let demands = Demands::of(layout);
        let mut spans = Spans::take(&mut self.free, row, spec.rows).ok_or(WriteError::Space)?;
        self.next = index.saturating_add(1);
        let block = rows_per_block(row).saturating_mul(row).max(1);
        let (mut done, mut sealed): (usize, usize) = (0, 0);
        while done < spec.rows {
            let open = spans.next(row, spec.rows.saturating_sub(done));
            if open.rows.is_empty() {
                return Err(WriteError::Space);
            }
            fill(open.rows);
            match demands.broken(layout, open.rows) {
                None => {}
                Some(Wrong::Value { row, path }) => {
                    return Err(WriteError::Value { row: done.saturating_add(row), path });
                }
                Some(Wrong::Hole { row, byte }) => {
                    let row = done.saturating_add(row);
                    return Err(ImageError::Padding { table: index, row, byte }.into());
                }
            }
            for (n, block) in numbered(open.rows.chunks(block)) {
                store_sum(open.sums, n, (self.sum)(block) ^ salt(index, sealed));
                sealed = sealed.saturating_add(1);
            }
            done = done.saturating_add(open.rows.len().checked_div(row).unwrap_or(0));
        }
        if spec.rows > 0 {
            self.unfilled = self.unfilled.saturating_sub(1);
        }
        Ok(())
    }
}
