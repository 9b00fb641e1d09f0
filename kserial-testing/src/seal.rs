//! Sums put right.
//!
//! A fuzzer that changes one byte of an image breaks a sum, and learns no more than that. Sealing
//! what it made lets every other rule be tried: a layout that lies with right sums is what a hostile
//! writer would send.
//!
//! Where rows lie is worked out from the page (`docs/FORMAT.md` §2.2) once more and leniently, for
//! what comes in may be anything.

/// The longest segment.
const MOST: usize = 2 << 20;

/// An image made of `bytes` whose lengths and sums are right, as far as there are any: the last
/// segment ends where the bytes do, bytes between tables are zero, and head and blocks are sealed.
/// Everything else is left as it is, however wrong.
pub fn seal(bytes: &[u8]) -> Vec<u8> {
    let mut image = bytes.to_vec();
    image.truncate(bytes.len() / 64 * 64);
    // What cannot be sealed is worth a look as it is.
    let _ = try_seal(&mut image);
    image
}

fn try_seal(image: &mut [u8]) -> Option<()> {
    let length = number(image, 12)?;
    let (segments, tables) = (number(image, 16)?, number(image, 20)?);
    let start = length.checked_add(64)?;
    if start > image.len() || segments == 0 || segments > image.len() / 64 || tables > 256 {
        return None;
    }
    let borders = tile(image, segments, start)?;
    let entries = 64 + (segments * 4).next_multiple_of(64);
    let mut layout = entries + (tables * 16).next_multiple_of(64);
    let mut used = vec![false; image.len()];
    used.get_mut(..start)?.fill(true);
    let mut at = (0, start);
    for table in 0..tables {
        let rows = number(image, entries + table * 16 + 8)?;
        let row = number(image, layout + 48)?.max(1);
        layout += 64 * (1 + usize::from(half(image, layout + 52)?));
        at = seal_table(image, &mut used, &borders, (table, row, rows), at)?;
    }
    for (byte, used) in image.iter_mut().zip(&used) {
        *byte = if *used { *byte } else { 0 };
    }
    image.get_mut(length..start)?.fill(0);
    let sum = crc32fast::hash(image.get(..length)?);
    put(image, length, sum)
}

/// Where each segment begins and ends, the lengths in the head corrected until they tile the image.
fn tile(image: &mut [u8], segments: usize, start: usize) -> Option<Vec<(usize, usize)>> {
    let (mut borders, mut from) = (Vec::new(), 0);
    for n in 0..segments {
        let left = image.len() - from;
        let needed = (segments - n - 1) * 64;
        let least = if n == 0 { start } else { 64 };
        let most = left.checked_sub(needed)?.min(MOST);
        let stated = number(image, 64 + n * 4)? / 64 * 64;
        let length = if n + 1 == segments { left } else { stated.max(least).min(most) };
        if length < least || length > most {
            return None;
        }
        put(image, 64 + n * 4, u32::try_from(length).ok()?)?;
        borders.push((from, from + length));
        from += length;
    }
    Some(borders)
}

/// Seals the blocks of one table, given as its number, row size and rows; where the next one begins.
fn seal_table(
    image: &mut [u8],
    used: &mut [bool],
    borders: &[(usize, usize)],
    (table, row, rows): (usize, usize, usize),
    (mut segment, mut offset): (usize, usize),
) -> Option<(usize, usize)> {
    let per_block = (8192 / row).max(1);
    let (mut left, mut block) = (rows, 0);
    while left > 0 {
        let (from, to) = *borders.get(segment)?;
        let space = (to - from).saturating_sub(offset);
        let whole = per_block * row + 4;
        let fit = space / whole * per_block + (space % whole).saturating_sub(4) / row;
        let fit = fit.min(left);
        let start = from + offset;
        let sums = start + fit * row;
        for n in 0..fit.div_ceil(per_block) {
            let first = start + n * per_block * row;
            let rows = image.get(first..sums.min(first + per_block * row))?;
            let place = salt(table, 0x9E37_79B1) ^ salt(block, 0x85EB_CA77);
            let sum = crc32fast::hash(rows) ^ word(image, 28)? ^ place;
            put(image, sums + n * 4, sum)?;
            block += 1;
        }
        let end = sums + fit.div_ceil(per_block) * 4;
        used.get_mut(start..end)?.fill(true);
        left -= fit;
        (segment, offset) =
            if left > 0 { (segment + 1, 0) } else { (segment, (end - from).next_multiple_of(64)) };
    }
    Some((segment, offset))
}

#[allow(clippy::cast_possible_truncation, reason = "the product is taken modulo 2^32")]
fn salt(number: usize, factor: u64) -> u32 {
    (number as u64).wrapping_mul(factor) as u32
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(word(bytes, at)?).ok()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn put(bytes: &mut [u8], at: usize, number: u32) -> Option<()> {
    *bytes.get_mut(at..)?.first_chunk_mut()? = number.to_le_bytes();
    Some(())
}
