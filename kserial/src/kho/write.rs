//! Writing what a kernel would have: the same structures, into memory that exists nowhere yet.
//!
//! Every encoder takes addresses and values and puts bytes where they belong, through the layouts
//! that the readers use. For the versions of which there is a capture, the bytes are the kernel's.

use core::mem::size_of;
use std::boxed::Box;
use std::collections::BTreeMap;
use std::ops::Range;
use std::vec::Vec;

use zerocopy::IntoBytes;

use super::abi::BlockHeader;
use super::map::{Bitmap, Chunk, Node, Shape};
use super::{Memory, Missing, Pages, Run, Wrong};
use crate::{Layout, Path, PhysAddr, Plan, Record, Steps};

/// What memory is kept in pieces of, whatever the machine's pages are.
const PIECE: usize = 4096;

/// Memory that is being written. What was never written is missing; the rest of a page that was
/// touched is zero, as a kernel's allocations are.
#[derive(Clone, Default)]
pub struct Written {
    pieces: BTreeMap<u64, Box<[u8; PIECE]>>,
}

impl Written {
    /// Puts `bytes` at `at`. What would lie beyond 64 bits is dropped.
    pub fn put(&mut self, at: PhysAddr, bytes: &[u8]) {
        let (mut at, mut rest) = (at.0, bytes);
        while !rest.is_empty() {
            let (piece, within) = place(at);
            let (now, later) =
                rest.split_at_checked(PIECE.saturating_sub(within)).unwrap_or((rest, &[]));
            let page = self.pieces.entry(piece).or_insert_with(|| Box::new([0; PIECE]));
            let end = within.saturating_add(now.len());
            if let Some(target) = page.get_mut(within..end) {
                target.copy_from_slice(now);
            }
            let Some(next) = at.checked_add(u64::try_from(now.len()).unwrap_or(u64::MAX)) else {
                return;
            };
            (at, rest) = (next, later);
        }
    }

    /// What was written: pieces of 4 KiB, by their addresses.
    pub fn pieces(&self) -> impl Iterator<Item = (PhysAddr, &[u8; PIECE])> {
        self.pieces.iter().map(|(number, piece)| (PhysAddr(number.saturating_mul(4096)), &**piece))
    }

    /// Makes `bytes` bytes from `at` on part of the memory, as zeros where nothing was written.
    pub fn touch(&mut self, at: PhysAddr, bytes: u64) {
        let touched = Pages::OF_4K.touched(at, bytes);
        let first = Pages::OF_4K.frame(at);
        for number in first..first.saturating_add(touched) {
            self.pieces.entry(number).or_insert_with(|| Box::new([0; PIECE]));
        }
    }
}

impl Memory for Written {
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing> {
        let (mut at, mut rest) = (at.0, into);
        while !rest.is_empty() {
            let missing = Missing { at: PhysAddr(at) };
            let (piece, within) = place(at);
            let bytes =
                self.pieces.get(&piece).and_then(|page| page.get(within..)).ok_or(missing)?;
            let length = bytes.len().min(rest.len());
            let (now, later) = rest.split_at_mut_checked(length).ok_or(missing)?;
            now.copy_from_slice(bytes.get(..length).ok_or(missing)?);
            at = at.checked_add(u64::try_from(length).unwrap_or(u64::MAX)).ok_or(missing)?;
            rest = later;
        }
        Ok(())
    }

    fn parts(&self) -> Vec<Range<u64>> {
        self.pieces()
            .map(|(at, piece)| at.0..at.0.saturating_add(u64::try_from(piece.len()).unwrap_or(0)))
            .collect()
    }
}

/// The number of the piece that holds `at`, and where in it.
fn place(at: u64) -> (u64, usize) {
    (at / 4096, usize::try_from(at % 4096).unwrap_or(0))
}

/// Rows of `T` in the layout that `target` has.
///
/// # Errors
/// A row that the target cannot take.
pub fn rows<T: Record>(target: Layout<'static>, rows: &[T]) -> Result<Vec<u8>, Wrong> {
    let mut room = T::Steps::empty();
    let plan = Plan::writing::<T>(target, &mut room)
        .map_err(|incompatible| Wrong::Refused(incompatible.path))?;
    if let Some(unmet) = plan.refused(rows.as_bytes()) {
        return Err(Wrong::Refused(unmet.check.member().path()));
    }
    let length = super::rows::stride(target).checked_mul(rows.len());
    let mut bytes = std::vec![0; length.ok_or(Wrong::Refused(Path::of(0)))?];
    plan.convert(rows.as_bytes(), &mut bytes);
    Ok(bytes)
}

/// Rows in a chain of blocks at these places.
///
/// # Errors
/// When the places are too few or too many for the rows.
pub fn blocks(
    memory: &mut Written,
    pages: Pages,
    places: &[PhysAddr],
    rows: &[u8],
    stride: usize,
) -> Result<(), Wrong> {
    let head = size_of::<BlockHeader>();
    let most = pages.bytes().saturating_sub(head).checked_div(stride).unwrap_or(0).max(1);
    let each = most.saturating_mul(stride).max(1);
    let needed = rows.len().div_ceil(each);
    if needed != places.len() {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let (stated, found) = (count(places.len()), count(needed));
        return Err(Wrong::Differs { what: "blocks", stated, found });
    }
    let nexts = places.iter().skip(1).copied().chain([PhysAddr(0)]);
    for ((at, next), rows) in places.iter().zip(nexts).zip(rows.chunks(each)) {
        let count = rows.len().checked_div(stride).unwrap_or(0);
        let header = BlockHeader { next, count: u64::try_from(count).unwrap_or(u64::MAX) };
        let bytes = u64::try_from(pages.bytes()).unwrap_or(0);
        memory.touch(*at, bytes);
        memory.put(*at, header.as_bytes());
        memory.put(after(*at, head), rows);
    }
    Ok(())
}

