//! Layouts: one version's concrete shape of a record.
//!
//! [`Layout::new`] is the only way to one, so whoever holds a `Layout` holds cells that mean
//! something: paths are unique, members lie inside the row and do not overlap, defaults and
//! intervals fit their widths, names are printable. Nothing after this file checks that again.

mod fault;
mod valid;

pub use fault::{LayoutError, LayoutFault};

use core::iter::from_fn;

use zerocopy::FromBytes;

use crate::cell::{self, Cell, ChildCell, HeadCell, IntervalCell, CELL};
use crate::count::count;
use crate::member::{text, Kind, Member, Path};
use valid::{check_cell, check_head, find_member, has_unknown};

/// The largest row, in bytes.
pub const MAX_ROW: u32 = 1 << 16;
/// The most cells that may follow a head.
pub const MAX_CELLS: u16 = 512;

/// The shape of a record's rows as one version writes or reads them.
///
/// ```
/// use kserial::cell::*;
/// use kserial::Layout;
///
/// const HEAD: HeadCell = HeadCell {
///     record: padded("volume"), row: U32::new(4), cells: U16::new(1), flags: U16::new(0),
///     version: ENCODING, align: 4, reserved: [0; 6],
/// };
/// const CELLS: [Cell; 1] = [MemberCell {
///     path: [U16::new(1), U16::new(0), U16::new(0), U16::new(0)], tag: TAG_MEMBER,
///     kind: 1, bits: 32, reserved: 0, bit: U32::new(0), count: U32::new(1), flags: U32::new(0),
///     default: U64::new(0), unit: padded("dB"), name: padded("level"),
/// }.cell()];
/// # use zerocopy::little_endian::{U16, U32, U64};
///
/// let layout = Layout::new(&HEAD, &CELLS).unwrap();
/// assert_eq!(layout.record(), "volume");
/// assert_eq!(layout.members().next().unwrap().unit(), "dB");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    head: &'a HeadCell,
    cells: &'a [Cell],
}

/// Values that a layout names or allows.
#[derive(Clone, Copy, Debug)]
pub struct Interval<'a>(&'a IntervalCell);

impl<'a> Interval<'a> {
    /// The smallest value, extended to 64 bits.
    pub const fn low(&self) -> u64 {
        self.0.low.get()
    }

    /// The largest value, extended to 64 bits.
    pub const fn high(&self) -> u64 {
        self.0.high.get()
    }

    /// The value's name in an enum, or nothing.
    pub fn name(&self) -> &'a str {
        text(&self.0.name)
    }
}

impl<'a> Layout<'a> {
    /// The layout that these cells state.
    ///
    /// # Errors
    /// The first cell that breaks a rule of the format, and the rule.
    pub const fn new(head: &'a HeadCell, cells: &'a [Cell]) -> Result<Self, LayoutError> {
        if let Err(fault) = check_head(head, cells.len()) {
            return Err(LayoutError { cell: 0, fault });
        }
        let mut number: u16 = 0;
        let mut rest = cells;
        while let Some((cell, after)) = rest.split_first() {
            number = number.saturating_add(1);
            if let Err(fault) = check_cell(head, cells, cell, after) {
                return Err(LayoutError { cell: number, fault });
            }
            rest = after;
        }
        Ok(Self { head, cells })
    }

