//! The rules of `docs/FORMAT.md` §1.4 that make cells a layout.
//!
//! Constant functions throughout: the same rules hold for a layout that is compiled in and for one
//! that arrives in an image.

#![allow(clippy::as_conversions, reason = "constant functions have no `From`; each cast widens")]

use super::{LayoutFault, MAX_CELLS, MAX_ROW};
use crate::cell::{self, same, Cell, HeadCell, IntervalCell, MemberCell};
use crate::member::{Kind, Path};
use crate::values;

pub(super) const fn check_head(head: &HeadCell, cells: usize) -> Result<(), LayoutFault> {
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

/// Whether a cell says something that this version of the format has no word for.
pub(super) fn has_unknown(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| match cell.tag {
        cell::TAG_MEMBER => known_kind(cell.as_member()).is_err(),
        cell::TAG_INTERVAL | cell::TAG_CHILD | cell::TAG_RETIRED => false,
        tag => tag < cell::TAG_IGNORABLE,
    })
}

/// The kind of a member, where that and every flag that must be known have a meaning here.
const fn known_kind(member: &MemberCell) -> Result<Kind, LayoutFault> {
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
    Ok(kind)
}

pub(super) const fn check_cell(
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
        cell::TAG_INTERVAL => check_interval(cells, cell.as_interval(), after),
        cell::TAG_CHILD => {
            let child = cell.as_child();
            if !is_zero(&child.reserved) {
                return Err(LayoutFault::Reserved);
            }
            if !is_name(&child.record, 1, 47) {
                return Err(LayoutFault::Name);
            }
            let is_mark =
                matches!(find_member(cells, path), Some(m) if m.kind == Kind::End.number());
            if !is_mark || count(cells, cell::TAG_CHILD, path) != 1 {
                return Err(LayoutFault::Child(path));
            }
            if same(&child.record, &head.record) || counts_again(after, &child.record) {
                return Err(LayoutFault::Parents(path));
            }
            Ok(())
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
    let kind = match known_kind(member) {
        Ok(kind) => kind,
        Err(unknown) => return Err(unknown),
    };
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
            Some(m) if m.kind == Kind::Group.number() => {}
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
    if end > (head.row.get() as u64).saturating_mul(8) {
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
    if matches!(kind, Kind::ClosedEnum) && count(cells, cell::TAG_INTERVAL, path) == 0 {
        return Err(LayoutFault::Interval(path));
    }
    Ok(())
}

/// Whether the kind allows this width, count and place.
const fn has_shape(kind: Kind, member: &MemberCell) -> bool {
    let (bits, bit, count) = (member.bits, member.bit.get(), member.count.get());
    let array = member.flags.get() & cell::MEMBER_ARRAY != 0;
    if matches!(kind, Kind::Group) {
        let flags = member.flags.get() & cell::MEMBER_MUST_UNDERSTAND;
        return bits == 0 && bit == 0 && count == 0 && flags == 0 && is_zero(&member.unit);
    }
    let has_default = member.flags.get() & cell::MEMBER_DEFAULT != 0;
    // Nobody writes it, so everybody takes its default, and no row is found by it.
    let is_key = member.flags.get() & cell::MEMBER_KEY != 0;
    if member.flags.get() & cell::MEMBER_LEGACY != 0 && (is_key || !has_default) {
        return false;
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
        Kind::Bytes => bits == 8 && array,
        Kind::Text => bits == 8 && array && member.default.get() == 0,
        Kind::End => !array && !has_default,
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

const fn check_interval(
    cells: &[Cell],
    interval: &IntervalCell,
    after: &[Cell],
) -> Result<(), LayoutFault> {
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
    if kind.is_enum() && (low != high || interval.name[0] == 0 || is_renumbered(interval, after)) {
        return fault;
    }
    Ok(())
}

/// Whether the name of an enum's value stands for another value later on.
const fn is_renumbered(interval: &IntervalCell, after: &[Cell]) -> bool {
    let mut rest = after;
    while let Some((cell, more)) = rest.split_first() {
        let other = cell.as_interval();
        if cell.tag == cell::TAG_INTERVAL
            && Path::from_cell(&cell.path).is(Path::from_cell(&interval.path))
            && same(&other.name, &interval.name)
            && other.low.get() != interval.low.get()
        {
            return true;
        }
        rest = more;
    }
    false
}

/// Whether another end mark counts rows of `record`.
const fn counts_again(after: &[Cell], record: &[u8; 48]) -> bool {
    let mut rest = after;
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_CHILD && same(&cell.as_child().record, record) {
            return true;
        }
        rest = more;
    }
    false
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

pub(super) const fn find_member(cells: &[Cell], path: Path) -> Option<&MemberCell> {
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
