//! Memory that was allocated with `vmalloc`: the list of its pages, itself a chain of pages.

use std::string::String;
use std::vec::Vec;

use super::abi::Vmalloc;
use super::{rows, Memory, Missing, Pages, Walk, Wrong};
use crate::PhysAddr;

/// `Vmalloc::flags` that have a meaning.
const FLAGS: u16 = 3;
/// `vmalloc` maps huge pages of up to 1 GiB.
const MOST_ORDER: u16 = 18;

/// Memory whose pages lie anywhere.
#[derive(Clone, Debug, Default)]
pub struct Scattered {
    /// Where the pages of the list are.
    pub chunks: Vec<PhysAddr>,
    /// Where the memory's pages are, each of `1 << order`.
    pub pages: Vec<PhysAddr>,
    /// log2 of how many pages each address stands for.
    pub order: u32,
    /// How many pages of preserved memory all of this is.
    pub claimed: u64,
}

impl Scattered {
    /// Reads the list of `vmalloc`'s pages. What is wrong is noted; the pages before it are there.
    pub fn read(walk: &mut Walk<'_>, vmalloc: &Vmalloc, at: PhysAddr, part: &str) -> Self {
        let Vmalloc { first, total_pages, flags, order } = *vmalloc;
        if flags & !FLAGS != 0 {
            walk.faults.note(at, part, Wrong::Reserved((flags & !FLAGS).into()));
        }
        if order > MOST_ORDER {
            walk.faults.note(at, part, Wrong::Reserved(order.into()));
            return Self::default();
        }
        let mut read = Self { order: order.into(), ..Self::default() };
        let each = 1_u64.wrapping_shl(read.order);
        let bytes = u64::try_from(walk.pages.bytes()).unwrap_or(0).saturating_mul(each);
        let page_bytes = u64::try_from(walk.pages.bytes()).unwrap_or(0);
        let (mut chunk, mut total) = (first, 0_u64);
        'chunks: while chunk.0 != 0 {
            let Some(page) = walk.page(chunk, part) else { break };
            read.claimed = read.claimed.saturating_add(walk.claim(chunk, page_bytes, part));
            read.chunks.push(chunk);
            let mut words = rows::words(&page).map(PhysAddr);
            let Some(next) = words.next() else { break };
            for address in words {
                if address.0 == 0 {
                    break;
                }
                if total.saturating_add(each) > total_pages.into() {
                    // The count below says so.
                    total = total.saturating_add(each);
                    break 'chunks;
                }
                if let Err(wrong) = walk.visit(address) {
                    walk.faults.note(address, part, wrong);
                    break 'chunks;
                }
                read.claimed = read.claimed.saturating_add(walk.claim(address, bytes, part));
                read.pages.push(address);
                total = total.saturating_add(each);
            }
            chunk = next;
        }
        if total != total_pages.into() {
            let differs =
                Wrong::Differs { what: "pages", stated: total_pages.into(), found: total };
            walk.faults.note(at, String::from(part), differs);
        }
        read
    }

    /// How long the memory is, in bytes.
    pub fn bytes(&self, pages: Pages) -> u64 {
        let each = u64::try_from(pages.bytes())
            .unwrap_or(0)
            .saturating_mul(1_u64.wrapping_shl(self.order));
        u64::try_from(self.pages.len()).unwrap_or(0).saturating_mul(each)
    }

    /// Fills `into` with the bytes from `offset` on. They must not cross from one page to the next.
    ///
    /// # Errors
    /// The address that is not there.
    pub fn read_at(
        &self,
        memory: &dyn Memory,
        pages: Pages,
        offset: u64,
        into: &mut [u8],
    ) -> Result<PhysAddr, Missing> {
        let shift = pages.shift().saturating_add(self.order);
        let number = usize::try_from(offset.wrapping_shr(shift)).unwrap_or(usize::MAX);
        let within = offset & 1_u64.wrapping_shl(shift).wrapping_sub(1);
        let page = self.pages.get(number).ok_or(Missing { at: PhysAddr(0) })?;
        let at = PhysAddr(page.0.saturating_add(within));
        memory.read(at, into)?;
        Ok(at)
    }
}
