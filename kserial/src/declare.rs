//! Layouts as declarations: what the derive writes down, and the constant code that makes cells of
//! it.
//!
//! A macro sees tokens, not types: that a field is 64 bits wide, or what its nested record looks
//! like, is known only to the compiler. So the derive emits [`Piece`]s, in which the types speak for
//! themselves, and the functions here run at compile time. Layouts by hand may use them as well.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "constant code has no `try_from`; each cast is guarded where it stands"
)]

use zerocopy::little_endian::{U16, U32, U64};

use crate::cell::{self, padded, Cell, ChildCell, HeadCell, IntervalCell, MemberCell, RetiredCell};
use crate::layout::{Layout, LayoutError, LayoutFault};
use crate::member::{Kind, Path};
use crate::record::Field;
use crate::values;

pub use crate::note::ElfNote;

/// One statement of a declaration.
#[derive(Clone, Copy, Debug)]
pub enum Piece<'a> {
    /// A member.
    Member(Declared<'a>),
    /// Values that a member may take; with a name, one value of an enum.
    Value {
        /// The member.
        path: Path,
        /// The smallest value, extended to 64 bits.
        low: u64,
        /// The largest value.
        high: u64,
        /// The value's name in an enum, or nothing.
        name: &'a str,
    },
    /// A record that lies inside this one.
    Nested {
        /// The member that names it.
        path: Path,
        /// The member's name.
        name: &'a str,
        /// Bytes from the row's start.
        offset: usize,
        /// What lies there.
        layout: Layout<'a>,
    },
    /// A path that is taken for ever.
    Retired {
        /// The path.
        path: Path,
        /// The last name of what was there, or nothing.
        name: &'a str,
    },
}

/// A member as a declaration states it; the fields are those of a
/// [`MemberCell`].
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// The IDs that lead to it.
    pub path: Path,
    /// Its present name.
    pub name: &'a str,
    /// What its bits are.
    pub kind: Kind,
    /// Bits of one element.
    pub bits: u8,
    /// The first bit, from the row's start.
    pub bit: u32,
    /// Elements.
    pub count: u32,
    /// `MEMBER_…` flags.
    pub flags: u32,
    /// What a reader takes in its absence, if the flags say so.
    pub default: u64,
    /// The unit of its value, or nothing.
    pub unit: &'a str,
    /// The record that an end mark counts; for an end mark without one, a blob's.
    pub child: Option<&'a str>,
}

impl<'a> Declared<'a> {
    /// A member whose type says everything: a field of type `F`, `offset` bytes into the row.
    pub const fn of<F: Field>(path: Path, name: &'a str, offset: usize) -> Self {
        Self {
            path,
            name,
            kind: F::KIND,
            bits: F::BITS,
            bit: bit_at(offset),
            count: F::COUNT,
            flags: if F::ARRAY { cell::MEMBER_ARRAY } else { 0 },
            default: 0,
            unit: "",
            child: F::CHILD,
        }
    }

    const fn cell(self) -> Cell {
        MemberCell {
            path: cell_path(self.path),
            tag: cell::TAG_MEMBER,
            kind: self.kind.number(),
            bits: self.bits,
            reserved: 0,
            bit: U32::new(self.bit),
            count: U32::new(self.count),
            flags: U32::new(self.flags),
            default: U64::new(self.default),
            unit: padded(self.unit),
            name: padded(self.name),
        }
        .cell()
    }
}

/// The member `id` of the record nested at `path`; deeper than four, a path that no layout accepts.
pub const fn then(path: Path, id: u16) -> Path {
    match path.then(id) {
        Some(deeper) => deeper,
        None => Path::of(0),
    }
}

