//! Writing: sizes first, then rows.
//!
//! All memory is the caller's and is there before the first row: [`size`] says how much. A table
//! is handed out as a writer of its own, so several can be filled side by side; the sum of each
//! block is taken right behind the write cursor, while the block is still in the cache.

use core::marker::PhantomData;
use core::mem;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::IntoBytes;

use super::block::{broken_claim, broken_value, has_claims};
use super::error::WriteError;
use super::head::{
    Entry, Parts, RawHead, HEAD, LATE, MAGIC, MAX_SEGMENT, MAX_TABLES, SORTED, VERSION,
};
use super::place::{rows_per_block, salt, Cursor, Extent, Walk, ALIGN, SUM};
use super::Sum;
use crate::cell::{padded, Cell, HeadCell};
use crate::count::{count, numbered};
use crate::layout::Layout;
use crate::machine::Machine;
use crate::plan::Plan;
use crate::record::{Mark, Record};
use crate::step::copy;

/// A table that is going to be written: whose rows, and how many.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    head: HeadCell,
    cells: &'a [Cell],
    rows: usize,
    flags: u32,
}

impl<'a> Spec<'a> {
    /// `rows` rows of `T`.
    pub const fn of<T: Record>(rows: usize) -> Self {
        Self::like(T::SHAPE, rows)
    }

    /// `rows` rows in the layout of an older reader; see [`Writer::table_for`].
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

    fn layout(&self) -> Result<Layout<'_>, WriteError> {
        Layout::new(&self.head, self.cells).map_err(WriteError::Layout)
    }

    fn row(&self) -> usize {
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

fn parts(tables: &[Spec<'_>], segments: usize) -> Option<Parts> {
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

/// An image in the making.
#[derive(Debug)]
pub struct Writer<'m, 's> {
    tables: &'s [Spec<'s>],
    /// The directory, layouts and the place of their sum.
    head: &'m mut [u8],
    /// What of the segments is not handed out yet.
    free: &'s mut [&'m mut [u8]],
    next: usize,
    unfilled: usize,
    sum: Sum,
}

impl<'m, 's> Writer<'m, 's> {
    /// Begins an image of these tables in these segments, which may hold anything before.
    ///
    /// # Errors
    /// [`WriteError::Space`] when the segments are too small, and what is wrong with the tables.
    pub fn new(
        tables: &'s [Spec<'s>],
        machine: Machine,
        segments: &'s mut [&'m mut [u8]],
        sum: Sum,
    ) -> Result<Self, WriteError> {
        if tables.len() > usize::try_from(MAX_TABLES).unwrap_or(0) {
            return Err(WriteError::Directory);
        }
        for (number, segment) in numbered(segments.iter()) {
            if segment.is_empty() || segment.len() > MAX_SEGMENT || segment.len() % ALIGN != 0 {
                return Err(WriteError::Length { segment: number });
            }
        }
        let covered = parts(tables, segments.len()).and_then(|parts| parts.covered());
        let covered = covered.ok_or(WriteError::Directory)?;
        let lengths = |n: usize| segments.get(n).map(|s| s.len());
        let mut cursor = Some(Cursor {
            segment: 0,
            offset: covered.checked_add(ALIGN).ok_or(WriteError::Directory)?,
        });
        for table in tables {
            table.layout()?;
            let walk = Walk::new(cursor.ok_or(WriteError::Space)?, table.row(), table.rows);
            cursor = walk.end(lengths);
        }
        cursor.ok_or(WriteError::Space)?;
        let head = take(segments, covered.checked_add(ALIGN).ok_or(WriteError::Directory)?);
        let head = head.ok_or(WriteError::Space)?;
        write_head(head, covered, tables, machine, segments).ok_or(WriteError::Directory)?;
        let unfilled = count(tables.iter().filter(|t| t.rows > 0));
        Ok(Self { tables, head, free: segments, next: 0, unfilled, sum })
    }

    /// The next table, which must be of `T` as it was announced. Tables without rows may be passed
    /// over.
    ///
    /// # Errors
    /// [`WriteError::Order`] when the next table announced is another one.
    pub fn table<T: Record>(&mut self) -> Result<TableWriter<'m, 's, T>, WriteError> {
        self.hand_out(None)
    }

    /// The next table, announced by [`Spec::like`] as the layout that `plan` writes: rows of `T` go
    /// in, rows of the older layout come to lie in the image.
    ///
    /// # Errors
    /// [`WriteError::Order`] when the next table announced is another one.
    pub fn table_for<T: Record>(
        &mut self,
        plan: Plan<'s>,
    ) -> Result<TableWriter<'m, 's, T>, WriteError> {
        self.hand_out(Some(plan))
    }

    fn hand_out<T: Record>(
        &mut self,
        plan: Option<Plan<'s>>,
    ) -> Result<TableWriter<'m, 's, T>, WriteError> {
        let layout = plan.map_or(T::SHAPE, |plan| plan.target());
        loop {
            let index = self.next;
            let spec = self.tables.get(index).ok_or(WriteError::Order)?;
            self.next = index.saturating_add(1);
            let own = spec.layout()?;
            if own.cells().as_bytes() != layout.cells().as_bytes() || own.row() != layout.row() {
                if spec.rows == 0 {
                    continue;
                }
                self.next = index;
                return Err(WriteError::Order);
            }
            let spans =
                Spans::take(&mut self.free, spec.row(), spec.rows).ok_or(WriteError::Space)?;
            let mut table = TableWriter {
                layout: own,
                plan,
                index,
                sum: self.sum,
                claims: has_claims(own),
                promises: plan.is_some() && has_claims(T::SHAPE),
                rows: spec.rows,
                sealed_rows: 0,
                sealed: 0,
                block: &mut [],
                at: 0,
                extent: Open::default(),
                spans,
                row: PhantomData,
            };
            table.next_block();
            return Ok(table);
        }
    }

    /// Seals the head. Every table has to be [finished](TableWriter::finish) before.
    ///
    /// # Errors
    /// [`WriteError::Unfilled`] when a table is not.
    pub fn finish(self) -> Result<(), WriteError> {
        if self.unfilled > 0 {
            return Err(WriteError::Unfilled);
        }
        for rest in self.free.iter_mut() {
            rest.fill(0);
        }
        let covered = self.head.len().saturating_sub(ALIGN);
        let (bytes, seal) = self.head.split_at_mut_checked(covered).unwrap_or_default();
        store_sum(seal, 0, (self.sum)(bytes));
        Ok(())
    }
}

