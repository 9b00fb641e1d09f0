//! Sums: of blocks of rows and of the head, and where they are kept.

use super::place::SUM;

/// The checksum: CRC-32 as in zlib and Ethernet, of any length including none.
///
/// Hosts give `crc32fast::hash`; a kernel gives its own `crc32_le(~0, …) ^ ~0`.
pub type Sum = fn(&[u8]) -> u32;

/// What is added to the sum of a block, so that a block at another place is another block.
pub(crate) fn salt(table: usize, block: usize) -> u32 {
    let low = |n: usize| u32::from_le_bytes(*n.to_le_bytes().first_chunk().unwrap_or(&[0; 4]));
    low(table).wrapping_mul(0x9e37_79b1) ^ low(block).wrapping_mul(0x85eb_ca77)
}

/// Keeps `sum` as number `number` of `sums`.
pub(super) fn store_sum(sums: &mut [u8], number: usize, sum: u32) {
    let place = number.checked_mul(SUM).and_then(|at| sums.get_mut(at..));
    if let Some(place) = place.and_then(|rest| rest.first_chunk_mut::<SUM>()) {
        *place = sum.to_le_bytes();
    }
}
