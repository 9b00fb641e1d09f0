//! Tables: rows as the reader's own struct, whoever wrote them.
//!
//! Where the writer's rows are the reader's as they lie, they are lent; otherwise they are converted
//! in runs, through a scratch that the caller owns and that fits the nearest cache. Either way the
//! reader gets `&[T]`.

use core::cmp::Ordering;
use core::ops::Range;

use zerocopy::{FromBytes, IntoBytes};

use super::error::TableError;
use super::place::BLOCK;
use super::placed::Placed;
use super::room::Room;
use crate::check::Check;
use crate::plan::Plan;
use crate::record::{Byte, Mark, Record};

/// Some or all rows of one record in a verified image.
#[derive(Debug)]
pub struct Table<'r, T: Record> {
    room: &'r Room<'r, T>,
    first: usize,
    end: usize,
    /// The rows from `first` on that lie side by side; empty only if the table is.
    rest: &'r [u8],
}

/// Small on purpose: every row's children are one of these.
const _: () = assert!(size_of::<Table<'_, Byte>>() <= 6 * size_of::<usize>());

impl<T: Record> Clone for Table<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Record> Copy for Table<'_, T> {}

/// Something that the writer had and this reader cannot hold.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'r> {
    /// The check that is not met.
    pub check: Check<'r>,
    /// The first row that does not meet it.
    pub row: usize,
}

impl<'r, T: Record> Table<'r, T> {
    /// All rows of the table that is settled in `room`.
    pub(super) fn all(room: &'r Room<'r, T>) -> Self {
        let (end, rest) = room.placed().map_or((0, &[][..]), |all| (all.rows, all.rows_from(0)));
        Self { room, first: 0, end, rest }
    }

    /// Rows.
    pub const fn len(&self) -> usize {
        self.end.saturating_sub(self.first)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row `number`, or `None` past the last one.
    pub fn get(&self, number: usize) -> Option<T> {
        self.slice(number..number.checked_add(1)?).iter().next()
    }

    /// All rows, each by value. [`runs`](Self::runs) is faster where there are many.
    #[inline]
    pub const fn iter(&self) -> Iter<'r, T> {
        Iter { left: *self }
    }

    /// The rows in runs of at most `scratch.len()`; longer ones where they can be lent as they lie.
    ///
    /// # Errors
    /// [`TableError::Scratch`] for a scratch without room: also where these rows need none, for the
    /// next writer's might.
    #[inline]
    pub fn runs<'s>(&self, scratch: &'s mut [T]) -> Result<Runs<'s, T>, TableError>
    where
        'r: 's,
    {
        if scratch.is_empty() {
            return Err(TableError::Scratch);
        }
        Ok(Runs { left: *self, scratch })
    }

    /// The rows as they lie, where they do so in one piece and need no conversion.
    #[inline]
    pub fn as_slice(&self) -> Option<&'r [T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        if !self.room.is_in_place() {
            return None;
        }
        let bytes = self.rest.get(..self.len().checked_mul(size_of::<T>())?)?;
        <[T]>::ref_from_bytes(bytes).ok()
    }

    /// The rows of `range` as a table of their own; rows past the end are left out.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut slice = *self;
        slice.end = self.first.saturating_add(range.end).min(self.end);
        slice.skip(range.start);
        slice
    }

    /// Leaves out the first rows.
    #[inline]
    fn skip(&mut self, rows: usize) {
        self.first = self.first.saturating_add(rows);
        self.end = self.end.max(self.first);
        self.rest = self.rest.get(rows.saturating_mul(self.room.stride())..).unwrap_or(&[]);
        if self.rest.is_empty() && !self.is_empty() {
            self.rest = self.elsewhere();
        }
    }

    /// The rows from the first on that lie side by side, where those before it were the last of their
    /// segment.
    #[cold]
    fn elsewhere(&self) -> &'r [u8] {
        self.placed().map_or(&[], |all| all.rows_from(self.first))
    }

    /// Where the whole table lies; nowhere if there are no rows.
    #[inline]
    pub(super) fn placed(&self) -> Option<&'r Placed<'r>> {
        self.room.placed()
    }

    /// Which rows of the whole table these are, and those from the first on that lie side by side.
    #[inline]
    pub(super) fn side_by_side(&self) -> (Range<usize>, &'r [u8]) {
        let all = self.len().saturating_mul(self.room.stride());
        (self.first..self.end, self.rest.get(..all).unwrap_or(self.rest))
    }

    /// The row before the first one of this slice of the table.
    fn before(&self) -> Option<T> {
        self.room.row(self.placed()?.at(self.first.checked_sub(1)?)?)
    }

    /// The rows of the child record that belong to row `number`, as the end mark says; empty past
    /// the last row.
    pub fn children<M: Mark>(&self, number: usize, mark: impl Fn(&T) -> M) -> Range<usize> {
        let position = |row: T| position(&mark(&row));
        let Some(end) = self.get(number).map(position) else { return 0..0 };
        // The start is the predecessor's end, be it outside this slice of the table.
        let before = match number.checked_sub(1) {
            Some(number) => self.get(number),
            None => self.before(),
        };
        before.map_or(0, position)..end
    }

    /// The rows from the first on, to be taken parent by parent.
    #[inline]
    pub const fn in_turn(&self) -> InTurn<'r, T> {
        InTurn { left: *self, taken: 0 }
    }

    /// Every row together with its children in `table`. Rows come by value; where they are large and
    /// many, [`runs`](Self::runs) of parents and their children [in turn](Self::in_turn) are faster.
    pub fn with<'t, M: Mark>(
        &'t self,
        mark: impl Fn(&T) -> M + 't,
        table: &'t Table<'r, M::Row>,
    ) -> impl Iterator<Item = (T, Table<'r, M::Row>)> + 't {
        let mut children = table.in_turn();
        if let Some(before) = self.before() {
            children.up_to(&mark(&before));
        }
        self.iter().map(move |row| {
            let children = children.up_to(&mark(&row));
            (row, children)
        })
    }

    /// The one row for which `order` says equal. Searched where all rows of the table ascend by key
    /// (then `order` must follow the keys), looked for one by one where they do not, and where they have
    /// parents: below each of them they begin anew.
    ///
    /// # Errors
    /// The second row when two are equal: a key is unique among one parent's children.
    pub fn find(&self, order: impl Fn(&T) -> Ordering) -> Result<Option<T>, T> {
        if !self.room.is_sorted() {
            let mut equal = self.iter().filter(|row| order(row) == Ordering::Equal);
            let found = equal.next();
            return equal.next().map_or(Ok(found), Err);
        }
        let mut range = 0..self.len();
        while !range.is_empty() {
            let middle = range.start.saturating_add(range.len() / 2);
            let Some(row) = self.get(middle) else { break };
            match order(&row) {
                Ordering::Equal => return Ok(Some(row)),
                Ordering::Less => range.start = middle.saturating_add(1),
                Ordering::Greater => range.end = middle,
            }
        }
        Ok(None)
    }

    /// What the writer had and this reader cannot hold: for each check that loses, its first row.
    pub fn losses(&self, mut say: impl FnMut(Loss<'r>)) {
        let plan = self.room.plan().filter(Plan::is_checked);
        let Some((placed, plan)) = self.placed().zip(plan) else { return };
        for piece in placed.pieces() {
            for unmet in plan.losses(piece.rows) {
                say(Loss { check: unmet.check, row: piece.first.saturating_add(unmet.row) });
            }
        }
    }

    /// Whether rows are lent as they lie.
    pub fn is_in_place(&self) -> bool {
        self.room.is_in_place()
    }
}

/// The rows of a child record, handed out in the order of their parents.
///
/// To begin with, those of the first parent; so all parents are walked, or [`up_to`](Self::up_to) is
/// called once with the mark of the one before.
#[derive(Clone, Copy, Debug)]
pub struct InTurn<'r, T: Record> {
    left: Table<'r, T>,
    taken: usize,
}

