//! Declarations become cells.

#![allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "constant functions have no `From`; each cast is guarded where it stands"
)]

use zerocopy::little_endian::{U16, U32, U64};

use super::{Declared, Piece};
use crate::cell::{self, padded, Cell, ChildCell, HeadCell, IntervalCell, RetiredCell};
use crate::member::{Kind, Path};
use crate::values;

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

/// A cell of no meaning, which no layout accepts.
const NOTHING: Cell = Cell { path: cell_path(Path::of(0)), tag: 0, body: [0; 55] };

pub(super) const fn bit_at(offset: usize) -> u32 {
    if offset > crate::MAX_ROW as usize {
        u32::MAX
    } else {
        (offset as u32).saturating_mul(8)
    }
}

pub(super) const fn cell_path(path: Path) -> [U16; 4] {
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
pub(crate) const fn blob_record(record: &str, path: Path) -> [u8; 48] {
    let mut name = padded(record);
    let mut used = if record.len() < 48 { record.len() } else { 48 };
    let ids = path.ids();
    let mut rest: &[u16] = &ids;
    while let Some((id, more)) = rest.split_first() {
        if *id != 0 {
            used = put_byte(&mut name, used, b'.');
            let mut places: &[u16] = &[10_000, 1000, 100, 10, 1];
            while let Some((place, smaller)) = places.split_first() {
                if let (Some(front), true) = (id.checked_div(*place), *id >= *place) {
                    let digit = front.wrapping_rem(10) as u8;
                    used = put_byte(&mut name, used, b'0'.saturating_add(digit));
                }
                places = smaller;
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
