//! Chains of blocks: rows on pages, each page with the address of the next and a count.

use core::mem::size_of;
use std::vec::Vec;

use super::abi::BlockHeader;
use super::{rows, Walk, Wrong};
use crate::{Layout, PhysAddr, Record};

/// A page of rows.
#[derive(Clone, Debug)]
pub struct Block {
    /// Where it is.
    pub at: PhysAddr,
    /// How many rows it states and has.
    pub count: usize,
    /// The rows' bytes.
    pub rows: Vec<u8>,
    /// How many pages of preserved memory it is.
    pub pages: u64,
}

impl Block {
    /// The address of row `number`.
    pub fn row_at(&self, number: usize, layout: Layout<'_>) -> PhysAddr {
        let offset =
            number.saturating_mul(rows::stride(layout)).saturating_add(size_of::<BlockHeader>());
        PhysAddr(self.at.0.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX)))
    }
}

/// The blocks of rows of `layout`, from the one at `head` on. What is wrong with a block is noted;
/// its rows are left out, and the chain is followed further.
pub fn read(walk: &mut Walk<'_>, head: PhysAddr, layout: Layout<'_>, part: &str) -> Vec<Block> {
    let stride = rows::stride(layout).max(1);
    let room = walk.pages.bytes().saturating_sub(size_of::<BlockHeader>());
    let most = room.checked_div(stride).unwrap_or(0);
    let (mut at, mut blocks) = (head, Vec::new());
    while at.0 != 0 {
        let Some(page) = walk.page(at, part) else { break };
        let (head, rest) = page.split_at_checked(size_of::<BlockHeader>()).unwrap_or_default();
        let Ok(head) = rows::read_one::<BlockHeader>(BlockHeader::SHAPE, head) else { break };
        let (next, stated) = (head.next, head.count);
        let pages = walk.claim(at, u64::try_from(walk.pages.bytes()).unwrap_or(0), part);
        let count = usize::try_from(stated).ok().filter(|count| (1..=most).contains(count));
        match count.and_then(|count| Some((count, rest.get(..count.checked_mul(stride)?)?))) {
            Some((count, rows)) => blocks.push(Block { at, count, rows: rows.to_vec(), pages }),
            None => {
                let most = u64::try_from(most).unwrap_or(u64::MAX);
                walk.faults.note(at, part, Wrong::Count { stated, most });
            }
        }
        at = next;
    }
    blocks
}