/// The first `bytes` of what is free.
fn take<'m>(segments: &mut [&'m mut [u8]], bytes: usize) -> Option<&'m mut [u8]> {
    let first = segments.first_mut()?;
    let (front, back) = mem::take(first).split_at_mut_checked(bytes)?;
    *first = back;
    Some(front)
}

fn write_head(
    head: &mut [u8],
    covered: usize,
    tables: &[Spec<'_>],
    machine: Machine,
    segments: &[&mut [u8]],
) -> Option<()> {
    head.fill(0);
    let parts = parts(tables, segments.len())?;
    let number = |n: usize| u32::try_from(n).ok().map(U32::new);
    let raw = RawHead {
        magic: MAGIC,
        version: U16::new(VERSION),
        arch: U16::new(machine.arch),
        length: number(covered)?,
        segments: number(segments.len())?,
        tables: number(tables.len())?,
        byte_order: 1,
        page_shift: machine.page_shift,
        max_order: machine.max_order,
        encrypted: machine.encrypted.into(),
        reserved: [0; 36],
    };
    let taken = covered.checked_add(ALIGN)?;
    let (place, rest) = head.split_at_mut_checked(HEAD)?;
    copy(raw.as_bytes(), place);
    let (lengths, rest) = rest.split_at_mut_checked(parts.lengths)?;
    for ((n, segment), place) in numbered(segments).zip(lengths.chunks_exact_mut(4)) {
        // The head has been cut off the first segment.
        let cut = if n == 0 { taken } else { 0 };
        copy(number(segment.len().checked_add(cut)?)?.as_bytes(), place);
    }
    let (entries, mut rest) = rest.split_at_mut_checked(parts.entries)?;
    for (table, place) in tables.iter().zip(entries.chunks_exact_mut(16)) {
        let rows = U64::new(u64::try_from(table.rows).ok()?);
        let entry = Entry { flags: U32::new(table.flags), reserved: U32::new(0), rows };
        copy(entry.as_bytes(), place);
    }
    for table in tables {
        for bytes in [table.head.as_bytes(), table.cells.as_bytes()] {
            let (place, more) = rest.split_at_mut_checked(bytes.len())?;
            copy(bytes, place);
            rest = more;
        }
    }
    Some(())
}

pub(super) fn store_sum(sums: &mut [u8], number: usize, sum: u32) {
    let place = number.checked_mul(SUM).and_then(|at| sums.get_mut(at..));
    if let Some(place) = place.and_then(|rest| rest.first_chunk_mut::<SUM>()) {
        *place = sum.to_le_bytes();
    }
}

/// The parts of the segments that one table has to itself.
#[derive(Debug)]
struct Spans<'m, 's> {
    first: Option<&'m mut [u8]>,
    middle: core::slice::IterMut<'s, &'m mut [u8]>,
    last: Option<&'m mut [u8]>,
}

/// Rows and sums of the part that is being filled.
#[derive(Debug, Default)]
struct Open<'m> {
    rows: &'m mut [u8],
    sums: &'m mut [u8],
}

