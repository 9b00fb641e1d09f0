//! BTF, one record after the other.

pub(crate) const INT: u32 = 1;
pub(crate) const PTR: u32 = 2;
pub(crate) const ARRAY: u32 = 3;
pub(crate) const STRUCT: u32 = 4;
pub(crate) const UNION: u32 = 5;
pub(crate) const ENUM: u32 = 6;
pub(crate) const FWD: u32 = 7;
pub(crate) const TYPEDEF: u32 = 8;
pub(crate) const CONST: u32 = 10;
pub(crate) const FLOAT: u32 = 16;
pub(crate) const DECL_TAG: u32 = 17;
pub(crate) const TYPE_TAG: u32 = 18;

/// The flag in the info word.
pub(crate) const FLAG: u32 = 1 << 31;

/// BTF in the making.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made {
    pub(crate) types: Vec<u32>,
    pub(crate) strings: Vec<u8>,
    /// Where the numbers and strings of a base end.
    pub(crate) base: Option<(u32, u32)>,
    pub(crate) count: u32,
}

impl Made {
    pub(crate) fn new() -> Self {
        Made { strings: vec![0], ..Made::default() }
    }

    /// BTF that continues another.
    pub(crate) fn split(base: &Made) -> Self {
        Made { base: Some((base.next(), base.strings.len() as u32)), ..Made::default() }
    }

    /// The number of the next type.
    pub(crate) fn next(&self) -> u32 {
        self.base.map_or(1, |(id, _)| id) + self.count
    }

    pub(crate) fn name(&mut self, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        let at = self.base.map_or(0, |(_, string)| string) + self.strings.len() as u32;
        self.strings.extend(name.as_bytes());
        self.strings.push(0);
        at
    }

    /// A record: name, kind and flag, count, size or type, and what follows.
    pub(crate) fn push(
        &mut self,
        name: &str,
        kind: u32,
        count: u32,
        size: u32,
        tail: &[u32],
    ) -> u32 {
        let name = self.name(name);
        let (flag, kind) = (kind & FLAG, kind & !FLAG);
        self.types.extend([name, flag | (kind << 24) | count, size]);
        self.types.extend(tail);
        self.count += 1;
        self.next() - 1
    }

    pub(crate) fn int(&mut self, name: &str, size: u32, encoding: u32) -> u32 {
        self.push(name, INT, 0, size, &[(encoding << 24) | (size * 8)])
    }

    /// A struct (or another kind) of members: name, type, and the word of its place.
    pub(crate) fn composite(
        &mut self,
        kind: u32,
        name: &str,
        size: u32,
        members: &[(&str, u32, u32)],
    ) -> u32 {
        let mut tail = Vec::new();
        for &(name, ty, place) in members {
            tail.extend([self.name(name), ty, place]);
        }
        self.push(name, kind, members.len() as u32, size, &tail)
    }

    /// The header of old.
    pub(crate) fn old(&self) -> Vec<u8> {
        self.bytes(None, false)
    }

    /// The header of Linux 7.2, with layouts: length of what follows once, and per element.
    pub(crate) fn new_header(&self, layouts: &[(u8, u8)]) -> Vec<u8> {
        self.bytes(Some(layouts), false)
    }

    pub(crate) fn bytes(&self, layouts: Option<&[(u8, u8)]>, big_endian: bool) -> Vec<u8> {
        let word = |word: u32| if big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
        let magic: u16 = 0xeb9f;
        let mut out = if big_endian { magic.to_be_bytes() } else { magic.to_le_bytes() }.to_vec();
        out.extend([1, 0]);
        let types = self.types.len() as u32 * 4;
        let layout_len = layouts.map_or(0, |layouts| layouts.len() as u32 * 4);
        let len = if layouts.is_some() { 32 } else { 24 };
        let strings = self.strings.len() as u32;
        out.extend([len, 0, types, types + layout_len, strings].into_iter().flat_map(word));
        if layouts.is_some() {
            out.extend([types, layout_len].into_iter().flat_map(word));
        }
        out.extend(self.types.iter().copied().flat_map(word));
        for &(once, each) in layouts.unwrap_or_default() {
            out.extend([once, each, 0, 0]);
        }
        out.extend(&self.strings);
        out
    }
}

/// The layouts of the nineteen kinds, as Linux 7.2 writes them, and of kind 0 before them.
pub(crate) const LAYOUTS: [(u8, u8); 20] = [
    (0, 0),
    (4, 0),
    (0, 0),
    (12, 0),
    (0, 12),
    (0, 12),
    (0, 8),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 0),
    (0, 8),
    (4, 0),
    (0, 12),
    (0, 0),
    (4, 0),
    (0, 0),
    (0, 12),
];