/// The list of the pages of what `vmalloc` allocated, in chunks at these places.
pub fn vmalloc(memory: &mut Written, pages: Pages, chunks: &[PhysAddr], table: &[PhysAddr]) {
    let most = (pages.bytes() / 8).saturating_sub(1).max(1);
    let nexts = chunks.iter().skip(1).copied().chain([PhysAddr(0)]);
    let mut parts = table.chunks(most);
    for (at, next) in chunks.iter().zip(nexts) {
        memory.touch(*at, u64::try_from(pages.bytes()).unwrap_or(0));
        memory.put(*at, &next.0.to_le_bytes());
        for (n, page) in parts.next().unwrap_or_default().iter().enumerate() {
            memory.put(after(*at, n.saturating_add(1).saturating_mul(8)), &page.0.to_le_bytes());
        }
    }
}

/// The radix tree of `runs`, with its nodes at these places.
///
/// # Errors
/// A key for which no leaf was given.
pub fn radix(
    memory: &mut Written,
    pages: Pages,
    nodes: &[Node],
    runs: impl Iterator<Item = Run>,
) -> Result<(), Wrong> {
    let shape = Shape::of(pages);
    let mut leaves = BTreeMap::new();
    let places: BTreeMap<(u32, u64), PhysAddr> =
        nodes.iter().map(|node| ((node.level, node.prefix), node.at)).collect();
    for node in nodes {
        memory.touch(node.at, u64::try_from(pages.bytes()).unwrap_or(0));
        let parent = (node.level.saturating_add(1), node.prefix.wrapping_shr(shape.table));
        if let Some(parent) = places.get(&parent) {
            let slot = node.prefix & 1_u64.wrapping_shl(shape.table).wrapping_sub(1);
            let slot = usize::try_from(slot).unwrap_or(0).saturating_mul(8);
            memory.put(after(*parent, slot), &node.at.0.to_le_bytes());
        }
        if node.level == 0 {
            leaves.insert(node.prefix, (node.at, std::vec![0_u8; pages.bytes()]));
        }
    }
    for run in runs {
        let top = 1_u64.wrapping_shl(shape.width.wrapping_sub(1).wrapping_sub(run.first.order));
        let first = top | run.first.frame.wrapping_shr(run.first.order);
        for key in first..first.saturating_add(run.keys) {
            let leaf = leaves.get_mut(&key.wrapping_shr(shape.leaf));
            let (_, bits) = leaf.ok_or(Wrong::Count { stated: key, most: 0 })?;
            let bit = key & 1_u64.wrapping_shl(shape.leaf).wrapping_sub(1);
            if let Some(byte) = usize::try_from(bit / 8).ok().and_then(|at| bits.get_mut(at)) {
                *byte |= 1_u8.wrapping_shl(u32::try_from(bit % 8).unwrap_or(0));
            }
        }
    }
    for (at, bits) in leaves.values() {
        memory.put(*at, bits);
    }
    Ok(())
}

/// The list of bitmaps of `runs`, with its chunks and bitmaps at these places.
///
/// # Errors
/// A key for which no bitmap was given.
pub fn list(
    memory: &mut Written,
    pages: Pages,
    chunks: &[Chunk],
    runs: impl Iterator<Item = Run>,
) -> Result<(), Wrong> {
    let nexts = chunks.iter().skip(1).map(|chunk| chunk.at).chain([PhysAddr(0)]);
    let mut bitmaps: BTreeMap<(u32, u64), (PhysAddr, [u8; 512])> = BTreeMap::new();
    for (chunk, next) in chunks.iter().zip(nexts) {
        memory.touch(chunk.at, u64::try_from(pages.bytes()).unwrap_or(0));
        memory.put(chunk.at, &next.0.to_le_bytes());
        memory.put(after(chunk.at, 8), &chunk.order.to_le_bytes());
        let count = u32::try_from(chunk.bitmaps.len()).unwrap_or(u32::MAX);
        memory.put(after(chunk.at, 12), &count.to_le_bytes());
        for (n, Bitmap { start, at }) in chunk.bitmaps.iter().enumerate() {
            let place = n.saturating_add(1).saturating_mul(16);
            memory.put(after(chunk.at, place), &start.0.to_le_bytes());
            memory.put(after(chunk.at, place.saturating_add(8)), &at.0.to_le_bytes());
            let first = pages.frame(*start).checked_shr(chunk.order).unwrap_or(0);
            bitmaps.insert((chunk.order, first / 4096), (*at, [0; 512]));
        }
    }
    for run in runs {
        let first = run.first.frame.wrapping_shr(run.first.order);
        for number in first..first.saturating_add(run.keys) {
            let bitmap = bitmaps.get_mut(&(run.first.order, number / 4096));
            let (_, bits) = bitmap.ok_or(Wrong::Count { stated: number, most: 0 })?;
            let (byte, bit) = (number % 4096 / 8, number % 8);
            if let Some(byte) = usize::try_from(byte).ok().and_then(|at| bits.get_mut(at)) {
                *byte |= 1_u8.wrapping_shl(u32::try_from(bit).unwrap_or(0));
            }
        }
    }
    for (at, bits) in bitmaps.values() {
        memory.put(*at, bits);
    }
    Ok(())
}

/// The address `bytes` behind `at`.
pub(crate) fn after(at: PhysAddr, bytes: usize) -> PhysAddr {
    PhysAddr(at.0.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX)))
}
