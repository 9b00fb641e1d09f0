//! Layouts: one version's concrete shape of a record.
//!
//! [`Layout::new`] is the only way to one, so whoever holds a `Layout` holds cells that mean
//! something: paths are unique, members lie inside the row and do not overlap, defaults and
//! intervals fit their widths, names are printable. Nothing after this file checks that again.

use core::fmt;

use zerocopy::FromBytes;

use crate::cell::{self, Cell, HeadCell, IntervalCell, MemberCell, CELL};
use crate::member::{text, Kind, Member, Path};
use crate::values;

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

    /// The layout at the start of `bytes` that [`Layout::read`] has accepted before.
    pub(crate) fn again(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, cells, rest) = split(bytes).ok()?;
        Some((Self { head, cells }, rest))
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
        self.cells
            .iter()
            .filter(|cell| cell.tag == cell::TAG_MEMBER)
            .filter_map(|cell| Member::from_cell(cell.as_member()))
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
        self.members().filter(|m| m.kind() != Kind::Group && !m.is_legacy())
    }

    /// The values stated for the member `path`.
    pub fn intervals(self, path: Path) -> impl Iterator<Item = Interval<'a>> + 'a {
        self.cells
            .iter()
            .filter(move |c| c.tag == cell::TAG_INTERVAL && Path::from_cell(&c.path).is(path))
            .map(|cell| Interval(cell.as_interval()))
    }

    /// The record whose rows the end mark `path` counts.
    pub fn child(self, path: Path) -> Option<&'a str> {
        self.cells
            .iter()
            .find(|c| c.tag == cell::TAG_CHILD && Path::from_cell(&c.path).is(path))
            .map(|cell| text(&cell.as_child().record))
    }

    /// The paths that are taken for ever, with the last name of what was there.
    pub fn retired(self) -> impl Iterator<Item = (Path, &'a str)> + 'a {
        self.cells
            .iter()
            .filter(|cell| cell.tag == cell::TAG_RETIRED)
            .map(|cell| (Path::from_cell(&cell.path), text(&cell.as_retired().name)))
    }
}

/// Two layouts are equal when they state the same, in whatever order.
impl PartialEq for Layout<'_> {
    fn eq(&self, other: &Self) -> bool {
        use zerocopy::IntoBytes;
        let within = |a: &[Cell], b: &[Cell]| {
            a.iter().all(|x| b.iter().any(|y| x.as_bytes() == y.as_bytes()))
        };
        self.head.as_bytes() == other.head.as_bytes()
            && within(self.cells, other.cells)
            && within(other.cells, self.cells)
    }
}

/// Why cells are no layout: which cell (0 is the head), and what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LayoutError {
    /// The cell, counted from the head, which is 0.
    pub cell: u16,
    /// The rule that it breaks.
    pub fault: LayoutFault,
}

/// The rules of the format that cells can break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LayoutFault {
    /// The bytes end before the layout does.
    Truncated,
    /// The head states an encoding that this reader does not know.
    Version(u8),
    /// A record's or member's name is empty, too long, not printable ASCII or badly padded.
    Name,
    /// The row is empty, larger than 64 KiB, or no multiple of its alignment.
    Row(u32),
    /// More than 512 cells, or another number than the head states.
    Cells(u16),
    /// A flag that a reader must understand and this one does not.
    Flags(u32),
    /// Bytes that are reserved are not zero.
    Reserved,
    /// A tag that a reader must understand and this one does not.
    Tag(u8),
    /// A path with a gap, or without a first ID.
    Path,
    /// A path stated twice, or retired and in use.
    Duplicate(Path),
    /// A nested member without the group that names its parent.
    Orphan(Path),
    /// A kind that this reader does not know.
    Kind(u8),
    /// A width or count that the kind does not allow.
    Shape(Path),
    /// A member that reaches past the row's end.
    Outside(Path),
    /// Two members share bits.
    Overlap(Path),
    /// A default that is not among the member's values.
    Default(Path),
    /// An interval or value that the member cannot take, or that belongs to no member.
    Interval(Path),
    /// An end mark without exactly one child record, or a child record without an end mark.
    Child(Path),
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layout, cell {}: {}", self.cell, self.fault)
    }
}