/// How many cells `pieces` become.
pub const fn count(pieces: &[Piece<'_>]) -> usize {
    let mut cells: usize = 0;
    let mut rest = pieces;
    while let Some((piece, more)) = rest.split_first() {
        cells = cells.saturating_add(match piece {
            Piece::Member(Declared { kind: Kind::End, .. }) => 2,
            Piece::Nested { layout, .. } => layout.cells().len().saturating_add(1),
            _ => 1,
        });
        rest = more;
    }
    cells
}

/// The cells of `record` that `pieces` declare, where `N` is their [`count`].
pub const fn cells<const N: usize>(record: &str, pieces: &[Piece<'_>]) -> [Cell; N] {
    let mut cells = [NOTHING; N];
    fill(&mut cells, record, pieces);
    cells
}

/// Puts the cells of `record` that `pieces` declare into `room`, which holds their [`count`].
pub const fn fill(mut room: &mut [Cell], record: &str, pieces: &[Piece<'_>]) {
    let mut rest = pieces;
    while let Some((piece, more)) = rest.split_first() {
        match *piece {
            Piece::Member(member) => {
                room = put(room, member.cell());
                if matches!(member.kind, Kind::End) {
                    let child = match member.child {
                        Some(child) => padded(child),
                        None => blob_record(record, member.path),
                    };
                    room = put(room, child_cell(member.path, child));
                }
            }
            Piece::Value { path, low, high, name } => {
                let interval = IntervalCell {
                    path: cell_path(path),
                    tag: cell::TAG_INTERVAL,
                    reserved: [0; 15],
                    low: U64::new(low),
                    high: U64::new(high),
                    name: padded(name),
                };
                room = put(room, interval.cell());
            }
            Piece::Nested { path, name, offset, layout } => {
                let group = Declared {
                    path,
                    name,
                    kind: Kind::Group,
                    bits: 0,
                    bit: 0,
                    count: 0,
                    flags: 0,
                    default: 0,
                    unit: "",
                    child: None,
                };
                room = put(room, group.cell());
                let mut inner = layout.cells();
                while let Some((cell, others)) = inner.split_first() {
                    room = put(room, nested(record, path, offset, layout.record(), cell));
                    inner = others;
                }
            }
            Piece::Retired { path, name } => {
                let retired = RetiredCell {
                    path: cell_path(path),
                    tag: cell::TAG_RETIRED,
                    reserved: [0; 31],
                    name: padded(name),
                };
                room = put(room, retired.cell());
            }
        }
        rest = more;
    }
}

/// The head of a layout of `cells` cells.
pub const fn head(record: &str, row: usize, align: usize, flags: u16, cells: usize) -> HeadCell {
    // What does not fit becomes a number that no valid layout has.
    let row = if row > crate::MAX_ROW as usize { u32::MAX } else { row as u32 };
    let align = if align > 64 { u8::MAX } else { align as u8 };
    let cells = if cells > crate::MAX_CELLS as usize { u16::MAX } else { cells as u16 };
    HeadCell {
        record: padded(record),
        row: U32::new(row),
        cells: U16::new(cells),
        flags: U16::new(flags),
        version: cell::ENCODING,
        align,
        reserved: [0; 6],
    }
}

/// How many levels of records the layout has: 1 where nothing is nested.
pub const fn depth(layout: Layout<'_>) -> usize {
    let mut depth: usize = 1;
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        let level = match Path::from_cell(&cell.path).ids() {
            [_, 0, ..] => 1,
            [_, _, 0, _] => 2,
            [_, _, _, 0] => 3,
            _ => 4,
        };
        if level > depth {
            depth = level;
        }
        rest = more;
    }
    depth
}

/// Whether an end mark at `id` of the record itself, or in what is nested there, counts the rows of a
/// record that another end mark stated before it counts already. In an image a row has one parent.
pub const fn counts_again(layout: Layout<'_>, id: u16) -> bool {
    let mut before: &[Cell] = &[];
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        let [first, ..] = Path::from_cell(&cell.path).ids();
        if first == id && cell.tag == cell::TAG_CHILD && is_written(layout, cell) {
            let mut others = before;
            while let Some((other, ones)) = others.split_first() {
                if other.tag == cell::TAG_CHILD
                    && cell::same(&other.as_child().record, &cell.as_child().record)
                    && is_written(layout, other)
                {
                    return true;
                }
                others = ones;
            }
        }
        rest = more;
        let done = layout.cells().len().saturating_sub(rest.len());
        before = match layout.cells().split_at_checked(done) {
            Some((before, _)) => before,
            None => before,
        };
    }
    false
}

/// Whether rows hold the member that the cell is about: it is not a legacy one.
const fn is_written(layout: Layout<'_>, cell: &Cell) -> bool {
    let path = Path::from_cell(&cell.path);
    let mut rest = layout.cells();
    while let Some((other, more)) = rest.split_first() {
        if other.tag == cell::TAG_MEMBER && Path::from_cell(&other.path).is(path) {
            return other.as_member().flags.get() & cell::MEMBER_LEGACY == 0;
        }
        rest = more;
    }
    false
}

/// How many members of the layout have bits: the steps of its plans.
pub const fn steps(layout: Layout<'_>) -> usize {
    let mut steps: usize = 0;
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_MEMBER && cell.as_member().count.get() > 0 {
            steps = steps.saturating_add(1);
        }
        rest = more;
    }
    steps
}

