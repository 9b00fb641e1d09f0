//! Rooms: what a reader keeps of one table, in memory that the caller gives.
//!
//! How rows become the reader's is settled once, before the first of them. That is more than each
//! slice of a table should carry, so it stays in the room, and tables point to it.

use core::fmt;

use super::block::has_same_keys;
use super::error::TableError;
use super::head::SORTED;
use super::open::Image;
use super::placed::Placed;
use crate::plan::{Plan, Traits};
use crate::record::{Record, Steps};

/// Room for what is settled about one table before its rows are read: where they lie, and the plan by
/// which they become rows of `T`.
///
/// A reader has a room for each table that it has open at a time. It may be used again, for another
/// table of `T`, once nothing reads the one before.
///
/// ```
/// use kserial::image::{self, TableError};
/// use kserial::{Image, KSerial, Machine, Room, Spec, Verified, Writer};
/// # use zerocopy_derive::*;
///
/// #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
/// #[kserial(record = "unit")]
/// #[repr(C)]
/// struct Unit {
///     #[kserial(id = 1)]
///     watts: u32,
/// }
///
/// fn watts(image: &Verified<'_>) -> Result<u32, TableError> {
///     let mut room = Room::empty();
///     let units = image.table::<Unit>(&mut room)?;
///     Ok(units.iter().map(|unit| unit.watts).sum())
/// }
/// # let sum: image::Sum = crc32fast::hash;
/// # let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 0, encrypted: false };
/// # let tables = [Spec::of::<Unit>(2)];
/// # let mut memory = vec![0; image::size(&tables, 4096).unwrap().bytes()];
/// # let mut segments = [memory.as_mut_slice()];
/// # let mut writer = Writer::new(&tables, machine, 1, &mut segments, sum).unwrap();
/// # let mut units = writer.table::<Unit>().unwrap();
/// # units.extend(&[Unit { watts: 40 }, Unit { watts: 2 }]).unwrap();
/// # units.finish(&mut writer).unwrap();
/// # writer.finish().unwrap();
/// # let segments = [memory.as_slice()];
/// # let image = Image::open(&segments, &machine, sum).unwrap().verify().unwrap();
/// # assert_eq!(watts(&image), Ok(42));
/// ```
pub struct Room<'a, T: Record> {
    steps: T::Steps,
    source: Option<Source<'a>>,
}

/// Where the rows of a table lie, and what is true of all of them. The steps of the plan lie beside it
/// in the room.
#[derive(Clone, Copy, Debug)]
struct Source<'a> {
    placed: Placed<'a>,
    /// Bytes from one row to the next, kept at hand.
    stride: usize,
    traits: Traits,
    /// How many steps the plan has.
    steps: usize,
    sorted: bool,
}

impl<'a, T: Record> Room<'a, T> {
    /// Room in which nothing is settled yet.
    pub fn empty() -> Self {
        Self { steps: T::Steps::empty(), source: None }
    }

    /// Settles how the rows of the table `name` become the reader's. Of a table that reads as empty
    /// there is nothing to settle.
    pub(super) fn settle(&mut self, image: &Image<'a>, name: &str) -> Result<&Self, TableError> {
        self.source = None;
        let Some(table) = image.with_rows::<T>(name)? else { return Ok(self) };
        let (steps, traits) = Plan::between(table.layout, T::SHAPE, self.steps.steps())?.parts();
        let steps = steps.len();
        // Children ascend below each parent only, and a slice does not know whose rows it has.
        let sorted = table.flags & SORTED != 0
            && has_same_keys(table.layout, T::SHAPE)
            && !image.is_counted(&table.layout.head().record);
        let placed = image.placed(&table);
        self.source = Some(Source { placed, stride: placed.row(), traits, steps, sorted });
        Ok(self)
    }

    /// Where the whole table lies; nowhere if there are no rows.
    #[inline]
    pub(super) fn placed(&self) -> Option<&Placed<'a>> {
        self.source.as_ref().map(|source| &source.placed)
    }

    /// The plan by which rows become the reader's, if there are any.
    #[inline]
    pub(super) fn plan(&self) -> Option<Plan<'_>> {
        let source = self.source.as_ref()?;
        let steps = self.steps.as_ref().get(..source.steps)?;
        Some(Plan::again(source.placed.layout, T::SHAPE, (steps, source.traits)))
    }

    /// Whether rows are the reader's as they lie.
    #[inline]
    pub(super) fn is_in_place(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.traits.in_place)
    }

    /// Whether rows ascend by the keys of `T` from the first to the last.
    pub(super) fn is_sorted(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.sorted)
    }

    /// Bytes from one row to the next; 0 if there are no rows.
    #[inline]
    pub(super) fn stride(&self) -> usize {
        match &self.source {
            None => 0,
            // The same, and known to the compiler.
            Some(source) if source.traits.in_place => size_of::<T>(),
            Some(source) => source.stride,
        }
    }

    /// The row that lies in these bytes.
    #[inline]
    pub(super) fn row(&self, bytes: &[u8]) -> Option<T> {
        if self.is_in_place() {
            return T::read_from_bytes(bytes).ok();
        }
        let mut row = T::new_zeroed();
        self.plan()?.convert_row(bytes, row.as_mut_bytes());
        Some(row)
    }
}

impl<T: Record> Default for Room<'_, T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T: Record> fmt::Debug for Room<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("source", &self.source).finish_non_exhaustive()
    }
}
