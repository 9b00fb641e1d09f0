//! Writing an image: its head, and whose table is next.
//!
//! All memory is the caller's and is there before the first row: [`size`](super::size()) says how much. A table
//! is handed out as a writer of its own, so several can be filled side by side; the sum of each
//! block is taken right behind the write cursor, while the block is still in the cache.

use core::mem;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::IntoBytes;

use super::error::WriteError;
use super::head::{Entry, RawHead, HEAD, MAGIC, MAX_SEGMENT, MAX_TABLES, VERSION};
use super::place::{Cursor, Walk, ALIGN};
use super::size::{parts, Spec};
use super::span::Spans;
use super::sum::{store_sum, Seal, Sum};
use super::table_writer::TableWriter;
use crate::count::{count, numbered};
use crate::machine::Machine;
use crate::plan::Plan;
use crate::record::Record;
use crate::step::copy;

/// An image in the making.
#[derive(Debug)]
pub struct Writer<'m, 's> {
    pub(super) tables: &'s [Spec<'s>],
    /// The directory, layouts and the place of their sum.
    head: &'m mut [u8],
    /// What of the segments is not handed out yet.
    pub(super) free: &'s mut [&'m mut [u8]],
    pub(super) next: usize,
    /// Tables with rows that are not finished yet.
    pub(super) unfilled: usize,
    /// The number of the image.
    pub(super) number: u32,
    pub(super) sum: Sum,
}

impl<'m, 's> Writer<'m, 's> {
    /// Begins an image of these tables in these segments, which may hold anything before.
    ///
    /// `number` tells the image from every other whose segments its reader might be given in place of
    /// its own: each block is sealed with it, so that a block of another image is refused as damaged.
    /// A random number serves; a tool that must write the same bytes again gives the same.
    ///
    /// # Errors
    /// [`WriteError::Space`] when the segments are too small, and what is wrong with the tables.
    pub fn new(
        tables: &'s [Spec<'s>],
        machine: Machine,
        number: u32,
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
        write_head(head, covered, tables, (machine, number), segments)
            .ok_or(WriteError::Directory)?;
        let unfilled = count(tables.iter().filter(|t| t.rows > 0));
        Ok(Self { tables, head, free: segments, next: 0, unfilled, number, sum })
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
            let seal = Seal { image: self.number, table: index, sum: self.sum };
            return Ok(TableWriter::new(own, plan, spec.rows, spans, seal));
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
pub(super) fn take<'m>(segments: &mut [&'m mut [u8]], bytes: usize) -> Option<&'m mut [u8]> {
    let first = segments.first_mut()?;
    let (front, back) = mem::take(first).split_at_mut_checked(bytes)?;
    *first = back;
    Some(front)
}

fn write_head(
    head: &mut [u8],
    covered: usize,
    tables: &[Spec<'_>],
    (machine, number): (Machine, u32),
    segments: &[&mut [u8]],
) -> Option<()> {
    head.fill(0);
    let parts = parts(tables, segments.len())?;
    let word = |n: usize| u32::try_from(n).ok().map(U32::new);
    let raw = RawHead {
        magic: MAGIC,
        version: U16::new(VERSION),
        arch: U16::new(machine.arch),
        length: word(covered)?,
        segments: word(segments.len())?,
        tables: word(tables.len())?,
        byte_order: 1,
        page_shift: machine.page_shift,
        max_order: machine.max_order,
        encrypted: machine.encrypted.into(),
        number: U32::new(number),
        reserved: [0; 16],
        skipped: [0; 16],
    };
    let taken = covered.checked_add(ALIGN)?;
    let (place, rest) = head.split_at_mut_checked(HEAD)?;
    copy(raw.as_bytes(), place);
    let (lengths, rest) = rest.split_at_mut_checked(parts.lengths)?;
    for ((n, segment), place) in numbered(segments).zip(lengths.chunks_exact_mut(4)) {
        // The head has been cut off the first segment.
        let cut = if n == 0 { taken } else { 0 };
        copy(word(segment.len().checked_add(cut)?)?.as_bytes(), place);
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