impl fmt::Display for LayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the bytes end before the layout does"),
            Self::Version(v) => write!(f, "encoding version {v}; this reader knows version 1"),
            Self::Name => f.write_str("a name is empty, not printable or badly padded"),
            Self::Row(bytes) => {
                write!(f, "a row of {bytes} bytes is empty, too large or unaligned")
            }
            Self::Cells(n) => write!(f, "{n} cells: more than 512, or not what the head states"),
            Self::Flags(flags) => write!(f, "flags {flags:#x} are not known"),
            Self::Reserved => f.write_str("reserved bytes are not zero"),
            Self::Tag(tag) => write!(f, "tag {tag} is not known and may not be skipped"),
            Self::Path => f.write_str("the path of IDs has a gap"),
            Self::Duplicate(path) => write!(f, "member {path} is stated twice or is retired"),
            Self::Orphan(path) => write!(f, "member {path} has no group above it"),
            Self::Kind(kind) => write!(f, "kind {kind} is not known"),
            Self::Shape(path) => write!(f, "member {path}: its kind forbids this width or count"),
            Self::Outside(path) => write!(f, "member {path} reaches past the row's end"),
            Self::Overlap(path) => write!(f, "member {path} shares bits with another"),
            Self::Default(path) => write!(f, "member {path}: its default is not one of its values"),
            Self::Interval(path) => write!(f, "member {path}: an interval it cannot take"),
            Self::Child(path) => {
                write!(f, "member {path}: an end mark has exactly one child record")
            }
        }
    }
}

impl core::error::Error for LayoutError {}

/// The head and as many cells as it states, without a look at what they say.
fn split(bytes: &[u8]) -> Result<(&HeadCell, &[Cell], &[u8]), LayoutError> {
    let truncated = LayoutError { cell: 0, fault: LayoutFault::Truncated };
    let (head, rest) = HeadCell::ref_from_prefix(bytes).map_err(|_| truncated)?;
    let count = usize::from(head.cells.get());
    let (cells, rest) = <[Cell]>::ref_from_prefix_with_elems(rest, count).map_err(|_| truncated)?;
    Ok((head, cells, rest))
}

const fn check_head(head: &HeadCell, cells: usize) -> Result<(), LayoutFault> {
    let row = head.row.get();
    let count = head.cells.get();
    if head.version != cell::ENCODING {
        return Err(LayoutFault::Version(head.version));
    }
    if !is_name(&head.record, 1, 47) {
        return Err(LayoutFault::Name);
    }
    if !head.align.is_power_of_two()
        || head.align > 64
        || row == 0
        || row > MAX_ROW
        || row & (head.align as u32).wrapping_sub(1) != 0
    {
        return Err(LayoutFault::Row(row));
    }
    if count > MAX_CELLS || count as usize != cells {
        return Err(LayoutFault::Cells(count));
    }
    if head.flags.get() & !(cell::CRITICAL_RECORD | cell::REQUIRED_RECORD) != 0 {
        return Err(LayoutFault::Flags(head.flags.get() as u32));
    }
    if !is_zero(&head.reserved) {
        return Err(LayoutFault::Reserved);
    }
    Ok(())
}

