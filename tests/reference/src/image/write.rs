//! Writing an image from its tables.

use super::place::{extents, Extent};
use super::{crc32, padded, Head, Table, ALIGN};
use crate::{cells, row};

/// An image whose sums are still to come.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The segments.
    pub segments: Vec<Vec<u8>>,
    /// Where rows lie.
    pub extents: Vec<Extent>,
    /// Bytes that the head's sum covers.
    pub length: usize,
    /// The image's number.
    pub number: u32,
}

impl Draft {
    /// The image of `tables` in segments of these lengths; `None` where they do not suffice.
    pub fn new(head: Head, tables: &[Table], lengths: &[usize]) -> Option<Self> {
        let number = head.number;
        let head = covered(head, tables, lengths);
        let sizes: Vec<_> = tables.iter().map(|t| (t.shape.row as usize, t.rows.len())).collect();
        let extents = extents(&sizes, lengths, head.len() + ALIGN)?;
        let mut segments: Vec<Vec<u8>> = lengths.iter().map(|length| vec![0; *length]).collect();
        segments.first_mut()?.get_mut(..head.len() + ALIGN)?[..head.len()].copy_from_slice(&head);
        let mut rows: Vec<_> =
            tables.iter().map(|t| t.rows.iter().map(|r| row::encode(&t.shape, r))).collect();
        for extent in &extents {
            let bytes: Vec<u8> = rows[extent.table].by_ref().take(extent.rows).flatten().collect();
            segments[extent.segment][extent.offset..extent.sums()].copy_from_slice(&bytes);
        }
        Some(Self { segments, extents, length: head.len(), number })
    }

    /// The finished image.
    #[must_use]
    pub fn sealed(mut self) -> Vec<Vec<u8>> {
        for extent in &self.extents {
            for (block, rows, sum) in extent.sealed() {
                let segment = &mut self.segments[extent.segment];
                let salted = crc32(&segment[rows]) ^ salt(self.number, extent.table, block);
                segment[sum..sum + 4].copy_from_slice(&salted.to_le_bytes());
            }
        }
        let sum = crc32(&self.segments[0][..self.length]);
        self.segments[0][self.length..self.length + 4].copy_from_slice(&sum.to_le_bytes());
        self.segments
    }
}

/// What distinguishes a block from the same rows elsewhere (§2.3).
#[allow(clippy::cast_possible_truncation, reason = "the product is taken modulo 2^32")]
pub fn salt(number: u32, table: usize, block: usize) -> u32 {
    let times = |n: usize, factor: u64| (n as u64 * factor % (1 << 32)) as u32;
    number ^ times(table, 0x9E37_79B1) ^ times(block, 0x85EB_CA77)
}

/// Everything up to the head's sum (§2.1).
#[allow(clippy::cast_possible_truncation, reason = "no test comes near 2^32 bytes")]
fn covered(head: Head, tables: &[Table], lengths: &[usize]) -> Vec<u8> {
    let mut lists: Vec<u8> = lengths.iter().flat_map(|n| (*n as u32).to_le_bytes()).collect();
    lists.resize(padded(lists.len()), 0);
    for table in tables {
        let flags = u32::from(table.late) | u32::from(table.sorted) << 1;
        lists.extend(flags.to_le_bytes());
        lists.extend([0; 4]);
        lists.extend((table.rows.len() as u64).to_le_bytes());
    }
    lists.resize(padded(lists.len()), 0);
    lists.extend(tables.iter().flat_map(|table| cells::encode(&table.shape)));
    let mut covered = b"KSerial\0".to_vec();
    covered.extend(1_u16.to_le_bytes());
    covered.extend(head.arch.to_le_bytes());
    covered.extend((64 + lists.len() as u32).to_le_bytes());
    covered.extend((lengths.len() as u32).to_le_bytes());
    covered.extend((tables.len() as u32).to_le_bytes());
    covered.extend([1, head.page_shift, head.max_order, u8::from(head.encrypted)]);
    covered.extend(head.number.to_le_bytes());
    covered.extend([0; 32]);
    covered.extend(lists);
    covered
}
