//! Holes: the bits of a row that no member holds, legacy members' among them. In an image they are
//! zero.
//!
//! A bit there that is set was lost by its writer or belongs to a member that its layout hides, and
//! either is damage that a sum does not show.

use core::ops::Range;

use crate::bits;
use crate::count::numbered;
use crate::layout::Layout;
use crate::member::Member;
use crate::values::mask;

/// Whether rows have any.
pub(crate) fn has_holes(layout: Layout<'_>) -> bool {
    // No two members share a bit, so widths add up.
    let held = layout.written().fold(0_u64, |sum, member| sum.saturating_add(width(&member)));
    held != row_bits(layout)
}

/// Clears the bits of rows that no member holds; `mask` is a row of those that one does.
pub(crate) fn clear_holes(rows: &mut [u8], mask: &[u8]) {
    if mask.is_empty() {
        return;
    }
    for row in rows.chunks_mut(mask.len()) {
        for (byte, keep) in row.iter_mut().zip(mask) {
            *byte &= keep;
        }
    }
}

/// The first row with a bit set in a hole, and the byte of the row that the bit is in.
pub(crate) fn filled_hole(layout: Layout<'_>, rows: &[u8]) -> Option<(usize, u32)> {
    let stride = usize::try_from(layout.row()).ok().filter(|stride| *stride > 0)?;
    let mut first: Option<(usize, u32)> = None;
    let mut from = 0;
    while let Some(hole) = next_hole(layout, from) {
        from = hole.end;
        let mut bit = hole.start;
        while bit < hole.end {
            // As many bits as one window of eight bytes holds.
            let most = 64_u64.saturating_sub(bit & 7);
            let bits = most.min(hole.end.saturating_sub(bit));
            let (at, width) = (u32::try_from(bit).ok()?, u8::try_from(bits).ok()?);
            let set = first_set(rows, stride, at, width);
            first = match (first, set) {
                (Some(first), Some(set)) => Some(first.min(set)),
                (first, set) => first.or(set),
            };
            bit = bit.saturating_add(bits);
        }
    }
    first
}

/// The first row in which one of `width` bits at `bit` is set, and that bit's byte.
fn first_set(rows: &[u8], stride: usize, bit: u32, width: u8) -> Option<(usize, u32)> {
    if is_clear(rows, stride, bit, width) == Some(true) {
        return None;
    }
    numbered(rows.chunks_exact(stride)).find_map(|(number, row)| {
        let set = bits::load(row, bit, width);
        (set != 0).then(|| (number, bit.saturating_add(set.trailing_zeros()) >> 3))
    })
}

/// Whether the bits are zero in every row, found out without a branch per row; `None` where their
/// window is no part of the row.
fn is_clear(rows: &[u8], stride: usize, bit: u32, width: u8) -> Option<bool> {
    let (start, shift) = bits::window(bit, stride)?;
    let field = mask(width).wrapping_shl(shift);
    let mut set = 0;
    for row in rows.chunks_exact(stride) {
        let window = row.get(start..).and_then(|rest| rest.first_chunk::<8>())?;
        set |= u64::from_le_bytes(*window) & field;
    }
    Some(set == 0)
}

/// The first hole from bit `from` on.
fn next_hole(layout: Layout<'_>, from: u64) -> Option<Range<u64>> {
    let mut start = from;
    while let Some(member) = layout.written().find(|member| extent(member).contains(&start)) {
        start = extent(&member).end;
    }
    let end = row_bits(layout);
    let later = layout.written().map(|member| extent(&member).start).filter(|at| *at > start);
    (start < end).then(|| start..later.min().unwrap_or(end))
}

fn extent(member: &Member<'_>) -> Range<u64> {
    let start = u64::from(member.bit());
    start..start.saturating_add(width(member))
}

fn width(member: &Member<'_>) -> u64 {
    u64::from(member.count()).saturating_mul(u64::from(member.bits()))
}

fn row_bits(layout: Layout<'_>) -> u64 {
    u64::from(layout.row()).saturating_mul(8)
}
