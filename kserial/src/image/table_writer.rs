//! Writing one table: rows are copied, converted or refused behind a cursor, and each block is summed
//! while it is still in the cache.

use core::marker::PhantomData;
use core::mem;

use zerocopy::IntoBytes;

use super::block::{broken_value, has_claims};
use super::error::WriteError;
use super::hole::clear_holes;
use super::place::{rows_per_block, SUM};
use super::span::{Open, Spans};
use super::sum::{store_sum, Seal};
use super::writer::Writer;
use crate::layout::Layout;
use crate::plan::Plan;
use crate::record::{Mark, Record};
use crate::step::copy;

/// Rows of up to so many bytes are handed on as copies. Were the caller's row lent to a function, it
/// would have to lie in memory: stored there member by member, just before it is loaded as a whole.
const COPIED: usize = 64;

/// One table of an image in the making.
#[derive(Debug)]
pub struct TableWriter<'m, 's, T> {
    layout: Layout<'s>,
    plan: Option<Plan<'s>>,
    seal: Seal,
    claims: bool,
    /// Whether a plan relies on what `T` claims of its values.
    promises: bool,
    rows: usize,
    /// Rows in the blocks that are sealed, and how many blocks those are.
    sealed_rows: usize,
    sealed: usize,
    /// The block that is being filled, and how many bytes of it are.
    block: &'m mut [u8],
    at: usize,
    /// What follows it in its segment, and the segments after that one.
    extent: Open<'m>,
    spans: Spans<'m, 's>,
    row: PhantomData<fn(T)>,
}

impl<'m, 's, T: Record> TableWriter<'m, 's, T> {
    pub(super) fn new(
        layout: Layout<'s>,
        plan: Option<Plan<'s>>,
        rows: usize,
        spans: Spans<'m, 's>,
        seal: Seal,
    ) -> Self {
        let mut table = Self {
            layout,
            plan,
            seal,
            claims: has_claims(layout),
            promises: plan.is_some() && has_claims(T::SHAPE),
            rows,
            sealed_rows: 0,
            sealed: 0,
            block: &mut [],
            at: 0,
            extent: Open::default(),
            spans,
            row: PhantomData,
        };
        table.next_block();
        table
    }

    /// Writes one row.
    ///
    /// # Errors
    /// [`WriteError::Full`] after as many rows as were announced; a value that the layout forbids.
    #[inline]
    pub fn push(&mut self, row: &T) -> Result<(), WriteError> {
        if size_of::<T>() > COPIED {
            return self.extend(core::slice::from_ref(row));
        }
        match self.copied(row.as_bytes()) {
            Some(done) => done,
            None => self.extend_blocks(core::slice::from_ref(&row.clone())),
        }
    }

    /// Writes many rows.
    ///
    /// # Errors
    /// As [`push`](Self::push); rows before the one at fault are written.
    #[inline]
    pub fn extend(&mut self, rows: &[T]) -> Result<(), WriteError> {
        match self.copied(rows.as_bytes()) {
            Some(done) => done,
            None => self.extend_blocks(rows),
        }
    }

    /// Copies rows that need nothing but room in the block, on the spot.
    #[inline]
    fn copied(&mut self, rows: &[u8]) -> Option<Result<(), WriteError>> {
        if self.plan.is_some() || T::MASK.is_some() {
            return None;
        }
        let end = self.at.saturating_add(rows.len());
        let place = self.block.get_mut(self.at..end).filter(|place| !place.is_empty())?;
        copy(rows, place);
        self.at = end;
        Some(if end == self.block.len() { self.seal() } else { Ok(()) })
    }

