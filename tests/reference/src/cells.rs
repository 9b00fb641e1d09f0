//! The encoding of layouts (§1.1, §1.2), in both directions.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are cut to the width of their field on purpose: two's complement"
)]

use super::shape::{Kind, Member, Range, Shape};

/// A layout as its head cell and its cells.
pub fn encode(shape: &Shape) -> Vec<u8> {
    let mut cells: Vec<[u8; 64]> = Vec::new();
    for member in &shape.members {
        cells.push(member_cell(member));
        cells.extend(member.ranges.iter().map(|range| range_cell(member, range)));
        if let Some(child) = &member.child {
            let mut cell = cell(&member.path, 3);
            text(&mut cell, 16, 48, child);
            cells.push(cell);
        }
    }
    for (path, name) in &shape.retired {
        let mut cell = cell(path, 4);
        text(&mut cell, 40, 24, name);
        cells.push(cell);
    }
    let mut head = [0; 64];
    text(&mut head, 0, 48, &shape.record);
    put(&mut head, 48, &shape.row.to_le_bytes());
    put(&mut head, 52, &(cells.len() as u16).to_le_bytes());
    let flags = u16::from(shape.critical) | u16::from(shape.required) << 1;
    put(&mut head, 54, &flags.to_le_bytes());
    put(&mut head, 56, &[1, shape.align]);
    let mut bytes = head.to_vec();
    bytes.extend(cells.concat());
    bytes
}

fn member_cell(member: &Member) -> [u8; 64] {
    let mut cell = cell(&member.path, 1);
    let number = Kind::ALL.iter().position(|kind| *kind == member.kind).map_or(0, |n| n + 1);
    put(&mut cell, 9, &[number as u8, member.bits]);
    put(&mut cell, 12, &member.bit.to_le_bytes());
    put(&mut cell, 16, &member.count.to_le_bytes());
    let flags = [
        member.default.is_some(),
        member.critical,
        member.key,
        member.legacy,
        member.sensitive,
        member.array,
    ];
    let flags = (0..).zip(flags).fold(0_u32, |sum, (n, flag)| sum | u32::from(flag) << n);
    put(&mut cell, 20, &flags.to_le_bytes());
    put(&mut cell, 24, &(member.default.unwrap_or(0) as u64).to_le_bytes());
    text(&mut cell, 32, 8, &member.unit);
    text(&mut cell, 40, 24, &member.name);
    cell
}

fn range_cell(member: &Member, range: &Range) -> [u8; 64] {
    let mut cell = cell(&member.path, 2);
    put(&mut cell, 24, &(range.low as u64).to_le_bytes());
    put(&mut cell, 32, &(range.high as u64).to_le_bytes());
    text(&mut cell, 40, 24, &range.name);
    cell
}

fn cell(path: &[u16], tag: u8) -> [u8; 64] {
    let mut cell = [0; 64];
    for (n, id) in path.iter().enumerate() {
        put(&mut cell, n * 2, &id.to_le_bytes());
    }
    cell[8] = tag;
    cell
}

fn put(cell: &mut [u8; 64], at: usize, bytes: &[u8]) {
    cell[at..at + bytes.len()].copy_from_slice(bytes);
}

fn text(cell: &mut [u8; 64], at: usize, room: usize, text: &str) {
    assert!(text.len() <= room, "{text} is too long for its field");
    put(cell, at, text.as_bytes());
}

/// The layout at the start of `bytes`, ranges and children attached to their members, and how many
/// bytes it took; `None` where the bytes are too few or say something that no shape can say. Whether
/// the shape keeps the [rules](super::rules) is another question.
pub fn decode(bytes: &[u8]) -> Option<(Shape, usize)> {
    let count = usize::from(u16::from_le_bytes(bytes.get(52..54)?.try_into().ok()?));
    let length = (count + 1) * 64;
    let cells = bytes.get(64..length)?;
    let flags = u16_at(bytes, 54);
    let mut shape = Shape {
        record: string(&bytes[..48]),
        row: u32_at(bytes, 48),
        align: bytes[57],
        critical: flags & 1 != 0,
        required: flags & 2 != 0,
        members: Vec::new(),
        retired: Vec::new(),
    };
    for cell in cells.chunks(64) {
        match cell[8] {
            1 => shape.members.push(member(cell)?),
            4 => shape.retired.push((path(cell), string(&cell[40..64]))),
            _ => {}
        }
    }
    for cell in cells.chunks(64) {
        let path = path(cell);
        let Some(member) = shape.members.iter_mut().find(|m| m.path == path) else { continue };
        match cell[8] {
            2 => member.ranges.push(Range {
                low: integer(member.kind, u64_at(cell, 24)),
                high: integer(member.kind, u64_at(cell, 32)),
                name: string(&cell[40..64]),
            }),
            3 => member.child = Some(string(&cell[16..64])),
            _ => {}
        }
    }
    says_it_all(&shape, &bytes[..length]).then_some((shape, length))
}

/// Whether encoding the shape again gives the same cells: then no byte was overlooked. What a reader
/// may skip (§5) is left out.
fn says_it_all(shape: &Shape, bytes: &[u8]) -> bool {
    let sorted = |bytes: &[u8]| {
        let mut cells: Vec<Vec<u8>> = bytes[64..].chunks(64).map(<[u8]>::to_vec).collect();
        cells.retain(|cell| cell[8] < 128);
        cells.iter_mut().filter(|cell| cell[8] == 1).for_each(|cell| cell[22..24].fill(0));
        cells.sort_unstable();
        cells
    };
    let again = encode(shape);
    let count = usize::from(u16_at(bytes, 52));
    count <= 512
        && bytes[..52] == again[..52]
        && bytes[54..64] == again[54..64]
        && sorted(bytes) == sorted(&again)
}

fn member(cell: &[u8]) -> Option<Member> {
    let kind = *Kind::ALL.get(usize::from(cell[9]).checked_sub(1)?)?;
    let flags = u32_at(cell, 20);
    let flag = |n: u32| flags >> n & 1 != 0;
    Some(Member {
        path: path(cell),
        name: string(&cell[40..64]),
        kind,
        bits: cell[10],
        bit: u32_at(cell, 12),
        count: u32_at(cell, 16),
        array: flag(5),
        default: flag(0).then(|| integer(kind, u64_at(cell, 24))),
        critical: flag(1),
        key: flag(2),
        legacy: flag(3),
        sensitive: flag(4),
        unit: string(&cell[32..40]),
        ranges: Vec::new(),
        child: None,
    })
}

fn integer(kind: Kind, extended: u64) -> i128 {
    match kind {
        Kind::Signed => i128::from(extended as i64),
        _ => i128::from(extended),
    }
}

fn path(cell: &[u8]) -> Vec<u16> {
    (0..4).map(|n| u16_at(cell, n * 2)).take_while(|id| *id != 0).collect()
}

fn string(field: &[u8]) -> String {
    let ascii = |byte: u8| if byte.is_ascii() { char::from(byte) } else { '?' };
    field.iter().take_while(|byte| **byte != 0).map(|byte| ascii(*byte)).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