    /// The layout at the start of `bytes`, and the bytes after it.
    ///
    /// # Errors
    /// As [`Layout::new`]; also when `bytes` end before the layout does.
    pub fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), LayoutError> {
        let (head, cells, rest) = split(bytes)?;
        Ok((Self::new(head, cells)?, rest))
    }

    /// The same where a layout that this reader does not [understand](Self::is_understood) is no error.
    pub(crate) fn read_known(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), LayoutError> {
        let (head, cells, rest) = split(bytes)?;
        match has_unknown(cells) {
            false => Ok((Self::new(head, cells)?, rest)),
            true => match check_head(head, cells.len()) {
                Ok(()) => Ok((Self { head, cells: &[] }, rest)),
                Err(fault) => Err(LayoutError { cell: 0, fault }),
            },
        }
    }

    /// The layout at the start of `bytes` that [`Layout::read_known`] has accepted before.
    pub(crate) fn again(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, cells, rest) = split(bytes).ok()?;
        Some((Self { head, cells: if has_unknown(cells) { &[] } else { cells } }, rest))
    }

    /// Whether this reader knows what its cells say. Of one that a later writer used new cells in only
    /// the head is there: the record, the size of its rows, and whether it is critical. `true` of all
    /// layouts but those that an [`Image`](crate::Image) shows.
    ///
    /// ```
    /// use kserial::{Byte, Record};
    ///
    /// assert!(Byte::SHAPE.is_understood());
    /// ```
    #[allow(clippy::as_conversions, reason = "constant functions have no `From`; this widens")]
    pub const fn is_understood(&self) -> bool {
        self.cells.len() == self.head.cells.get() as usize
    }

    /// The record's name.
    pub const fn record(&self) -> &'a str {
        text(&self.head.record)
    }

    /// Bytes from one row to the next, at least 1.
    pub const fn row(&self) -> u32 {
        self.head.row.get()
    }

    /// The alignment of a row, in bytes.
    pub const fn align(&self) -> u8 {
        self.head.align
    }

    /// Whether rows of this record refuse a reader that does not know it.
    pub const fn is_critical(&self) -> bool {
        self.head.flags.get() & cell::CRITICAL_RECORD != 0
    }

    /// Whether an image without this record is an error.
    pub const fn is_required(&self) -> bool {
        self.head.flags.get() & cell::REQUIRED_RECORD != 0
    }

    /// The head cell.
    pub const fn head(&self) -> &'a HeadCell {
        self.head
    }

    /// The cells after the head.
    pub const fn cells(&self) -> &'a [Cell] {
        self.cells
    }

    /// Bytes of its encoding.
    pub const fn encoded_len(&self) -> usize {
        self.cells.len().saturating_add(1).saturating_mul(CELL)
    }

    /// All members, groups and legacy ones included, in the order in which they are stated.
    pub fn members(self) -> impl Iterator<Item = Member<'a>> + 'a {
        let mut members = self
            .cells
            .iter()
            .filter(|cell| cell.tag == cell::TAG_MEMBER)
            .filter_map(|cell| Member::from_cell(cell.as_member()));
        from_fn(move || members.next())
    }

    /// The member, group or legacy member known by `path`.
    pub fn member(self, path: Path) -> Option<Member<'a>> {
        match find_member(self.cells, path) {
            Some(cell) => Member::from_cell(cell),
            None => None,
        }
    }

    /// The members that have bits and that a row of this layout really holds.
    pub fn written(self) -> impl Iterator<Item = Member<'a>> + 'a {
        let mut members = self.members();
        from_fn(move || members.find(|m| m.kind() != Kind::Group && !m.is_legacy()))
    }

    /// The values stated for the member `path`.
    pub fn intervals(self, path: Path) -> impl Iterator<Item = Interval<'a>> + Clone + 'a {
        let mut cells = self.cells.iter();
        let states =
            move |c: &&Cell| c.tag == cell::TAG_INTERVAL && Path::from_cell(&c.path).is(path);
        from_fn(move || cells.find(states).map(|cell| Interval(cell.as_interval())))
    }

    /// The record whose rows the end mark `path` counts.
    pub fn child(self, path: Path) -> Option<&'a str> {
        self.cells
            .iter()
            .find(|c| c.tag == cell::TAG_CHILD && Path::from_cell(&c.path).is(path))
            .map(|cell| text(&cell.as_child().record))
    }

    /// The cells that name the children of end marks.
    pub(crate) fn children(self) -> impl Iterator<Item = &'a ChildCell> + 'a {
        let mut cells = self.cells.iter();
        from_fn(move || cells.find(|cell| cell.tag == cell::TAG_CHILD).map(Cell::as_child))
    }

    /// The paths that are taken for ever, with the last name of what was there.
    pub fn retired(self) -> impl Iterator<Item = (Path, &'a str)> + 'a {
        self.cells
            .iter()
            .filter(|cell| cell.tag == cell::TAG_RETIRED)
            .map(|cell| (Path::from_cell(&cell.path), text(&cell.as_retired().name)))
    }
}

/// Two layouts are equal when they state the same, as often, in whatever order.
impl PartialEq for Layout<'_> {
    fn eq(&self, other: &Self) -> bool {
        use zerocopy::IntoBytes;
        let times = |cells: &[Cell], cell: &Cell| {
            count(cells.iter().filter(|other| other.as_bytes() == cell.as_bytes()))
        };
        // Equal heads state equally many cells.
        self.head.as_bytes() == other.head.as_bytes()
            && self.cells.iter().all(|cell| times(self.cells, cell) == times(other.cells, cell))
    }
}

/// The head and as many cells as it states, without a look at what they say.
fn split(bytes: &[u8]) -> Result<(&HeadCell, &[Cell], &[u8]), LayoutError> {
    let truncated = LayoutError { cell: 0, fault: LayoutFault::Truncated };
    let (head, rest) = HeadCell::ref_from_prefix(bytes).map_err(|_| truncated)?;
    let count = usize::from(head.cells.get());
    let (cells, rest) = <[Cell]>::ref_from_prefix_with_elems(rest, count).map_err(|_| truncated)?;
    Ok((head, cells, rest))
}
