//! Tables: rows as the reader's own struct, whoever wrote them.
//!
//! Where the writer's rows are the reader's as they lie, they are lent; otherwise they are converted
//! in runs, through a scratch that the caller owns and that fits the nearest cache. Either way the
//! reader gets `&[T]`.

use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ops::Range;

use zerocopy::{FromBytes, IntoBytes};

use super::place::BLOCK;
use super::placed::{Near, Placed};
use crate::check::Check;
use crate::plan::Plan;
use crate::record::{Mark, Record};

/// Some or all rows of one record in a verified image.
#[derive(Clone, Copy, Debug)]
pub struct Table<'r, T> {
    source: Option<(Placed<'r>, Plan<'r>)>,
    first: usize,
    end: usize,
    /// Where the first row lies, or some other.
    near: Near<'r>,
    sorted: bool,
    row: PhantomData<fn() -> T>,
}

/// Something that the writer had and this reader cannot hold.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'r> {
    /// The check that is not met.
    pub check: Check<'r>,
    /// The first row that does not meet it.
    pub row: usize,
}

impl<'r, T: Record> Table<'r, T> {
    pub(super) fn new(placed: Placed<'r>, plan: Plan<'r>, sorted: bool) -> Self {
        let (end, near) = (placed.rows, placed.near(0));
        Self { source: Some((placed, plan)), end, near, sorted, ..Self::empty() }
    }

    pub(super) const fn empty() -> Self {
        Self { source: None, first: 0, end: 0, near: Near::NOTHING, sorted: true, row: PhantomData }
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
        let number = self.first.checked_add(number).filter(|n| *n < self.end)?;
        let (_, plan) = self.source.as_ref()?;
        Some(one(plan, self.near(number).from(number, plan.stride())?)?.0)
    }

    /// All rows, each by value. [`runs`](Self::runs) is faster where there are many.
    pub fn iter(&self) -> Iter<'r, T> {
        Iter {
            source: self.source,
            next: self.first,
            end: self.end,
            near: self.near,
            rest: &[],
            row: PhantomData,
        }
    }

    /// The rows in runs of at most `scratch.len()`; longer ones where they can be lent as they lie.
    pub fn runs<'s>(&'s self, scratch: &'s mut [T]) -> Runs<'s, T> {
        Runs { table: self, next: self.first, near: self.near, scratch }
    }

    /// The rows as they lie, where they do so in one piece and need no conversion.
    #[inline]
    pub fn as_slice(&self) -> Option<&'r [T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        let (_, plan) = self.source.as_ref().filter(|(_, plan)| plan.is_in_place())?;
        let rows = self.near(self.first).from(self.first, size_of::<T>())?;
        lend::<T>(plan, rows.get(..self.len().checked_mul(size_of::<T>())?)?)
    }

    /// The rows of `range` as a table of their own; rows past the end are left out.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let at = |row: usize| self.first.saturating_add(row).min(self.end);
        let mut slice = Self { first: at(range.start), ..*self };
        slice.end = at(range.end).max(slice.first);
        if !slice.is_empty() {
            slice.near = slice.near(slice.first);
        }
        slice
    }

    /// The rows that lie side by side with row `number`.
    #[inline]
    fn near(&self, number: usize) -> Near<'r> {
        if self.near.holds(number) {
            return self.near;
        }
        self.source.as_ref().map_or(Near::NOTHING, |(placed, _)| placed.near(number))
    }

    /// The rows of the child record that belong to row `number`, as the end mark says; empty past
    /// the last row.
    pub fn children<M: Mark>(&self, number: usize, mark: impl Fn(&T) -> M) -> Range<usize> {
        let position = |row: T| position(&mark(&row));
        let Some(end) = self.get(number).map(position) else { return 0..0 };
        // The start is the predecessor's end, be it outside this slice of the table.
        let whole = Self { first: 0, ..*self };
        let before = self.first.saturating_add(number).checked_sub(1);
        before.and_then(|row| whole.get(row)).map_or(0, position)..end
    }

    /// Every row together with its children in `table`.
    pub fn with<'t, M: Mark>(
        &'t self,
        mark: impl Fn(&T) -> M + 't,
        table: &'t Table<'r, M::Row>,
    ) -> impl Iterator<Item = (T, Table<'r, M::Row>)> + 't {
        let whole = Self { first: 0, ..*self };
        let before = self.first.checked_sub(1).and_then(|row| whole.get(row));
        let mut start = before.map_or(0, |row| position(&mark(&row)));
        // A row's children mostly lie beside those of the row before.
        let mut table = table.slice(0..usize::MAX);
        self.iter().map(move |row| {
            let end = position(&mark(&row));
            let children = table.slice(start..end);
            (start, table.near) = (end, children.near);
            (row, children)
        })
    }

    /// The one row for which `order` says equal. Searched where the rows ascend by key (then
    /// `order` must follow the keys), looked for one by one where they do not.
    ///
    /// # Errors
    /// The second row when two are equal: a key is unique among one parent's children.
    pub fn find(&self, order: impl Fn(&T) -> Ordering) -> Result<Option<T>, T> {
        if !self.sorted {
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
        let Some((placed, plan)) = self.source.as_ref().filter(|(_, plan)| plan.is_checked())
        else {
            return;
        };
        for piece in placed.pieces() {
            for unmet in plan.losses(piece.rows) {
                say(Loss { check: unmet.check, row: piece.first.saturating_add(unmet.row) });
            }
        }
    }

    /// Whether rows are lent as they lie.
    pub fn is_in_place(&self) -> bool {
        self.source.as_ref().is_some_and(|(_, plan)| plan.is_in_place())
    }
}

fn position(mark: &impl Mark) -> usize {
    usize::try_from(mark.position()).unwrap_or(usize::MAX)
}

/// The first of `rows` and those after it.
#[inline]
fn one<'a, T: Record>(plan: &Plan<'_>, rows: &'a [u8]) -> Option<(T, &'a [u8])> {
    if plan.is_in_place() {
        return T::read_from_prefix(rows).ok();
    }
    let (bytes, later) = rows.split_at_checked(plan.stride())?;
    let mut row = T::new_zeroed();
    plan.convert_row(bytes, row.as_mut_bytes());
    Some((row, later))
}

