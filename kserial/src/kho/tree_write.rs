//! Writing device trees as libfdt leaves them in a kernel, byte for byte.
//!
//! Nothing here is more than the format asks for, except for what libfdt's history led to, and the
//! caller states: the order of the strings, and where the map of reserved memory is.

use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use super::tree::MAGIC;

/// A node. The names of its properties are constants of the kernel's, or made up (`N`).
#[derive(Clone, Debug, Default)]
pub struct TreeNode<N = &'static str> {
    /// Its name; empty for the root.
    pub name: String,
    /// Its properties, in order.
    pub properties: Vec<(N, Vec<u8>)>,
    /// The nodes below it, in order.
    pub children: Vec<Self>,
}

const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const END: u32 = 9;
/// An empty map of reserved memory.
const RESERVED: usize = 16;

/// What was last done to a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    /// It was written front to back and finished: the map of reserved memory begins at a multiple of
    /// its own entries' 16 bytes.
    Finished,
    /// It was packed: the map follows the header.
    Packed,
}

impl Left {
    /// Where the map of reserved memory is.
    fn reserved_at(self) -> usize {
        match self {
            Self::Finished => 48,
            Self::Packed => 40,
        }
    }
}

/// The device tree of `root`, with the names of its properties in this order; names that are not
/// among them follow as they come.
pub fn write<N: AsRef<str>>(root: &TreeNode<N>, names: &[&str], left: Left) -> Vec<u8> {
    let mut strings = Strings::default();
    for name in names {
        strings.place(name);
    }
    let mut structure = Vec::new();
    put_node(root, &mut structure, &mut strings);
    structure.extend(END.to_be_bytes());
    let reserved_at = left.reserved_at();
    let struct_at = reserved_at.saturating_add(RESERVED);
    let strings_at = struct_at.saturating_add(structure.len());
    let total = strings_at.saturating_add(strings.bytes.len());
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes();
    let mut tree = Vec::with_capacity(total);
    tree.extend(MAGIC);
    for value in [total, struct_at, strings_at, reserved_at, 17, 16, 0] {
        tree.extend(number(value));
    }
    tree.extend(number(strings.bytes.len()));
    tree.extend(number(structure.len()));
    tree.resize(struct_at, 0);
    tree.append(&mut structure);
    tree.append(&mut strings.bytes);
    tree
}

#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    places: BTreeMap<String, usize>,
}

impl Strings {
    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.bytes.len();
        self.bytes.extend(name.as_bytes());
        self.bytes.push(0);
        self.places.insert(String::from(name), place);
        place
    }
}

/// What is still to be written.
enum Step<'a, N> {
    Node(&'a TreeNode<N>),
    End,
}

fn put_node<N: AsRef<str>>(root: &TreeNode<N>, structure: &mut Vec<u8>, strings: &mut Strings) {
    let mut steps = std::vec![Step::Node(root)];
    while let Some(step) = steps.pop() {
        let Step::Node(node) = step else {
            structure.extend(END_NODE.to_be_bytes());
            continue;
        };
        structure.extend(BEGIN_NODE.to_be_bytes());
        structure.extend(node.name.as_bytes());
        structure.push(0);
        pad(structure);
        for (name, value) in &node.properties {
            structure.extend(PROP.to_be_bytes());
            structure.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
            let place = strings.place(name.as_ref());
            structure.extend(u32::try_from(place).unwrap_or(u32::MAX).to_be_bytes());
            structure.extend(value);
            pad(structure);
        }
        steps.push(Step::End);
        steps.extend(node.children.iter().rev().map(Step::Node));
    }
}

fn pad(structure: &mut Vec<u8>) {
    structure.resize(structure.len().next_multiple_of(4), 0);
}