const fn check_cell(
    head: &HeadCell,
    cells: &[Cell],
    cell: &Cell,
    after: &[Cell],
) -> Result<(), LayoutFault> {
    let path = Path::from_cell(&cell.path);
    if cell.tag >= cell::TAG_IGNORABLE {
        return Ok(());
    }
    if !path.is_well_formed() {
        return Err(LayoutFault::Path);
    }
    match cell.tag {
        cell::TAG_MEMBER => check_member(head, cells, cell.as_member(), after),
        cell::TAG_INTERVAL => check_interval(cells, cell.as_interval()),
        cell::TAG_CHILD => {
            let child = cell.as_child();
            if !is_zero(&child.reserved) {
                return Err(LayoutFault::Reserved);
            }
            if !is_name(&child.record, 1, 47) {
                return Err(LayoutFault::Name);
            }
            match find_member(cells, path) {
                Some(m)
                    if m.kind == Kind::End as u8 && count(cells, cell::TAG_CHILD, path) == 1 =>
                {
                    Ok(())
                }
                _ => Err(LayoutFault::Child(path)),
            }
        }
        cell::TAG_RETIRED => {
            let retired = cell.as_retired();
            if !is_zero(&retired.reserved) {
                return Err(LayoutFault::Reserved);
            }
            if !is_name(&retired.name, 0, 24) {
                return Err(LayoutFault::Name);
            }
            if find_member(cells, path).is_some() || count(after, cell::TAG_RETIRED, path) > 0 {
                return Err(LayoutFault::Duplicate(path));
            }
            Ok(())
        }
        tag => Err(LayoutFault::Tag(tag)),
    }
}

const fn check_member(
    head: &HeadCell,
    cells: &[Cell],
    member: &MemberCell,
    after: &[Cell],
) -> Result<(), LayoutFault> {
    let path = Path::from_cell(&member.path);
    let flags = member.flags.get();
    let known = cell::MEMBER_DEFAULT
        | cell::MEMBER_CRITICAL
        | cell::MEMBER_KEY
        | cell::MEMBER_LEGACY
        | cell::MEMBER_SENSITIVE
        | cell::MEMBER_ARRAY;
    let Some(kind) = Kind::from_number(member.kind) else {
        return Err(LayoutFault::Kind(member.kind));
    };
    if flags & cell::MEMBER_MUST_UNDERSTAND & !known != 0 {
        return Err(LayoutFault::Flags(flags));
    }
    if member.reserved != 0 || (flags & cell::MEMBER_DEFAULT == 0 && member.default.get() != 0) {
        return Err(LayoutFault::Reserved);
    }
    if !is_name(&member.name, 1, 24) || !is_name(&member.unit, 0, 8) {
        return Err(LayoutFault::Name);
    }
    if count(after, cell::TAG_MEMBER, path) > 0 {
        return Err(LayoutFault::Duplicate(path));
    }
    if let Some(parent) = path.parent() {
        match find_member(cells, parent) {
            Some(m) if m.kind == Kind::Group as u8 => {}
            _ => return Err(LayoutFault::Orphan(path)),
        }
    }
    if !has_shape(kind, member) {
        return Err(LayoutFault::Shape(path));
    }
    if matches!(kind, Kind::Group) {
        return Ok(());
    }
    let Some(end) = end_bit(member) else { return Err(LayoutFault::Outside(path)) };
    if end > head.row.get() as u64 * 8 {
        return Err(LayoutFault::Outside(path));
    }
    let mut rest = after;
    while let Some((other, more)) = rest.split_first() {
        if other.tag == cell::TAG_MEMBER && other.as_member().count.get() > 0 {
            let other = other.as_member();
            let apart = match end_bit(other) {
                Some(other_end) => {
                    other_end <= member.bit.get() as u64 || end <= other.bit.get() as u64
                }
                None => true,
            };
            if !apart {
                return Err(LayoutFault::Overlap(path));
            }
        }
        rest = more;
    }
    if flags & cell::MEMBER_DEFAULT != 0 && !allows(cells, kind, member, member.default.get()) {
        return Err(LayoutFault::Default(path));
    }
    if matches!(kind, Kind::End) && count(cells, cell::TAG_CHILD, path) != 1 {
        return Err(LayoutFault::Child(path));
    }
    Ok(())
}

