//! Streaming: each block is checked just before its rows are used.

use core::marker::PhantomData;
use core::mem;

use zerocopy::IntoBytes;

use super::block::Demands;
use super::error::TableError;
use super::placed::{Blocks, Placed};
use super::table::lend;
use crate::plan::Plan;
use crate::record::Record;

/// The rows of one table, block by block.
///
/// What a stream hands out has the right sum and values that its layout allows; whether rows that
/// come later do is not known yet. End marks are not held against their children.
#[derive(Debug)]
pub struct Stream<'r, T> {
    source: Option<(Placed<'r>, Plan<'r>, Blocks<'r>)>,
    /// What of a checked block is not handed out yet.
    rest: &'r [u8],
    demands: Demands,
    row: PhantomData<fn() -> T>,
}

impl<'r, T: Record> Stream<'r, T> {
    pub(super) fn new(placed: Placed<'r>, plan: Plan<'r>) -> Self {
        let demands = Demands::of(placed.layout);
        Self { source: Some((placed, plan, placed.blocks())), demands, ..Self::empty() }
    }

    pub(super) const fn empty() -> Self {
        Self { source: None, rest: &[], demands: Demands::NONE, row: PhantomData }
    }

    /// Rows in the whole table.
    pub fn len(&self) -> usize {
        self.source.as_ref().map_or(0, |(placed, ..)| placed.rows)
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
        let Some((_, plan, _)) = self.source.as_ref() else { return Ok(None) };
        if let Some(rows) = lend(plan, here) {
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
        let Some((placed, plan, blocks)) = self.source.as_mut() else { return Ok(None) };
        let row = placed.row();
        let rest = mem::take(&mut self.rest);
        if !rest.is_empty() {
            return Ok(Some((rest, row)));
        }
        let Some(block) = blocks.next() else { return Ok(None) };
        block.check(placed, self.demands)?;
        if plan.is_checked() {
            if let Some(unmet) = plan.refused(block.rows) {
                let row = block.first.saturating_add(unmet.row);
                return Err(TableError::Refused { path: unmet.check.member().path(), row });
            }
        }
        Ok(Some((block.rows, row)))
    }

    /// Where the rows lie; nowhere if there are none.
    pub(super) fn placed(&self) -> Option<&Placed<'r>> {
        self.source.as_ref().map(|(placed, ..)| placed)
    }
}