    fn extend_blocks(&mut self, rows: &[T]) -> Result<(), WriteError> {
        if rows.len() > self.rows.saturating_sub(self.len()) {
            return Err(WriteError::Full);
        }
        let (stride, pitch) = (size_of::<T>(), self.pitch());
        let mut source = rows.as_bytes();
        while !source.is_empty() {
            let free = self.block.len().saturating_sub(self.at);
            let left = source.len().checked_div(stride).unwrap_or(0);
            let rows = free.checked_div(pitch).unwrap_or(0).min(left);
            let end = self.at.saturating_add(rows.saturating_mul(pitch));
            let (now, later) =
                source.split_at_checked(rows.saturating_mul(stride)).unwrap_or_default();
            let place = self.block.get_mut(self.at..end).filter(|place| !place.is_empty());
            let place = place.ok_or(WriteError::Space)?;
            match &self.plan {
                None => {
                    copy(now, place);
                    if let Some(mask) = T::MASK {
                        clear_holes(place, mask);
                    }
                }
                Some(plan) => {
                    if let Some(unmet) = plan.refused(now) {
                        let row = self.len().saturating_add(unmet.row);
                        return Err(WriteError::Refused { row, path: unmet.check.member().path() });
                    }
                    // The plan took the claims of `T` as true.
                    if self.promises {
                        if let Some((n, path)) = broken_value(T::SHAPE, now) {
                            let row = self.len().saturating_add(n);
                            return Err(WriteError::Value { row, path });
                        }
                    }
                    plan.convert(now, place);
                }
            }
            self.at = end;
            source = later;
            if self.at == self.block.len() {
                self.seal()?;
            }
        }
        Ok(())
    }

    /// The mark after the rows written so far: what the end mark of a parent's row holds.
    ///
    /// # Errors
    /// [`WriteError::Mark`] when the member is too narrow for it.
    #[inline]
    pub fn mark<M: Mark<Row = T>>(&self) -> Result<M, WriteError> {
        u64::try_from(self.len()).ok().and_then(M::at).ok_or(WriteError::Mark)
    }

    /// Rows written so far.
    #[inline]
    pub fn len(&self) -> usize {
        // Without a plan, a division by a constant.
        let here = match self.plan {
            None => self.at.checked_div(size_of::<T>()),
            Some(_) => self.at.checked_div(self.pitch()),
        };
        self.sealed_rows.saturating_add(here.unwrap_or(0))
    }

    /// Whether no row has been written yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes from one row of the image to the next.
    fn pitch(&self) -> usize {
        usize::try_from(self.layout.row()).unwrap_or(0)
    }

    /// Gives the full table back to its image.
    ///
    /// # Errors
    /// [`WriteError::Unfilled`] when rows are missing.
    pub fn finish(self, image: &mut Writer<'_, '_>) -> Result<(), WriteError> {
        // What is not sealed was refused.
        if self.sealed_rows != self.rows {
            return Err(WriteError::Unfilled);
        }
        if self.rows > 0 {
            image.unfilled = image.unfilled.saturating_sub(1);
        }
        Ok(())
    }

    /// Sums the full block and goes on to the next one.
    fn seal(&mut self) -> Result<(), WriteError> {
        if self.claims {
            if let Some((row, path)) = broken_value(self.layout, self.block) {
                return Err(WriteError::Value { row: self.sealed_rows.saturating_add(row), path });
            }
        }
        let sums = mem::take(&mut self.extent.sums);
        let (place, sums) = sums.split_at_mut_checked(SUM).unwrap_or_default();
        store_sum(place, 0, self.seal.of(self.block, self.sealed));
        self.extent.sums = sums;
        self.sealed = self.sealed.saturating_add(1);
        self.sealed_rows = self.len();
        self.at = 0;
        self.next_block();
        Ok(())
    }

    /// Cuts the next block off its extent; the last one of an extent may be short.
    fn next_block(&mut self) {
        let row = self.pitch();
        if self.extent.rows.is_empty() {
            self.extent = self.spans.next(row, self.rows.saturating_sub(self.sealed_rows));
        }
        let rows = mem::take(&mut self.extent.rows);
        let bytes = rows_per_block(row).saturating_mul(row).min(rows.len());
        (self.block, self.extent.rows) = rows.split_at_mut_checked(bytes).unwrap_or_default();
    }
}
