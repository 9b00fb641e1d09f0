//! Blocks of rows: what can be said of one on its own, by the writer and by every reader.

use core::cmp::Ordering;

use super::hole::{filled_hole, has_holes};
use crate::bits;
use crate::check::{Allowed, Check, Effect};
use crate::count::numbered;
use crate::layout::Layout;
use crate::member::{Member, Path};
use crate::values::{extended, mask, ordinal, Values};

/// What a layout demands of the rows of an image, beyond their sums.
///
/// An image with a row that does not meet it is damaged, so verdicts may take what a layout claims of
/// its values as true.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demands {
    values: bool,
    holes: bool,
}

/// What is wrong with a row, whose number counts from the first one looked at.
pub(crate) enum Wrong {
    /// A value that the row's own layout forbids.
    Value { row: usize, path: Path },
    /// A bit that no member holds, in this byte of the row.
    Hole { row: usize, byte: u32 },
}

impl Demands {
    pub(crate) const NONE: Self = Self { values: false, holes: false };

    pub(crate) fn of(layout: Layout<'_>) -> Self {
        if !layout.is_understood() {
            return Self::NONE;
        }
        Self { values: has_claims(layout), holes: has_holes(layout) }
    }

    /// The first row that holds what it must not.
    pub(crate) fn broken(self, layout: Layout<'_>, rows: &[u8]) -> Option<Wrong> {
        if self.values {
            if let Some((row, path)) = broken_value(layout, rows) {
                return Some(Wrong::Value { row, path });
            }
        }
        if self.holes {
            if let Some((row, byte)) = filled_hole(layout, rows) {
                return Some(Wrong::Hole { row, byte });
            }
        }
        None
    }
}

/// Whether the layout claims anything of its rows' values.
pub(crate) fn has_claims(layout: Layout<'_>) -> bool {
    layout.written().any(|m| is_claimed(layout, m))
}

fn is_claimed(layout: Layout<'_>, member: Member<'_>) -> bool {
    Values::of(layout, member).is_stated()
}

/// The first row that holds a value which its own layout forbids, and the member that does.
pub(crate) fn broken_value(layout: Layout<'_>, rows: &[u8]) -> Option<(usize, Path)> {
    values_of(layout).find_map(|check| unmet(&check, layout, rows))
}

fn values_of(layout: Layout<'_>) -> impl Iterator<Item = Check<'_>> {
    layout.written().filter(move |m| is_claimed(layout, *m)).map(move |m| {
        let allowed = Allowed::Values(Values::of(layout, m));
        Check::new(m, 0, m.count(), allowed, Effect::Refuse)
    })
}

fn unmet(check: &Check<'_>, layout: Layout<'_>, rows: &[u8]) -> Option<(usize, Path)> {
    Some((check.first_unmet(rows, layout.row())?, check.member().path()))
}

/// The first row whose end mark `member` is below its predecessor's, and otherwise the last mark.
pub(crate) fn fallen_mark(
    layout: Layout<'_>,
    member: Member<'_>,
    rows: &[u8],
    before: u64,
) -> Result<u64, usize> {
    let size = usize::try_from(layout.row()).unwrap_or(0);
    if let Some(last) = last_mark(member, rows, size, before) {
        return Ok(last);
    }
    let mut last = before;
    for (number, row) in numbered(rows.chunks_exact(size.max(1))) {
        let mark = bits::load(row, member.bit(), member.bits());
        if mark < last {
            return Err(number);
        }
        last = mark;
    }
    Ok(last)
}

/// The last mark, found out without a branch per row; `None` when one falls, or where the mark's
/// window is no part of the row.
fn last_mark(member: Member<'_>, rows: &[u8], size: usize, before: u64) -> Option<u64> {
    let (start, shift) = bits::window(member.bit(), size)?;
    let keep = mask(member.bits());
    let (mut last, mut fallen) = (before, false);
    for row in rows.chunks_exact(size) {
        let window = row.get(start..).and_then(|rest| rest.first_chunk::<8>())?;
        let mark = u64::from_le_bytes(*window).wrapping_shr(shift) & keep;
        fallen |= mark < last;
        last = mark;
    }
    (!fallen).then_some(last)
}

/// How two rows of one layout compare by its keys, in the order of their paths: by the lowest one in
/// which they differ. Keys are looked at as they are stated, each once: a layout may have hundreds.
pub(crate) fn compare_keys(layout: Layout<'_>, a: &[u8], b: &[u8]) -> Ordering {
    let mut lowest = None;
    for key in keys(layout) {
        if lowest.is_some_and(|(path, _)| path < key.path()) {
            continue;
        }
        for element in 0..key.count() {
            let skipped = element.wrapping_mul(u32::from(key.bits()));
            let value = |row| {
                let raw = bits::load(row, key.bit().wrapping_add(skipped), key.bits());
                ordinal(key.kind(), extended(key.kind(), key.bits(), raw))
            };
            let order = value(a).cmp(&value(b));
            if order != Ordering::Equal {
                lowest = Some((key.path(), order));
                break;
            }
        }
    }
    lowest.map_or(Ordering::Equal, |(_, order)| order)
}

/// The members that rows are found by.
pub(crate) fn keys<'a>(layout: Layout<'a>) -> impl Iterator<Item = Member<'a>> + 'a {
    layout.written().filter(|m| m.is_key())
}

/// Whether rows of the two layouts are found by the same members, and so ascend alike.
pub(crate) fn has_same_keys(a: Layout<'_>, b: Layout<'_>) -> bool {
    let within =
        |a, b| keys(a).all(|key| keys(b).any(|other: Member<'_>| other.path() == key.path()));
    within(a, b) && within(b, a)
}