impl<'m, 's> Spans<'m, 's> {
    fn take(free: &mut &'s mut [&'m mut [u8]], row: usize, rows: usize) -> Option<Self> {
        let mut spans = Self { first: None, middle: [].iter_mut(), last: None };
        if rows == 0 {
            return Some(spans);
        }
        let mut left = rows;
        let mut whole: usize = 0;
        let span = loop {
            let extent = Extent::fit(free.get(whole)?.len(), row, left);
            left = left.checked_sub(extent.rows)?;
            if left == 0 {
                break extent.span()?;
            }
            whole = whole.checked_add(1)?;
        };
        let (full, rest) = mem::take(free).split_at_mut_checked(whole)?;
        let last = take(rest, span);
        *free = rest;
        match full.split_first_mut() {
            Some((first, middle)) => {
                spans.first = Some(mem::take(first));
                spans.middle = middle.iter_mut();
                spans.last = last;
            }
            None => spans.first = last,
        }
        Some(spans)
    }

    /// The next part that holds a row, with everything behind its sums cleared.
    fn next(&mut self, row: usize, left: usize) -> Open<'m> {
        loop {
            let part = self.first.take().or_else(|| self.middle.next().map(mem::take));
            let Some(part) = part.or_else(|| self.last.take()) else { return Open::default() };
            let extent = Extent::fit(part.len(), row, left);
            let (rows, rest) = part.split_at_mut_checked(extent.bytes).unwrap_or_default();
            let (sums, gap) = rest.split_at_mut_checked(extent.sums).unwrap_or_default();
            gap.fill(0);
            if extent.rows > 0 {
                return Open { rows, sums };
            }
        }
    }
}

/// One table of an image in the making.
#[derive(Debug)]
pub struct TableWriter<'m, 's, T> {
    layout: Layout<'s>,
    plan: Option<Plan<'s>>,
    index: usize,
    sum: Sum,
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

impl<T: Record> TableWriter<'_, '_, T> {
    /// Writes one row.
    ///
    /// # Errors
    /// [`WriteError::Full`] after as many rows as were announced; a value that the layout forbids.
    #[inline]
    pub fn push(&mut self, row: &T) -> Result<(), WriteError> {
        self.extend(core::slice::from_ref(row))
    }

    /// Writes many rows.
    ///
    /// # Errors
    /// As [`push`](Self::push); rows before the one at fault are written.
    #[inline]
    pub fn extend(&mut self, rows: &[T]) -> Result<(), WriteError> {
        let source = rows.as_bytes();
        // Rows that need nothing but room in the block are copied on the spot.
        if self.plan.is_none() && T::MASK.is_none() {
            let end = self.at.saturating_add(source.len());
            if let Some(place) = self.block.get_mut(self.at..end).filter(|p| !p.is_empty()) {
                copy(source, place);
                self.at = end;
                return if end == self.block.len() { self.seal() } else { Ok(()) };
            }
        }
        self.extend_blocks(rows)
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
                        clear_padding(place, mask);
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
        let pitch = if self.plan.is_none() { size_of::<T>() } else { self.pitch() };
        self.sealed_rows.saturating_add(self.at.checked_div(pitch).unwrap_or(0))
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
            if let Some((row, path)) = broken_claim(self.layout, self.block) {
                return Err(WriteError::Value { row: self.sealed_rows.saturating_add(row), path });
            }
        }
        let sums = mem::take(&mut self.extent.sums);
        let (place, sums) = sums.split_at_mut_checked(SUM).unwrap_or_default();
        store_sum(place, 0, (self.sum)(self.block) ^ salt(self.index, self.sealed));
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

/// Clears the bits of rows that no member holds.
pub(super) fn clear_padding(rows: &mut [u8], mask: &[u8]) {
    if mask.is_empty() {
        return;
    }
    for row in rows.chunks_mut(mask.len()) {
        for (byte, keep) in row.iter_mut().zip(mask) {
            *byte &= keep;
        }
    }
}
