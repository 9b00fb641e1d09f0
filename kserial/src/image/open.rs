//! Opening: an image whose head is intact.

use core::iter::from_fn;

use super::error::ImageError;
use super::head::{Head, Listed, LATE, SORTED};
use super::placed::Placed;
use super::room::Room;
use super::stream::Stream;
use super::sum::{Seal, Sum};
use super::verify::{self, Verified};
use super::TableError;
use crate::count::numbered;
use crate::layout::Layout;
use crate::machine::Machine;
use crate::record::Record;

/// An image whose head, directory and layouts are intact and whose tables fit its segments. Its
/// rows have not been looked at: [`verify`](Self::verify) it, or read it as a
/// [`stream`](Self::stream).
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    pub(super) segments: &'a [&'a [u8]],
    pub(super) head: Head<'a>,
    pub(super) sum: Sum,
}

/// A table as its image describes it.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo<'a> {
    /// The layout of its rows, as the writer had it.
    pub layout: Layout<'a>,
    /// How many there are.
    pub rows: usize,
    /// Whether they may have been rewritten after the image was finished.
    pub late: bool,
    /// Whether they ascend strictly by key, within each parent.
    pub sorted: bool,
}

/// The length of each segment of the image that begins with `first`, for one that lies in a file,
/// where segments follow each other. Nothing but the head's form has been checked.
///
/// # Errors
/// When `first` does not begin with the head of an image.
pub fn segments(first: &[u8]) -> Result<impl Iterator<Item = usize> + '_, ImageError> {
    let lengths = Head::read_unsummed(first)?.lengths;
    Ok(lengths.iter().map(|length| usize::try_from(length.get()).unwrap_or(usize::MAX)))
}

/// The number of the image that begins with `first`: for who lists its segments in another image, which
/// is to have the same. Nothing but the head's form has been checked.
///
/// ```
/// # use kserial::{image, Image, Machine, Writer};
/// # let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 0, encrypted: false };
/// # let sum: image::Sum = crc32fast::hash;
/// # let mut memory = vec![0; image::size(&[], 4096)?.bytes()];
/// let number = 7;
/// Writer::new(&[], machine, number, &mut [&mut memory], sum)?.finish()?;
/// assert_eq!(image::number(&memory), Ok(number));
/// # Ok::<_, image::WriteError>(())
/// ```
///
/// # Errors
/// When `first` does not begin with the head of an image.
pub fn number(first: &[u8]) -> Result<u32, ImageError> {
    Ok(Head::read_unsummed(first)?.number())
}

