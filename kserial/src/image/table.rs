//! Tables: rows as the reader's own struct, whoever wrote them.
//!
//! Where the writer's rows are the reader's as they lie, they are lent; otherwise they are converted
//! in runs, through a scratch that the caller owns and that fits the nearest cache. Either way the
//! reader gets `&[T]`.

use core::cmp::Ordering;
use core::marker::PhantomData;
use core::ops::Range;

use zerocopy::{FromBytes, IntoBytes};

use super::error::TableError;
use super::place::BLOCK;
use super::placed::Placed;
use crate::check::Check;
use crate::plan::{Plan, Traits};
use crate::record::{Mark, Record};
use crate::step::Step;

/// Some or all rows of one record in a verified image.
///
/// Small on purpose: every row's children are one of these.
#[derive(Clone, Copy, Debug)]
pub struct Table<'r, T> {
    source: Option<Source<'r>>,
    first: usize,
    end: usize,
    /// The rows from `first` on that lie side by side; empty only if the table is.
    rest: &'r [u8],
    row: PhantomData<fn() -> T>,
}

/// Where rows lie, and how they become the reader's.
#[derive(Clone, Copy, Debug)]
struct Source<'r> {
    placed: Placed<'r>,
    steps: &'r [Step],
    traits: Traits,
    sorted: bool,
}

impl<'r> Source<'r> {
    fn plan<T: Record>(&self) -> Plan<'r> {
        Plan::again(self.placed.layout, T::SHAPE, (self.steps, self.traits))
    }

    /// Bytes from one row to the next.
    #[inline]
    fn stride<T>(&self) -> usize {
        if self.traits.in_place {
            size_of::<T>()
        } else {
            self.placed.row()
        }
    }

    /// The row that lies in these bytes.
    #[inline]
    fn row<T: Record>(&self, bytes: &[u8]) -> Option<T> {
        if self.traits.in_place {
            return T::read_from_bytes(bytes).ok();
        }
        let mut row = T::new_zeroed();
        self.plan::<T>().convert_row(bytes, row.as_mut_bytes());
        Some(row)
    }
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
        let (steps, traits) = plan.parts();
        let source = Some(Source { placed, steps, traits, sorted });
        Self { source, end: placed.rows, rest: placed.rows_from(0), ..Self::empty() }
    }

    pub(super) const fn empty() -> Self {
        Self { source: None, first: 0, end: 0, rest: &[], row: PhantomData }
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
    pub fn iter(&self) -> Iter<'r, T> {
        let Self { source, first, end, rest, .. } = *self;
        Iter { source, next: first, end, rest, row: PhantomData }
    }

    /// The rows in runs of at most `scratch.len()`; longer ones where they can be lent as they lie.
    ///
    /// # Errors
    /// [`TableError::Scratch`] for a scratch without room: also where these rows need none, for the
    /// next writer's might.
    #[inline]
    pub fn runs<'s>(&'s self, scratch: &'s mut [T]) -> Result<Runs<'s, T>, TableError> {
        if scratch.is_empty() {
            return Err(TableError::Scratch);
        }
        Ok(Runs { table: self, next: self.first, rest: self.rest, scratch })
    }

    /// The rows as they lie, where they do so in one piece and need no conversion.
    #[inline]
    pub fn as_slice(&self) -> Option<&'r [T]> {
        if self.is_empty() {
            return Some(&[]);
        }
        self.source.as_ref().filter(|source| source.traits.in_place)?;
        let bytes = self.rest.get(..self.len().checked_mul(size_of::<T>())?)?;
        <[T]>::ref_from_bytes(bytes).ok()
    }

    /// The rows of `range` as a table of their own; rows past the end are left out.
    #[must_use]
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let mut slice = Self { ..*self };
        slice.end = self.first.saturating_add(range.end).min(self.end);
        slice.skip(range.start);
        slice
    }

    /// Leaves out the first rows.
    #[inline]
    fn skip(&mut self, rows: usize) {
        self.first = self.first.saturating_add(rows);
        self.end = self.end.max(self.first);
        let Some(source) = self.source.as_ref() else { return };
        self.rest = self.rest.get(rows.saturating_mul(source.stride::<T>())..).unwrap_or(&[]);
        if self.rest.is_empty() && !self.is_empty() {
            self.rest = source.placed.rows_from(self.first);
        }
    }

    /// Where the whole table lies; nowhere if there are no rows.
    #[inline]
    pub(super) fn placed(&self) -> Option<&Placed<'r>> {
        self.source.as_ref().map(|source| &source.placed)
    }

    /// Which rows of the whole table these are, and those from the first on that lie side by side.
    #[inline]
    pub(super) fn side_by_side(&self) -> (Range<usize>, &'r [u8]) {
        let stride = self.source.as_ref().map_or(0, Source::stride::<T>);
        let all = self.len().saturating_mul(stride);
        (self.first..self.end, self.rest.get(..all).unwrap_or(self.rest))
    }

    /// The row before the first one of this slice of the table.
    fn before(&self) -> Option<T> {
        let source = self.source.as_ref()?;
        source.row(source.placed.at(self.first.checked_sub(1)?)?)
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
        InTurn { left: Self { ..*self }, taken: 0 }
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

    /// The one row for which `order` says equal. Searched where the rows ascend by key (then
    /// `order` must follow the keys), looked for one by one where they do not.
    ///
    /// # Errors
    /// The second row when two are equal: a key is unique among one parent's children.
    pub fn find(&self, order: impl Fn(&T) -> Ordering) -> Result<Option<T>, T> {
        if !self.source.as_ref().is_some_and(|source| source.sorted) {
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
        let Some(source) = self.source.as_ref().filter(|source| source.traits.checked) else {
            return;
        };
        let plan = source.plan::<T>();
        for piece in source.placed.pieces() {
            for unmet in plan.losses(piece.rows) {
                say(Loss { check: unmet.check, row: piece.first.saturating_add(unmet.row) });
            }
        }
    }

    /// Whether rows are lent as they lie.
    pub fn is_in_place(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.traits.in_place)
    }
}