/// For each of the `N` bytes of a row, the bits that members hold and writers write.
pub const fn mask<const N: usize>(layout: Layout<'_>) -> [u8; N] {
    let mut mask = [0; N];
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_MEMBER {
            let member = cell.as_member();
            if member.flags.get() & cell::MEMBER_LEGACY == 0 {
                let bits = (member.count.get() as u64).saturating_mul(member.bits as u64);
                let start = member.bit.get() as u64;
                set_bits(&mut mask, start, start.saturating_add(bits));
            }
        }
        rest = more;
    }
    mask
}

/// Whether members hold every bit.
pub const fn is_full(mut mask: &[u8]) -> bool {
    while let Some((byte, rest)) = mask.split_first() {
        if *byte != u8::MAX {
            return false;
        }
        mask = rest;
    }
    true
}

/// `value` as a cell states it, or `None` when `bits` bits of the kind cannot hold it.
pub const fn value(kind: Kind, bits: u8, value: i128) -> Option<u64> {
    let extended = if value < 0 {
        if value < i64::MIN as i128 || !matches!(kind, Kind::Signed) {
            return None;
        }
        value as i64 as u64
    } else {
        let most = if matches!(kind, Kind::Signed) { i64::MAX as i128 } else { u64::MAX as i128 };
        if value > most {
            return None;
        }
        value as u64
    };
    if values::width(kind, bits).contains(values::ordinal(kind, extended)) {
        Some(extended)
    } else {
        None
    }
}

/// Whether the error is about the member `id` of the record itself or what is nested there.
pub const fn is_about(error: &LayoutError, id: u16) -> bool {
    match error.fault {
        LayoutFault::Duplicate(path)
        | LayoutFault::Orphan(path)
        | LayoutFault::Shape(path)
        | LayoutFault::Outside(path)
        | LayoutFault::Overlap(path)
        | LayoutFault::Default(path)
        | LayoutFault::Interval(path)
        | LayoutFault::Child(path) => {
            let [first, ..] = path.ids();
            first == id
        }
        _ => false,
    }
}

/// What to say of a declaration that is no layout. Constants cannot format, so the member is named
/// by the place where the compiler puts this.
pub const fn advice(error: &LayoutError) -> &'static str {
    match error.fault {
        LayoutFault::Name => {
            "a name is too long or not printable: 47 bytes for a record, 24 for a member or value, \
             8 for a unit"
        }
        LayoutFault::Row(_) => "a row has 1 to 65536 bytes, and an alignment of at most 64",
        LayoutFault::Cells(_) => "a layout has at most 512 cells: members, values and retired IDs",
        LayoutFault::Path => "nested more than four deep: make the inner record a table of its own",
        LayoutFault::Duplicate(_) => "this ID is in use twice, or retired and in use",
        LayoutFault::Shape(_) => {
            "this type cannot be such a member: arrays have elements of 8, 16, 32 or 64 bits, text \
             is an array of bytes, and an end mark has no default"
        }
        LayoutFault::Overlap(_) => "this member shares bits with another",
        LayoutFault::Outside(_) => "this member reaches past the end of the row",
        LayoutFault::Default(_) => "the default is not among the values that the member may take",
        LayoutFault::Interval(_) => {
            "values that this member cannot take: ranges are for integers and addresses, with the \
             lower end first; enums name single values"
        }
        LayoutFault::Child(_) => "an end mark counts the rows of exactly one record",
        _ => "these cells are no layout",
    }
}

/// A cell of no meaning, which no layout accepts.
const NOTHING: Cell = Cell { path: cell_path(Path::of(0)), tag: 0, body: [0; 55] };

const fn bit_at(offset: usize) -> u32 {
    if offset > crate::MAX_ROW as usize {
        u32::MAX
    } else {
        offset as u32 * 8
    }
}

const fn cell_path(path: Path) -> [U16; 4] {
    let [a, b, c, d] = path.ids();
    [U16::new(a), U16::new(b), U16::new(c), U16::new(d)]
}

