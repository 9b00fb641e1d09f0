//! Streaming: each block is checked just before its rows are used.

use core::mem;

use zerocopy::IntoBytes;

use super::block::Demands;
use super::error::TableError;
use super::placed::{Blocks, Placed};
use super::room::Room;
use super::table::lend;
use crate::record::Record;

/// The rows of one table, block by block.
///
/// What a stream hands out has the right sum and values that its layout allows; whether rows that
/// come later do is not known yet. End marks are not held against their children.
#[derive(Debug)]
pub struct Stream<'r, T: Record> {
    room: &'r Room<'r, T>,
    /// The blocks that are still to come, if there are rows at all.
    blocks: Option<Blocks<'r>>,
    /// What of a checked block is not handed out yet.
    rest: &'r [u8],
    demands: Demands,
}

impl<'r, T: Record> Stream<'r, T> {
    /// The rows of the table that is settled in `room`.
    pub(super) fn all(room: &'r Room<'r, T>) -> Self {
        let placed = room.placed();
        let demands = placed.map_or(Demands::NONE, |placed| Demands::of(placed.layout));
        Self { room, blocks: placed.map(|placed| placed.blocks()), rest: &[], demands }
    }

    /// Rows in the whole table.
    pub fn len(&self) -> usize {
        self.placed().map_or(0, |placed| placed.rows)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next rows: as many as a block has or, where they must be converted, as the scratch takes.
    /// `None` after the last row.
    ///
    /// # Errors
    /// [`TableError::Image`] when the block is damaged, [`TableError::Refused`] when one of its rows
    /// must be, [`TableError::Scratch`] for a scratch without room: also where these rows need none,
    /// for the next writer's might.
    #[allow(clippy::should_implement_trait, reason = "rows borrow the scratch: they are lent")]
    pub fn next<'s>(&'s mut self, scratch: &'s mut [T]) -> Result<Option<&'s [T]>, TableError> {
        if scratch.is_empty() {
            return Err(TableError::Scratch);
        }
        let Some((here, row)) = self.next_block()? else { return Ok(None) };
        let Some(plan) = self.room.plan() else { return Ok(None) };
        if let Some(rows) = lend(&plan, here) {
            return Ok(Some(rows));
        }
        let rows = scratch.len().min(here.len().checked_div(row).unwrap_or(0));
        let (now, later) = here.split_at_checked(rows.saturating_mul(row)).unwrap_or_default();
        self.rest = later;
        let Some(scratch) = scratch.get_mut(..rows).filter(|rows| !rows.is_empty()) else {
            return Err(TableError::Scratch);
        };
        plan.convert(now, scratch.as_mut_bytes());
        Ok(Some(scratch))
    }

    /// The rows of the present block that are not handed out yet, or those of the next one once it is
    /// checked; and the bytes of each. From here on they count as handed out.
    pub(super) fn next_block(&mut self) -> Result<Option<(&'r [u8], usize)>, TableError> {
        let rest = mem::take(&mut self.rest);
        if !rest.is_empty() {
            return Ok(Some((rest, self.room.stride())));
        }
        let Some((placed, plan)) = self.placed().zip(self.room.plan()) else { return Ok(None) };
        let Some(block) = self.blocks.as_mut().and_then(Blocks::next) else { return Ok(None) };
        block.check(placed, self.demands)?;
        if plan.is_checked() {
            if let Some(unmet) = plan.refused(block.rows) {
                let row = block.first.saturating_add(unmet.row);
                return Err(TableError::Refused { path: unmet.check.member().path(), row });
            }
        }
        Ok(Some((block.rows, self.room.stride())))
    }

    /// Where the rows lie; nowhere if there are none.
    pub(super) fn placed(&self) -> Option<&'r Placed<'r>> {
        self.room.placed()
    }
}
