//! Depositing: tables whose layout is known at run time only. Tools hand on what they do not know, and
//! users in C have a layout and bytes; whoever has a struct has [`Writer::table`].

use zerocopy::IntoBytes;

use super::block::{broken_value, Demands, Wrong};
use super::error::{ImageError, WriteError};
use super::place::rows_per_block;
use super::span::Spans;
use super::sum::{store_sum, Seal};
use super::writer::Writer;
use crate::count::numbered;
use crate::plan::Plan;

impl Writer<'_, '_> {
    /// Writes the whole next table, announced by [`Spec::like`](super::Spec::like) as the layout that
    /// `plan` writes, from rows that lie in the one that it takes.
    ///
    /// # Errors
    /// [`WriteError::Order`] when the next table announced is another one, [`WriteError::Unfilled`] when
    /// `rows` are not as many as announced, and what stands in the way of a row.
    pub fn rows(&mut self, plan: &Plan<'_>, rows: &[u8]) -> Result<(), WriteError> {
        let (source, target) = (plan.source(), plan.target());
        let spec = self.tables.get(self.next).ok_or(WriteError::Order)?;
        let layout = spec.layout()?;
        if layout.cells().as_bytes() != target.cells().as_bytes() || layout.row() != target.row() {
            return Err(WriteError::Order);
        }
        let (stride, pitch) = (usize::try_from(source.row()).unwrap_or(usize::MAX), spec.row());
        if spec.rows.checked_mul(stride) != Some(rows.len()) {
            return Err(WriteError::Unfilled);
        }
        if let Some((row, path)) = broken_value(source, rows) {
            return Err(WriteError::Value { row, path });
        }
        if let Some(unmet) = plan.refused(rows) {
            return Err(WriteError::Refused { row: unmet.row, path: unmet.check.member().path() });
        }
        let mut left = rows;
        self.deposit(|place| {
            let bytes = place.len().checked_div(pitch).unwrap_or(0).saturating_mul(stride);
            let (now, later) = left.split_at_checked(bytes).unwrap_or_default();
            plan.convert(now, place);
            left = later;
        })
    }

    /// Writes the next table announced, whatever its layout. `fill` is given the places of whole rows,
    /// in order, until all are written.
    ///
    /// # Errors
    /// [`WriteError::Order`] after the last table; what a row holds that its layout forbids.
    pub fn deposit(&mut self, mut fill: impl FnMut(&mut [u8])) -> Result<(), WriteError> {
        let index = self.next;
        let spec = self.tables.get(index).ok_or(WriteError::Order)?;
        let (layout, row) = (spec.layout()?, spec.row());
        let seal = Seal { image: self.number, table: index, sum: self.sum };
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
                store_sum(open.sums, n, seal.of(block, sealed));
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
