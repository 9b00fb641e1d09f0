//! Sums: of blocks of rows and of the head, and where they are kept.

use super::place::SUM;

/// The checksum: CRC-32 as in zlib and Ethernet, of any length including none.
///
/// Hosts give `crc32fast::hash`; a kernel gives its own `crc32_le(~0, …) ^ ~0`.
pub type Sum = fn(&[u8]) -> u32;

/// How the blocks of one table are sealed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seal {
    /// The number of the image.
    pub(super) image: u32,
    /// The table's place in the directory.
    pub(super) table: usize,
    pub(super) sum: Sum,
}

impl Seal {
    /// What is stored for block `number` of the table. Its place and the image's number are mixed in,
    /// so that the same rows elsewhere, or of another image, are not what was sealed.
    pub(super) fn of(&self, rows: &[u8], number: usize) -> u32 {
        let low = |n: usize| u32::from_le_bytes(*n.to_le_bytes().first_chunk().unwrap_or(&[0; 4]));
        let table = low(self.table).wrapping_mul(0x9e37_79b1);
        let block = low(number).wrapping_mul(0x85eb_ca77);
        (self.sum)(rows) ^ self.image ^ table ^ block
    }
}

/// Keeps `sum` as number `number` of `sums`.
pub(super) fn store_sum(sums: &mut [u8], number: usize, sum: u32) {
    let place = number.checked_mul(SUM).and_then(|at| sums.get_mut(at..));
    if let Some(place) = place.and_then(|rest| rest.first_chunk_mut::<SUM>()) {
        *place = sum.to_le_bytes();
    }
}
