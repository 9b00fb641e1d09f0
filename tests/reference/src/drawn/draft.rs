//! Layouts whose members have no places yet.

use proptest::prelude::*;

use super::member::{member, settled};
use crate::{rules, Kind, Member, Path, Shape};

/// A member and the bits that are left free before it.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The member; its `bit` means nothing yet.
    pub member: Member,
    /// Bits before it that no member has.
    pub gap: u8,
}

/// A layout in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The record's name.
    pub record: String,
    /// log2 of the row's alignment.
    pub align: u8,
    /// Flags of the record: critical, required.
    pub flags: (bool, bool),
    /// The members, in the order of their bits.
    pub members: Vec<Placed>,
    /// Retired paths.
    pub retired: Vec<(Path, String)>,
}

/// A draft of one to six members, with the IDs from 1 on.
pub fn draft() -> impl Strategy<Value = Draft> {
    let members = (1..=6_u16).prop_flat_map(|n| (1..=n).map(member).collect::<Vec<_>>());
    (members, 0..=3_u8).prop_map(|(members, align)| Draft {
        record: "state".to_owned(),
        align,
        flags: (false, false),
        members,
        retired: Vec::new(),
    })
}

impl Draft {
    /// The draft that packs into `shape`, groups and all.
    pub fn of(shape: &Shape) -> Self {
        let mut members: Vec<&Member> = shape.members.iter().collect();
        members.retain(|member| member.kind != Kind::Group);
        members.sort_by_key(|member| member.bit);
        let mut free = 0;
        let placed = members.into_iter().map(|member| {
            let gap = u8::try_from(member.bit - free).unwrap_or(u8::MAX);
            free = member.bit + u32::from(member.bits) * member.count;
            Placed { member: member.clone(), gap }
        });
        Self {
            record: shape.record.clone(),
            align: u8::try_from(shape.align.trailing_zeros()).unwrap_or(0),
            flags: (shape.critical, shape.required),
            members: placed.collect(),
            retired: shape.retired.clone(),
        }
    }

    /// The layout: each member at the first place that it may have after its predecessor.
    ///
    /// # Panics
    /// When the result is no layout: then this packer is wrong.
    pub fn packed(&self) -> Shape {
        let mut members: Vec<Member> = Vec::new();
        let mut bit: u32 = 0;
        for placed in &self.members {
            let mut member = settled(placed.member.clone());
            if members.iter().any(|other| other.child.is_some() && other.child == member.child) {
                let own = member.path.iter().map(|id| format!("-{id}"));
                member.child = member.child.map(|child| own.fold(child, |name, id| name + &id));
            }
            bit += u32::from(placed.gap);
            if member.array || bit % 8 + u32::from(member.bits) > 64 {
                bit = bit.next_multiple_of(8);
            }
            member.bit = bit;
            bit += u32::from(member.bits) * member.count;
            for level in 1..member.path.len() {
                let outer = &member.path[..level];
                if !members.iter().any(|m| m.path == outer) {
                    members.push(group(outer));
                }
            }
            members.push(member);
        }
        let align = 1_u8 << self.align;
        let shape = Shape {
            record: self.record.clone(),
            row: bit.div_ceil(8).max(1).next_multiple_of(u32::from(align)),
            align,
            critical: self.flags.0,
            required: self.flags.1,
            members,
            retired: self.retired.clone(),
        };
        assert_eq!(rules::broken(&shape), None, "{shape:#?}");
        shape
    }
}

fn group(path: &[u16]) -> Member {
    Member { count: 0, ..Member::new(path, "group", Kind::Group, 0) }
}