impl<'a> Image<'a> {
    /// Opens an image that another kernel wrote for `machine`.
    ///
    /// # Errors
    /// What is wrong with the head or the segments; [`ImageError::Machine`] when the state belongs
    /// to another machine.
    pub fn open(segments: &'a [&'a [u8]], machine: &Machine, sum: Sum) -> Result<Self, ImageError> {
        let image = Self::inspect(segments, sum)?;
        if machine.accepts(&image.machine()) {
            Ok(image)
        } else {
            Err(ImageError::Machine)
        }
    }

    /// Opens an image of any machine: for tools, which show state and do not apply it.
    ///
    /// # Errors
    /// What is wrong with the head or the segments.
    pub fn inspect(segments: &'a [&'a [u8]], sum: Sum) -> Result<Self, ImageError> {
        let first = segments.first().ok_or(ImageError::Truncated { segment: 0 })?;
        let head = Head::read(first, sum)?;
        if head.lengths.len() != segments.len() {
            return Err(ImageError::Truncated { segment: segments.len() });
        }
        for (number, segment) in numbered(segments) {
            if head.segment(number) != Some(segment.len()) {
                return Err(ImageError::Length { segment: number });
            }
        }
        Ok(Self { segments, head, sum })
    }

    /// The number that its writer gave it, to tell it from others; as [`number`].
    pub fn number(&self) -> u32 {
        self.head.number()
    }

    /// The machine that the state belongs to.
    pub fn machine(&self) -> Machine {
        self.head.machine()
    }

    /// What tables there are.
    pub fn tables(&self) -> impl Iterator<Item = TableInfo<'a>> + 'a {
        self.head.tables().map(|table| TableInfo {
            layout: table.layout,
            rows: table.rows,
            late: table.flags & LATE != 0,
            sorted: table.flags & SORTED != 0,
        })
    }

    /// The rows of every table as they lie, piece by piece, in the layouts that the writer had: for
    /// tools, which show what they do not know.
    pub fn pieces(&self) -> impl Iterator<Item = (Layout<'a>, &'a [u8])> + '_ {
        let mut pieces = self.head.tables().flat_map(|table| {
            self.placed(&table).pieces().map(move |piece| (table.layout, piece.rows))
        });
        from_fn(move || pieces.next())
    }

    /// Whether a reader of these records may go on: nothing here is critical that it would pass over.
    ///
    /// # Errors
    /// [`TableError::Unknown`] for the first table with rows of a critical record that is not among
    /// `known`, or whose layout is not [understood](Layout::is_understood).
    pub fn knows(&self, known: &[&str]) -> Result<(), TableError> {
        let stranger = |t: &Listed<'_>| {
            let is_known = t.layout.is_understood() && known.contains(&t.layout.record());
            t.rows > 0 && t.layout.is_critical() && !is_known
        };
        match self.head.tables().find(stranger) {
            Some(table) => Err(TableError::Unknown { table: table.index }),
            None => Ok(()),
        }
    }

    /// Checks everything: all sums, values, end marks, orders and gaps.
    ///
    /// # Errors
    /// The first thing that is not right, and where.
    pub fn verify(self) -> Result<Verified<'a>, ImageError> {
        verify::everything(&self)?;
        Ok(Verified { image: self })
    }

    /// The rows of `T`, each block checked just before it is used. Blocks before a damaged one will
    /// have been used when the damage is found; a reader that must not apply half a table verifies
    /// first.
    ///
    /// # Errors
    /// [`TableError`] when there is no such table though it is required, or no row can cross.
    pub fn stream<'r, T: Record>(
        &self,
        room: &'r mut Room<'a, T>,
    ) -> Result<Stream<'r, T>, TableError> {
        self.stream_named(T::SHAPE.record(), room)
    }

    /// The same for a table that was [named](super::Spec::named) otherwise than its record.
    ///
    /// # Errors
    /// As [`stream`](Self::stream).
    pub fn stream_named<'r, T: Record>(
        &self,
        name: &str,
        room: &'r mut Room<'a, T>,
    ) -> Result<Stream<'r, T>, TableError> {
        Ok(Stream::all(room.settle(self, name)?))
    }

    /// The table `name` for a reader of `T`; `None` when it reads as empty, as one without rows does
    /// whatever its layout.
    pub(super) fn with_rows<T: Record>(
        &self,
        name: &str,
    ) -> Result<Option<Listed<'a>>, TableError> {
        let listed = self.listed(name);
        if listed.is_none() && T::SHAPE.is_required() {
            return Err(TableError::Absent);
        }
        if let Some(table) = T::SHAPE.children().find_map(|child| self.orphans(&child.record)) {
            return Err(TableError::Unknown { table });
        }
        match listed.filter(|table| table.rows > 0) {
            Some(table) if !table.layout.is_understood() => {
                Err(TableError::NotUnderstood { table: table.index })
            }
            table => Ok(table),
        }
    }

    /// The table of a critical record with rows that no layout here counts: whoever looks for them below
    /// their parents would find none.
    fn orphans(&self, record: &[u8; 48]) -> Option<usize> {
        if self.is_counted(record) {
            return None;
        }
        let orphans = |t: &Listed<'_>| t.layout.is_critical() && t.layout.head().record == *record;
        self.head.tables().find(|t| t.rows > 0 && orphans(t)).map(|t| t.index)
    }

    /// Whether rows of the record have parents: an end mark of some layout here counts them.
    pub(super) fn is_counted(&self, record: &[u8; 48]) -> bool {
        self.head.layouts().any(|layout| layout.children().any(|child| child.record == *record))
    }

    pub(super) fn listed(&self, record: &str) -> Option<Listed<'a>> {
        // Names first: to know where a table lies, all before it have to be walked.
        let mut layouts = numbered(self.head.layouts());
        let (number, _) = layouts.find(|(_, layout)| layout.record() == record)?;
        self.head.tables().nth(number)
    }

    pub(super) fn placed(&self, table: &Listed<'a>) -> Placed<'a> {
        Placed {
            segments: self.segments,
            seal: Seal { image: self.head.number(), table: table.index, sum: self.sum },
            layout: table.layout,
            rows: table.rows,
            cursor: table.cursor,
        }
    }
}
