//! Selecting: chosen members of rows, read where they lie, whoever wrote them.
//!
//! Rows of another layout become the reader's struct through a scratch: written once, read once more.
//! Who wants a few members can do without. Types and paths are held against the struct once, when they
//! are selected; from then on each row gives a tuple, member by member as the plan would have moved it.
//! All checks of a [`Stream`] or a [`Table`] hold here too: it is they that are read.

use core::mem;
use core::ops::Range;

use super::error::TableError;
use super::members::Members;
use super::placed::Placed;
use super::stream::Stream;
use super::table::{InTurn, Table};
use crate::pick::RUN;
use crate::record::{Mark, Record};

/// Fewer rows than these are read one by one: filling columns would not pay.
const FEW: usize = 8;

/// Chosen members of a [`Stream`].
#[derive(Debug)]
pub struct SelectedStream<'r, T: Record, M: Members> {
    stream: Stream<'r, T>,
    picks: M::Picks,
    columns: M::Columns,
}

impl<'r, T: Record> Stream<'r, T> {
    /// Only these members of the rows that are still to come, without a scratch.
    ///
    /// ```
    /// # use kserial::{image::{self, TableError}, Image, KSerial, Machine, Room, Spec, Writer};
    /// # use zerocopy_derive::*;
    /// #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Default)]
    /// #[kserial(record = "folio")]
    /// #[repr(C)]
    /// struct Folio {
    ///     #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "flags", at = 52..64))]
    ///     pfn_flags: u64,
    ///     #[kserial(id = 3)]
    ///     index: u64,
    /// }
    ///
    /// fn highest(image: &Image<'_>) -> Result<u64, TableError> {
    ///     let mut room = Room::empty();
    ///     let folios = image.stream::<Folio>(&mut room)?;
    ///     let mut folios = folios.select::<(u64, u16)>((Folio::PFN, Folio::FLAGS))?;
    ///     let mut highest = 0;
    ///     while let Some(rows) = folios.next()? {
    ///         for (pfn, _flags) in rows {
    ///             highest = highest.max(pfn);
    ///         }
    ///     }
    ///     Ok(highest)
    /// }
    /// # let sum: image::Sum = crc32fast::hash;
    /// # let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 0, encrypted: false };
    /// # let tables = [Spec::of::<Folio>(1)];
    /// # let mut memory = vec![0; image::size(&tables, 4096).unwrap().bytes()];
    /// # let mut segments = [memory.as_mut_slice()];
    /// # let mut writer = Writer::new(&tables, machine, 1, &mut segments, sum).unwrap();
    /// # let mut folios = writer.table::<Folio>().unwrap();
    /// # folios.push(&Folio { pfn_flags: 9 << 52 | 0x1234, index: 0 }).unwrap();
    /// # folios.finish(&mut writer).unwrap();
    /// # writer.finish().unwrap();
    /// # let segments = [memory.as_slice()];
    /// # assert_eq!(highest(&Image::open(&segments, &machine, sum).unwrap()), Ok(0x1234));
    /// ```
    ///
    /// # Errors
    /// [`TableError::Misfit`] for the first path or type that is not of a member of `T`.
    pub fn select<M: Members>(
        self,
        paths: M::Paths,
    ) -> Result<SelectedStream<'r, T, M>, TableError> {
        let picks = M::pick(paths, self.placed().map(|placed| placed.layout), T::SHAPE)?;
        let columns = M::columns(&picks);
        Ok(SelectedStream { stream: self, picks, columns })
    }
}

impl<T: Record, M: Members> SelectedStream<'_, T, M> {
    /// The next rows, as many as a block has. `None` after the last row.
    ///
    /// # Errors
    /// [`TableError::Image`] when the block is damaged, [`TableError::Refused`] when one of its rows
    /// must be.
    #[allow(clippy::should_implement_trait, reason = "rows borrow the selection: they are lent")]
    pub fn next(&mut self) -> Result<Option<SelectedRows<'_, M>>, TableError> {
        let Some((rows, row)) = self.stream.next_block()? else { return Ok(None) };
        let columns = Some(&mut self.columns);
        Ok(Some(SelectedRows { columns, ..SelectedRows::of(&self.picks, rows, row) }))
    }
}

/// Chosen members of a [`Table`].
#[derive(Debug)]
pub struct SelectedTable<'r, T: Record, M: Members> {
    table: Table<'r, T>,
    picks: M::Picks,
}

impl<'r, T: Record> Table<'r, T> {
    /// Only these members of the rows.
    ///
    /// ```
    /// # use kserial::{image::TableError, PhysAddr};
    /// # use kserial::{KSerial, Room, Verified};
    /// # use zerocopy_derive::*;
    /// # #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
    /// # #[kserial(record = "buffer")]
    /// # #[repr(C)]
    /// # struct Buffer {
    /// #     #[kserial(id = 1)]
    /// #     base: PhysAddr,
    /// #     #[kserial(id = 2)]
    /// #     size: u64,
    /// # }
    /// fn bytes(image: &Verified<'_>) -> Result<u64, TableError> {
    ///     let mut room = Room::empty();
    ///     let buffers = image.table::<Buffer>(&mut room)?;
    ///     let sizes = buffers.select::<u64>(Buffer::SIZE)?;
    ///     Ok(sizes.iter().fold(0, u64::wrapping_add))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TableError::Misfit`] for the first path or type that is not of a member of `T`.
    pub fn select<M: Members>(
        &self,
        paths: M::Paths,
    ) -> Result<SelectedTable<'r, T, M>, TableError> {
        let picks = M::pick(paths, self.placed().map(|placed| placed.layout), T::SHAPE)?;
        Ok(SelectedTable { table: *self, picks })
    }
}