/// The rows of a child record, handed out in the order of their parents.
///
/// To begin with, those of the first parent; so all parents are walked, or [`up_to`](Self::up_to) is
/// called once with the mark of the one before.
#[derive(Clone, Copy, Debug)]
pub struct InTurn<'r, T> {
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
pub struct Iter<'r, T> {
    source: Option<Source<'r>>,
    next: usize,
    end: usize,
    /// Rows that lie side by side from the next one on, or nothing at a piece's end.
    rest: &'r [u8],
    row: PhantomData<fn() -> T>,
}

impl<T: Record> Iterator for Iter<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let source = self.source.as_ref()?;
        if self.next >= self.end {
            return None;
        }
        if self.rest.is_empty() {
            self.rest = source.placed.rows_from(self.next);
        }
        let (bytes, later) = self.rest.split_at_checked(source.stride::<T>())?;
        self.rest = later;
        self.next = self.next.saturating_add(1);
        source.row(bytes)
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
    /// Rows that lie side by side from the next one on, or nothing at a piece's end.
    rest: &'s [u8],
    scratch: &'s mut [T],
}

impl<T: Record> Runs<'_, T> {
    /// The next run, or `None` after the last row.
    #[allow(clippy::should_implement_trait, reason = "a run borrows the scratch: it is lent")]
    #[inline]
    pub fn next(&mut self) -> Option<&[T]> {
        let source = self.table.source.as_ref()?;
        let left = self.table.end.checked_sub(self.next).filter(|left| *left > 0)?;
        if self.rest.is_empty() {
            self.rest = source.placed.rows_from(self.next);
        }
        let stride = source.stride::<T>();
        let here = self.rest.len().checked_div(stride)?.min(left);
        if source.traits.in_place {
            if let Ok(rows) = <[T]>::ref_from_bytes(self.rest.get(..here.checked_mul(stride)?)?) {
                self.rest = &[];
                self.next = self.next.checked_add(here)?;
                return Some(rows);
            }
        }
        let rows = self.scratch.len().min(run_len::<T>()).min(here);
        let (now, later) = self.rest.split_at_checked(rows.checked_mul(stride)?)?;
        let scratch = self.scratch.get_mut(..rows).filter(|rows| !rows.is_empty())?;
        source.plan::<T>().convert(now, scratch.as_mut_bytes());
        self.rest = later;
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
