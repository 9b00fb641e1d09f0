//! The map of preserved memory, in both forms that Linux has had.
//!
//! - 6.16 to 7.0: a list of pages, each with up to 255 pairs of addresses: where a bitmap of 4096
//!   bits begins to count, and the bitmap. All of one page are of one order.
//! - Since 7.1: a radix tree over keys in which a leading one says the order. Inner nodes are pages
//!   of addresses, a leaf is a page of bits.

use std::vec::Vec;

use super::{rows, Pages, Walk, Wrong};
use crate::PhysAddr;

/// Bits of one bitmap of the list, and its bytes.
const LIST_BITS: u64 = 4096;
const LIST_BYTES: usize = 512;

/// Orders beyond this would be pages of more memory than there is.
const MOST_ORDER: u32 = 40;

/// Where the tree has its nodes: part of what a reader needs to see it written again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// Where the node is.
    pub at: PhysAddr,
    /// Its height above the leaves: 0 for a leaf.
    pub level: u32,
    /// The keys below it begin with these bits: the key of the first one, shifted right by what the
    /// levels from this one down cover.
    pub prefix: u64,
}

/// Reads the radix tree whose root is at `root` into the walk, and returns its nodes.
pub fn radix(walk: &mut Walk<'_>, root: PhysAddr) -> Vec<Node> {
    let shape = Shape::of(walk.pages);
    let mut nodes = Vec::new();
    let mut waiting = std::vec![Node { at: root, level: shape.depth.saturating_sub(1), prefix: 0 }];
    while let Some(node) = waiting.pop() {
        let part = if node.level == 0 { "radix tree, leaf" } else { "radix tree, node" };
        let Some(page) = walk.page(node.at, part) else { continue };
        nodes.push(node);
        let words = rows::words(&page);
        if node.level == 0 {
            let words: Vec<u64> = words.collect();
            leaf(walk, shape, node, &words);
            continue;
        }
        let children = (0_u64..).zip(words).filter(|(_, address)| *address != 0);
        let mut below: Vec<Node> = children
            .map(|(slot, address)| Node {
                at: PhysAddr(address),
                level: node.level.saturating_sub(1),
                prefix: node.prefix.wrapping_shl(shape.table) | slot,
            })
            .collect();
        below.reverse();
        waiting.append(&mut below);
    }
    nodes
}

/// How the tree divides a key, which follows from the size of a page.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Levels, leaves included.
    pub depth: u32,
    /// Bits of a key that one inner node decides.
    pub table: u32,
    /// Bits of a key that a leaf decides.
    pub leaf: u32,
    /// Bits of a key; the highest is the order's one for order 0.
    pub width: u32,
}

impl Shape {
    /// For pages of this size.
    pub fn of(pages: Pages) -> Self {
        let shift = pages.shift();
        let (table, leaf) = (shift.saturating_sub(3), shift.saturating_add(3));
        let width = 65_u32.saturating_sub(shift);
        let inner = width.saturating_sub(leaf).div_ceil(table.max(1));
        Self { depth: inner.saturating_add(1), table, leaf, width }
    }
}

fn leaf(walk: &mut Walk<'_>, shape: Shape, node: Node, words: &[u64]) {
    let Some(top) = node.prefix.checked_ilog2() else {
        // The lowest keys have their order's bit within the leaf: orders of petabytes.
        if words.iter().any(|word| *word != 0) {
            walk.faults.note(node.at, "radix tree, leaf", Wrong::Reserved(u64::MAX));
        }
        return;
    };
    // Key = 1 followed by the number of the page among those of its order.
    let key_bit = top.saturating_add(shape.leaf);
    let order = shape.width.checked_sub(key_bit.saturating_add(1));
    let Some(order) = order.filter(|order| *order <= MOST_ORDER) else {
        walk.faults.note(node.at, "radix tree, leaf", Wrong::Reserved(node.prefix));
        return;
    };
    let number = node.prefix ^ 1_u64.wrapping_shl(top);
    if walk.preserved.insert(order, number.wrapping_shl(shape.leaf), words) {
        walk.faults.note(node.at, "radix tree, leaf", Wrong::Overlap);
    }
}

/// A page of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chunk {
    /// Where it is.
    pub at: PhysAddr,
    /// The order of all its keys.
    pub order: u32,
    /// Its bitmaps.
    pub bitmaps: Vec<Bitmap>,
}

/// A bitmap of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bitmap {
    /// What its first bit stands for.
    pub start: PhysAddr,
    /// Where it is.
    pub at: PhysAddr,
}

/// Reads the list that begins at `first` into the walk, and returns its pages.
pub fn list(walk: &mut Walk<'_>, first: PhysAddr) -> Vec<Chunk> {
    let most = u64::try_from(walk.pages.bytes().saturating_sub(16) / 16).unwrap_or(0);
    let (mut at, mut seen) = (first, Vec::new());
    while at.0 != 0 {
        let Some(page) = walk.page(at, "list of preserved memory") else { break };
        let (head, elements) = page.split_at_checked(16).unwrap_or_default();
        let word = |bytes: &[u8], at: usize| {
            let bytes = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>());
            bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let (next, counts) = (word(head, 0), word(head, 8));
        let (order, stated) = (counts & 0xffff_ffff, counts.wrapping_shr(32));
        let order = u32::try_from(order).unwrap_or(u32::MAX);
        if stated > most || order > MOST_ORDER {
            walk.faults.note(at, "list of preserved memory", Wrong::Count { stated, most });
        } else {
            let used = usize::try_from(stated).unwrap_or(0);
            let elements = elements.chunks_exact(16).take(used);
            let bitmaps: Vec<Bitmap> = elements
                .map(|e| Bitmap { start: PhysAddr(word(e, 0)), at: PhysAddr(word(e, 8)) })
                .collect();
            for Bitmap { start, at } in &bitmaps {
                bitmap(walk, order, *start, *at);
            }
            seen.push(Chunk { at, order, bitmaps });
        }
        at = PhysAddr(next);
    }
    seen
}

/// Adds one bitmap of the list.
fn bitmap(walk: &mut Walk<'_>, order: u32, start: PhysAddr, at: PhysAddr) {
    let part = "bitmap of preserved memory";
    let mut bits = [0; LIST_BYTES];
    let read = walk.visit_bitmap(at).and_then(|()| Ok(walk.memory.read(at, &mut bits)?));
    if let Err(wrong) = read {
        walk.faults.note(at, part, wrong);
        return;
    }
    let first = walk.pages.frame(start).checked_shr(order).unwrap_or(0);
    let aligned = first.checked_shl(order).and_then(|frame| walk.pages.at(frame)) == Some(start);
    if !aligned || first % LIST_BITS != 0 {
        walk.faults.note(start, part, Wrong::Misaligned);
        return;
    }
    let words: Vec<u64> = rows::words(&bits).collect();
    if walk.preserved.insert(order, first, &words) {
        walk.faults.note(at, part, Wrong::Overlap);
    }
}