/// Whether the kind allows this width, count and place.
const fn has_shape(kind: Kind, member: &MemberCell) -> bool {
    let (bits, bit, count) = (member.bits, member.bit.get(), member.count.get());
    let array = member.flags.get() & cell::MEMBER_ARRAY != 0;
    if matches!(kind, Kind::Group) {
        return bits == 0 && bit == 0 && count == 0 && member.flags.get() == 0;
    }
    if bits == 0 || bits > 64 || count == 0 || (count > 1 && !array) {
        return false;
    }
    if array && !(bit & 7 == 0 && matches!(bits, 8 | 16 | 32 | 64)) {
        return false;
    }
    // One load of eight bytes from the byte of the first bit holds the element.
    if (bit & 7).saturating_add(bits as u32) > 64 {
        return false;
    }
    match kind {
        Kind::Bytes | Kind::Text => bits == 8 && array,
        Kind::End => !array && member.flags.get() & cell::MEMBER_DEFAULT == 0,
        _ => true,
    }
}

/// The bit after the member's last one.
const fn end_bit(member: &MemberCell) -> Option<u64> {
    match (member.count.get() as u64).checked_mul(member.bits as u64) {
        Some(bits) => bits.checked_add(member.bit.get() as u64),
        None => None,
    }
}

const fn check_interval(cells: &[Cell], interval: &IntervalCell) -> Result<(), LayoutFault> {
    let path = Path::from_cell(&interval.path);
    if !is_zero(&interval.reserved) {
        return Err(LayoutFault::Reserved);
    }
    if !is_name(&interval.name, 0, 24) {
        return Err(LayoutFault::Name);
    }
    let fault = Err(LayoutFault::Interval(path));
    let Some(member) = find_member(cells, path) else { return fault };
    let Some(kind) = Kind::from_number(member.kind) else { return fault };
    if matches!(kind, Kind::Group | Kind::Bool | Kind::Bytes | Kind::Text | Kind::End) {
        return fault;
    }
    let width = values::width(kind, member.bits);
    let low = values::ordinal(kind, interval.low.get());
    let high = values::ordinal(kind, interval.high.get());
    if low > high || !width.contains(low) || !width.contains(high) {
        return fault;
    }
    if kind.is_enum() && (low != high || interval.name[0] == 0) {
        return fault;
    }
    Ok(())
}

/// Whether `value` is one that the cells allow the member.
const fn allows(cells: &[Cell], kind: Kind, member: &MemberCell, value: u64) -> bool {
    let ordinal = values::ordinal(kind, value);
    if !values::width(kind, member.bits).contains(ordinal) {
        return false;
    }
    let path = Path::from_cell(&member.path);
    let mut stated = matches!(kind, Kind::ClosedEnum);
    let mut rest = cells;
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_INTERVAL && Path::from_cell(&cell.path).is(path) {
            let interval = cell.as_interval();
            let low = values::ordinal(kind, interval.low.get());
            let high = values::ordinal(kind, interval.high.get());
            if low <= ordinal && ordinal <= high {
                return true;
            }
            stated = true;
        }
        rest = more;
    }
    !stated || matches!(kind, Kind::OpenEnum)
}

const fn find_member(cells: &[Cell], path: Path) -> Option<&MemberCell> {
    let mut rest = cells;
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_MEMBER && Path::from_cell(&cell.path).is(path) {
            return Some(cell.as_member());
        }
        rest = more;
    }
    None
}

const fn count(cells: &[Cell], tag: u8, path: Path) -> usize {
    let mut found: usize = 0;
    let mut rest = cells;
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == tag && Path::from_cell(&cell.path).is(path) {
            found = found.saturating_add(1);
        }
        rest = more;
    }
    found
}

const fn is_zero(mut bytes: &[u8]) -> bool {
    while let Some((byte, rest)) = bytes.split_first() {
        if *byte != 0 {
            return false;
        }
        bytes = rest;
    }
    true
}

/// Whether a field holds from `least` to `most` printable characters and then only NUL.
const fn is_name(field: &[u8], least: usize, most: usize) -> bool {
    let Some(name) = cell::trimmed(field) else { return false };
    if name.len() < least || name.len() > most {
        return false;
    }
    let mut rest = name;
    while let Some((byte, more)) = rest.split_first() {
        if !byte.is_ascii_graphic() {
            return false;
        }
        rest = more;
    }
    true
}
