//! What the derive's constants ask of a layout.

#![allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "constant functions have no `From`; each cast is guarded where it stands"
)]

use crate::cell;
use crate::layout::Layout;
use crate::member::Path;
use crate::values;

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