impl<'r, T: Record, M: Members> SelectedTable<'r, T, M> {
    /// Every row.
    #[inline]
    pub fn iter(&self) -> SelectedRows<'_, M> {
        self.rows_of(&self.table)
    }

    /// The rows of `range`, such as a row's [`children`](Table::children); rows past the end are left
    /// out.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> SelectedRows<'_, M> {
        self.rows_of(&self.table.slice(range))
    }

    /// The rows from the first on, to be taken parent by parent.
    #[inline]
    pub const fn in_turn(&self) -> SelectedInTurn<'_, 'r, T, M> {
        SelectedInTurn { selected: self, rows: self.table.in_turn() }
    }

    /// The rows of `part`, which is one of the table.
    #[inline]
    fn rows_of(&self, part: &Table<'r, T>) -> SelectedRows<'_, M> {
        let (rows, here) = part.side_by_side();
        let row = self.table.placed().map_or(0, Placed::row);
        let next = rows.start.saturating_add(here.len().checked_div(row).unwrap_or(0));
        SelectedRows {
            next,
            end: rows.end,
            placed: self.table.placed(),
            ..SelectedRows::of(&self.picks, here, row)
        }
    }
}

/// The selected rows of a child record, handed out in the order of their parents.
#[derive(Debug)]
pub struct SelectedInTurn<'s, 'r, T: Record, M: Members> {
    selected: &'s SelectedTable<'r, T, M>,
    rows: InTurn<'r, T>,
}

impl<'s, T: Record, M: Members> SelectedInTurn<'s, '_, T, M> {
    /// The rows from the last parent's end to this one's, as [`InTurn::up_to`].
    #[inline]
    pub fn up_to<E: Mark<Row = T>>(&mut self, mark: &E) -> SelectedRows<'s, M> {
        self.selected.rows_of(&self.rows.up_to(mark))
    }
}

/// Rows as values of their selected members.
///
/// Where there are many, `fold`, `for_each`, `sum` and the like are faster than a `for` loop.
#[derive(Debug)]
pub struct SelectedRows<'s, M: Members> {
    picks: &'s M::Picks,
    /// Rows that lie side by side, of so many bytes each.
    here: &'s [u8],
    row: usize,
    /// Of a table, the rows after those, which lie elsewhere.
    next: usize,
    end: usize,
    placed: Option<&'s Placed<'s>>,
    /// What is read ahead of a run of rows, and how many of it are handed out.
    columns: Option<&'s mut M::Columns>,
    number: usize,
}

impl<'s, M: Members> SelectedRows<'s, M> {
    #[inline]
    fn of(picks: &'s M::Picks, rows: &'s [u8], row: usize) -> Self {
        Self {
            picks,
            here: rows,
            row: row.max(1),
            next: 0,
            end: 0,
            placed: None,
            columns: None,
            number: RUN,
        }
    }

    /// Rows that are still to come.
    #[inline]
    pub fn len(&self) -> usize {
        let here = self.here.len().checked_div(self.row).unwrap_or(0);
        here.saturating_add(self.end.saturating_sub(self.next))
    }

    /// Whether there are none.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.here.is_empty() && self.end <= self.next
    }

    /// The first of the rows that lie elsewhere. Once per segment.
    #[cold]
    fn next_elsewhere(&mut self) -> Option<&'s [u8]> {
        let left = self.end.checked_sub(self.next).filter(|left| *left > 0)?;
        let rows = self.placed?.rows_from(self.next);
        let rows = rows.get(..left.saturating_mul(self.row)).unwrap_or(rows);
        let (row, later) = rows.split_at_checked(self.row)?;
        self.next = self.next.saturating_add(rows.len().checked_div(self.row)?);
        self.here = later;
        Some(row)
    }
}

impl<M: Members> Iterator for SelectedRows<'_, M> {
    type Item = M;

    #[inline]
    fn next(&mut self) -> Option<M> {
        let Some((row, later)) = self.here.split_at_checked(self.row) else {
            let row = self.next_elsewhere()?;
            return Some(M::read(self.picks, row));
        };
        let Some(columns) = self.columns.as_mut() else {
            self.here = later;
            return Some(M::read(self.picks, row));
        };
        if self.number >= RUN {
            let run = self.here.get(..self.row.saturating_mul(RUN)).unwrap_or(self.here);
            M::fill(self.picks, run, self.row, columns);
            self.number = 0;
        }
        let members = M::nth(self.picks, columns, self.number, row);
        self.here = later;
        self.number = self.number.saturating_add(1);
        Some(members)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }

    #[inline]
    fn fold<B, G: FnMut(B, M) -> B>(mut self, start: B, mut g: G) -> B {
        let mut all = start;
        let row = self.row.max(1);
        loop {
            if self.here.len() >= row.saturating_mul(FEW) {
                let mut columns = M::columns(self.picks);
                for run in mem::take(&mut self.here).chunks(row.saturating_mul(RUN)) {
                    M::fill(self.picks, run, row, &mut columns);
                    for (number, bytes) in (0..RUN).zip(run.chunks_exact(row)) {
                        all = g(all, M::nth(self.picks, &columns, number, bytes));
                    }
                }
            }
            match self.next() {
                Some(members) => all = g(all, members),
                None => return all,
            }
        }
    }
}
