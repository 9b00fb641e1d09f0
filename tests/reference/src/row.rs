//! Rows: values by member, and the same as bits (§1.3, §2.4).

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are taken apart into bits on purpose"
)]

use std::collections::BTreeMap;

use super::shape::{Kind, Member, Path, Shape};

/// The elements of each member that a row holds.
pub type Row = BTreeMap<Path, Vec<i128>>;

/// The row's bytes: bits that no member holds are zero.
pub fn encode(shape: &Shape, row: &Row) -> Vec<u8> {
    let mut bytes = vec![0; shape.row as usize];
    for member in shape.held() {
        for (place, value) in places(member).zip(&row[&member.path]) {
            for n in 0..u32::from(member.bits) {
                let bit = (*value >> n & 1) as u8;
                bytes[(place + n) as usize / 8] |= bit << ((place + n) % 8);
            }
        }
    }
    bytes
}

/// What the bytes of a row say of each of `members`.
pub fn decode<'a>(members: impl Iterator<Item = &'a Member>, bytes: &[u8]) -> Row {
    let bit = |at: u32| i128::from(bytes[at as usize / 8] >> (at % 8) & 1);
    let element = |member: &Member, place: u32| {
        let width = u32::from(member.bits);
        let number: i128 = (0..width).map(|n| bit(place + n) << n).sum();
        match member.kind {
            Kind::Signed if bit(place + width - 1) == 1 => number - (1 << width),
            _ => number,
        }
    };
    let elements = |m: &Member| places(m).map(|place| element(m, place)).collect();
    members.map(|member| (member.path.clone(), elements(member))).collect()
}

/// Where each element of a member begins.
fn places(member: &Member) -> impl Iterator<Item = u32> + '_ {
    (0..member.count).map(|n| member.bit + n * u32::from(member.bits))
}

/// Whether every element is one of its member's values.
pub fn is_sound(shape: &Shape, row: &Row) -> bool {
    shape.held().all(|member| {
        let values = member.values();
        row[&member.path].iter().all(|value| values.has(*value))
    })
}

/// The bits of a row, by byte, that some member holds.
pub fn held_bits(shape: &Shape, members: impl Fn(&Member) -> bool) -> Vec<u8> {
    let mut mask = vec![0; shape.row as usize];
    for member in shape.members.iter().filter(|m| m.kind != Kind::Group && members(m)) {
        for place in places(member) {
            for bit in place..place + u32::from(member.bits) {
                mask[bit as usize / 8] |= 1 << (bit % 8);
            }
        }
    }
    mask
}
