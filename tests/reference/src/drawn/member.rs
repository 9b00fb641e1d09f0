//! Members: of every kind, of widths and values where mistakes live.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::draft::Placed;
use crate::{Kind, Member, Range, Set};

/// A member with the ID `id`, of any kind that has bits.
pub fn member(id: u16) -> impl Strategy<Value = Placed> {
    let kinds = vec![
        (6, Kind::Unsigned),
        (5, Kind::Signed),
        (2, Kind::Bool),
        (1, Kind::Bytes),
        (1, Kind::Text),
        (2, Kind::OpenEnum),
        (3, Kind::ClosedEnum),
        (1, Kind::Physical),
        (2, Kind::End),
    ];
    let kind = prop::strategy::Union::new_weighted(
        kinds.into_iter().map(|(weight, kind)| (weight, Just(kind))).collect(),
    );
    let bits = prop_oneof![1..=9_u8, select(vec![8_u8, 16, 32, 64]), 1..=64_u8];
    let rarely = || prop::bool::weighted(0.15);
    (
        (kind, bits, rarely(), 1..=4_u32),
        prop::option::weighted(0.6, any::<u16>()),
        (prop::bool::weighted(0.4), rarely(), prop::bool::weighted(0.1), rarely()),
        prop::collection::vec((any::<u16>(), any::<u16>()), 0..3),
        select(vec!["", "", "", "bytes"]),
        select(vec!["folio", "page"]),
        select(vec![&[][..], &[], &[], &[100], &[100, 50], &[101]]),
        select(vec![0_u8, 0, 0, 3, 8]),
    )
        .prop_map(move |(form, default, flags, ranges, unit, child, outer, gap)| {
            let (kind, bits, array, count) = form;
            let (critical, key, legacy, sensitive) = flags;
            let mut member = Member {
                path: [outer, &[id]].concat(),
                name: format!("m{id}"),
                kind,
                bits,
                bit: 0,
                count,
                array,
                default: None,
                critical,
                key,
                legacy,
                sensitive,
                unit: unit.to_owned(),
                ranges: Vec::new(),
                child: Some(child.to_owned()),
            };
            member.ranges = ranges_of(&member, &ranges);
            member.default = default.map(|seed| point(&member.values(), seed));
            Placed { member: settled(member), gap }
        })
}

/// Intervals of the member's width, or values of its enum, from seeds.
pub(super) fn ranges_of(member: &Member, seeds: &[(u16, u16)]) -> Vec<Range> {
    let width = member.width();
    let range = |(a, b): &(u16, u16)| {
        let (a, b) = (point(&width, *a), point(&width, *b));
        let (low, high) = if member.kind.is_enum() { (a, a) } else { (a.min(b), a.max(b)) };
        let name = if member.kind.is_enum() { format!("n{low}") } else { String::new() };
        Range { low, high, name }
    };
    seeds.iter().map(range).collect()
}

/// A value of the set, most often near one of its ends or near 0.
pub(super) fn point(set: &Set, seed: u16) -> i128 {
    let intervals = set.intervals();
    let Some((low, high)) = intervals.get(usize::from(seed >> 8) % intervals.len().max(1)) else {
        return 0;
    };
    let offset = i128::from(seed >> 2 & 7);
    match seed & 3 {
        0 => low + offset,
        1 => high - offset,
        2 => offset - 3,
        _ => low + (high - low) / 8 * offset,
    }
    .clamp(*low, *high)
}

/// The member with everything corrected that its kind and width do not allow.
pub fn settled(mut member: Member) -> Member {
    let bytes = matches!(member.kind, Kind::Bytes | Kind::Text);
    member.array = (member.array || bytes) && member.kind != Kind::End;
    member.bits = member.bits.clamp(1, 64);
    if bytes {
        member.bits = 8;
    } else if member.array {
        member.bits = member.bits.div_ceil(8).next_power_of_two().min(8) * 8;
    }
    if !member.array {
        member.count = 1;
    }
    member.child = member.child.filter(|_| member.kind == Kind::End);
    let (width, kind) = (member.width(), member.kind);
    member.ranges.retain_mut(|range| {
        if kind.is_enum() {
            range.high = range.low;
            if range.name.is_empty() {
                range.name = format!("n{}", range.low);
            }
        } else {
            range.name.clear();
        }
        kind.has_intervals() && width.has(range.low) && width.has(range.high)
    });
    if kind.is_enum() {
        let mut named = BTreeMap::new();
        member.ranges.retain(|r| *named.entry(r.name.clone()).or_insert(r.low) == r.low);
    }
    if kind == Kind::ClosedEnum && member.ranges.is_empty() {
        member.ranges.push(Range { low: 0, high: 0, name: "n0".to_owned() });
    }
    let values = member.values();
    member.default = member.default.filter(|_| kind != Kind::End).map(|default| {
        let nearest = |value: &i128| (value - default).abs();
        if values.has(default) {
            default
        } else {
            values.edges().into_iter().min_by_key(nearest).unwrap_or(0)
        }
    });
    if kind == Kind::Text {
        member.default = member.default.map(|_| 0);
    }
    member.legacy &= member.default.is_some() && !member.key;
    member
}
