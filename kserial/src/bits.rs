//! Bits of a row: bit `b` is bit `b % 8` of byte `b / 8`, values lowest bit first.
//!
//! A valid layout keeps every element within the eight bytes from the byte of its first bit, so one
//! window of eight bytes is enough. Near the end of a row the window is as short as the row.

use crate::values::mask;

/// The element of `width` bits at `bit`. Bits outside the row read as zero.
pub(crate) fn load(row: &[u8], bit: u32, width: u8) -> u64 {
    let window = window_at(row, bit);
    let raw = match window.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => short(window),
    };
    raw.wrapping_shr(bit & 7) & mask(width)
}

/// Puts `value` into the element of `width` bits at `bit`, leaving its neighbours as they are. Bits
/// outside the row are dropped.
pub(crate) fn store(row: &mut [u8], bit: u32, width: u8, value: u64) {
    let start = usize::try_from(bit >> 3).unwrap_or(usize::MAX);
    let field = mask(width).wrapping_shl(bit & 7);
    let value = value.wrapping_shl(bit & 7) & field;
    let Some(window) = row.get_mut(start..) else { return };
    if let Some(bytes) = window.first_chunk_mut::<8>() {
        *bytes = (u64::from_le_bytes(*bytes) & !field | value).to_le_bytes();
        return;
    }
    let merged = short(window) & !field | value;
    for (place, byte) in window.iter_mut().zip(merged.to_le_bytes()) {
        *place = byte;
    }
}

/// The eight bytes of a row of `len` that hold the element at `bit`, as the first byte and the shift
/// within them; `None` when the row is shorter than that.
pub(crate) fn window(bit: u32, len: usize) -> Option<(usize, u32)> {
    let last = len.checked_sub(8)?;
    let start = usize::try_from(bit >> 3).ok()?.min(last);
    let shift = usize::try_from(bit).ok()?.checked_sub(start.checked_mul(8)?)?;
    Some((start, u32::try_from(shift).ok()?))
}

fn window_at(row: &[u8], bit: u32) -> &[u8] {
    usize::try_from(bit >> 3).ok().and_then(|start| row.get(start..)).unwrap_or(&[])
}

/// Fewer than eight bytes as a number.
pub(crate) fn short(window: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (place, byte) in bytes.iter_mut().zip(window) {
        *place = *byte;
    }
    u64::from_le_bytes(bytes)
}