impl<'r, T: Record> InTurn<'r, T> {
    /// The rows from the last parent's end to this one's, as its mark says. A mark that is behind
    /// hands out nothing.
    #[inline]
    pub fn up_to<M: Mark<Row = T>>(&mut self, mark: &M) -> Table<'r, T> {
        let end = position(mark).max(self.taken);
        let rows = end.saturating_sub(self.taken);
        let children = self.left.slice(0..rows);
        self.left.skip(rows);
        self.taken = end;
        children
    }
}

fn position(mark: &impl Mark) -> usize {
    usize::try_from(mark.position()).unwrap_or(usize::MAX)
}

/// The rows of a table by value.
#[derive(Clone, Debug)]
pub struct Iter<'r, T: Record> {
    /// Rows that are still to come; at a segment's end `rest` is empty.
    left: Table<'r, T>,
}

impl<T: Record> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let left = &mut self.left;
        if left.is_empty() {
            return None;
        }
        if left.rest.is_empty() {
            left.rest = left.elsewhere();
        }
        let (bytes, later) = left.rest.split_at_checked(left.room.stride())?;
        left.rest = later;
        left.first = left.first.saturating_add(1);
        left.room.row(bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }
}

/// The rows of a table in runs.
#[derive(Debug)]
pub struct Runs<'s, T: Record> {
    /// Rows that are still to come; at a segment's end `rest` is empty.
    left: Table<'s, T>,
    scratch: &'s mut [T],
}

impl<T: Record> Runs<'_, T> {
    /// The next run, or `None` after the last row.
    #[allow(clippy::should_implement_trait, reason = "a run borrows the scratch: it is lent")]
    #[inline]
    pub fn next(&mut self) -> Option<&[T]> {
        let left = &mut self.left;
        if left.is_empty() {
            return None;
        }
        if left.rest.is_empty() {
            left.rest = left.elsewhere();
        }
        let stride = left.room.stride();
        let here = left.rest.len().checked_div(stride)?.min(left.len());
        if left.room.is_in_place() {
            if let Ok(rows) = <[T]>::ref_from_bytes(left.rest.get(..here.checked_mul(stride)?)?) {
                left.rest = &[];
                left.first = left.first.checked_add(here)?;
                return Some(rows);
            }
        }
        let rows = self.scratch.len().min(run_len::<T>()).min(here);
        let (now, later) = left.rest.split_at_checked(rows.checked_mul(stride)?)?;
        let scratch = self.scratch.get_mut(..rows).filter(|rows| !rows.is_empty())?;
        left.room.plan()?.convert(now, scratch.as_mut_bytes());
        left.rest = later;
        left.first = left.first.checked_add(rows)?;
        Some(scratch)
    }
}

/// Rows of `T` that stay in the nearest cache together with what they are made from.
pub(super) const fn run_len<T>() -> usize {
    match (BLOCK * 2).checked_div(size_of::<T>()) {
        Some(0) | None => 1,
        Some(rows) => rows,
    }
}

/// The rows themselves, where they are the reader's own and lie aligned.
pub(super) fn lend<'a, T: Record>(plan: &Plan<'_>, rows: &'a [u8]) -> Option<&'a [T]> {
    if plan.is_in_place() {
        <[T]>::ref_from_bytes(rows).ok()
    } else {
        None
    }
}