const fn child_cell(path: Path, record: [u8; 48]) -> Cell {
    ChildCell { path: cell_path(path), tag: cell::TAG_CHILD, reserved: [0; 7], record }.cell()
}

/// A cell of a nested record, as the record around it states it.
const fn nested(record: &str, outer: Path, offset: usize, inner: &str, cell: &Cell) -> Cell {
    let was = Path::from_cell(&cell.path);
    let path = under(outer, was);
    if cell.tag == cell::TAG_MEMBER {
        let mut member = *cell.as_member();
        member.path = cell_path(path);
        if member.count.get() > 0 {
            member.bit = U32::new(member.bit.get().saturating_add(bit_at(offset)));
        }
        return member.cell();
    }
    if cell.tag == cell::TAG_CHILD {
        let child = cell.as_child().record;
        // A blob belongs to the member, so it follows it here; rows keep their record's name.
        let blob = cell::same(&child, &blob_record(inner, was));
        return child_cell(path, if blob { blob_record(record, path) } else { child });
    }
    let mut cell = *cell;
    cell.path = cell_path(path);
    cell
}

/// The path `inner` of a record that is nested at `outer`; deeper than four, a path with no first
/// ID, which no layout accepts.
const fn under(outer: Path, inner: Path) -> Path {
    let mut path = outer;
    let ids = inner.ids();
    let mut rest: &[u16] = &ids;
    while let Some((id, more)) = rest.split_first() {
        if *id != 0 {
            path = match path.then(*id) {
                Some(deeper) => deeper,
                None => return Path::of(0),
            };
        }
        rest = more;
    }
    path
}

/// The record of the bytes that a blob's mark counts: the record around it and the path, such as
/// `pci-cap.3`.
const fn blob_record(record: &str, path: Path) -> [u8; 48] {
    let mut name = padded(record);
    let mut used = if record.len() < 48 { record.len() } else { 48 };
    let ids = path.ids();
    let mut rest: &[u16] = &ids;
    while let Some((id, more)) = rest.split_first() {
        if *id != 0 {
            used = put_byte(&mut name, used, b'.');
            let mut place: u16 = 10_000;
            while place > 0 {
                if *id >= place {
                    let digit = (*id).wrapping_div(place).wrapping_rem(10) as u8;
                    used = put_byte(&mut name, used, b'0'.saturating_add(digit));
                }
                place = place.wrapping_div(10);
            }
        }
        rest = more;
    }
    name
}

/// Puts a byte after the first `used` ones, while there is room, and says how many there are now.
const fn put_byte(name: &mut [u8], used: usize, byte: u8) -> usize {
    if let Some((_, room)) = name.split_at_mut_checked(used) {
        if let Some((place, _)) = room.split_first_mut() {
            *place = byte;
            return used.saturating_add(1);
        }
    }
    used
}

const fn put(room: &mut [Cell], cell: Cell) -> &mut [Cell] {
    match room.split_first_mut() {
        Some((place, rest)) => {
            *place = cell;
            rest
        }
        None => &mut [],
    }
}

/// Sets the bits from `start` up to `end`.
const fn set_bits(mask: &mut [u8], start: u64, end: u64) {
    let Some((_, mut rest)) = mask.split_at_mut_checked((start >> 3) as usize) else { return };
    let mut at = start & !7;
    while let Some((byte, more)) = rest.split_first_mut() {
        if at >= end {
            return;
        }
        let low = if at < start { start.wrapping_sub(at) } else { 0 };
        let above = if end.wrapping_sub(at) < 8 { end.wrapping_sub(at) } else { 8 };
        *byte |= values::mask(above as u8) as u8 & u8::MAX.wrapping_shl(low as u32);
        at = at.saturating_add(8);
        rest = more;
    }
}

/// What to do about `bytes` of padding that nobody wrote down.
pub const fn gap(bytes: usize) -> &'static str {
    match bytes {
        1 => "1 byte of implicit padding here: add `#[kserial(pad)] _pad: u8`",
        2 => "2 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 2]`",
        3 => "3 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 3]`",
        4 => "4 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 4]`",
        5 => "5 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 5]`",
        6 => "6 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 6]`",
        7 => "7 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 7]`",
        _ => "implicit padding here: add `#[kserial(pad)] _pad: [u8; N]`",
    }
}