/// The rows of a table by value.
#[derive(Clone, Debug)]
pub struct Iter<'r, T> {
    source: Option<(Placed<'r>, Plan<'r>)>,
    next: usize,
    end: usize,
    near: Near<'r>,
    /// Rows that lie side by side with the next one.
    rest: &'r [u8],
    row: PhantomData<fn() -> T>,
}

impl<T: Record> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let (placed, plan) = self.source.as_ref()?;
        if self.next >= self.end {
            return None;
        }
        if self.rest.is_empty() {
            if !self.near.holds(self.next) {
                self.near = placed.near(self.next);
            }
            self.rest = self.near.from(self.next, plan.stride())?;
        }
        let (row, later) = one(plan, self.rest)?;
        self.rest = later;
        self.next = self.next.saturating_add(1);
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end.saturating_sub(self.next);
        (left, Some(left))
    }
}

/// The rows of a table in runs.
#[derive(Debug)]
pub struct Runs<'s, T> {
    table: &'s Table<'s, T>,
    next: usize,
    near: Near<'s>,
    scratch: &'s mut [T],
}

impl<T: Record> Runs<'_, T> {
    /// The next run, or `None` after the last row.
    #[allow(clippy::should_implement_trait, reason = "a run borrows the scratch: it is lent")]
    pub fn next(&mut self) -> Option<&[T]> {
        let (placed, plan) = self.table.source.as_ref()?;
        let left = self.table.end.checked_sub(self.next).filter(|left| *left > 0)?;
        if !self.near.holds(self.next) {
            self.near = placed.near(self.next);
        }
        let rest = self.near.from(self.next, plan.stride())?;
        if let Some(rows) = lend::<T>(plan, rest) {
            let rows = rows.get(..left.min(rows.len()))?;
            self.next = self.next.checked_add(rows.len())?;
            return Some(rows);
        }
        let room = self.scratch.len().min(run_len::<T>());
        let rows = room.min(left).min(rest.len().checked_div(plan.stride())?);
        if rows == 0 {
            return None;
        }
        let scratch = self.scratch.get_mut(..rows)?;
        plan.convert(rest.get(..rows.checked_mul(plan.stride())?)?, scratch.as_mut_bytes());
        self.next = self.next.checked_add(rows)?;
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
