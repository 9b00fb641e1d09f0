//! Which cells are a layout: `kserial` takes what the page allows, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::{Layout, LayoutFault};
use kserial_reference::drawn::{cases, draft};
use kserial_reference::{cells, rules, Kind, Member, Range, Shape};
use proptest::prelude::*;
use proptest::sample::{select, Index};

/// A byte of a layout overwritten: anywhere, but most often where a field begins, by a value that
/// means something somewhere.
fn forgery() -> impl Strategy<Value = (Index, usize, u8)> {
    let fields = select(vec![0_usize, 2, 8, 9, 10, 12, 16, 20, 22, 24, 32, 40, 41, 48, 52, 54, 57]);
    let at = prop_oneof![3 => fields, 1 => 0..64_usize];
    let value = prop_oneof![
        3 => select(vec![0_u8, 1, 2, 3, 4, 5, 8, 9, 10, 11, 16, 32, 33, 64, 65, 127, 128, 255]),
        1 => any::<u8>(),
    ];
    (any::<Index>(), at, value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(500), ..ProptestConfig::default() })]

    #[test]
    fn what_is_a_layout_is_one_for_both(
        draft in draft(),
        forgeries in prop::collection::vec(forgery(), 0..4),
    ) {
        let mut bytes = cells::encode(&draft.packed());
        let cells = bytes.len() / 64;
        for (cell, at, value) in forgeries {
            bytes[cell.index(cells) * 64 + at] = value;
        }
        let right = cells::decode(&bytes).filter(|(shape, _)| rules::broken(shape).is_none());
        let found = Layout::read(&bytes);
        prop_assert_eq!(found.is_ok(), right.is_some(), "{:?}", found.err());
    }
}

fn member(id: u16, kind: Kind, bits: u8, bit: u32) -> Member {
    Member { bit, ..Member::new(&[id], format!("m{id}"), kind, bits) }
}

fn range(low: i128, high: i128, name: &str) -> Range {
    Range { low, high, name: name.to_owned() }
}

/// A mistake: what it does to a good layout.
type Mistake = fn(&mut Shape);

#[test]
fn every_rule_of_the_page_is_kept() {
    let good = Shape {
        record: "good".to_owned(),
        row: 16,
        align: 8,
        critical: false,
        required: false,
        members: vec![
            member(1, Kind::Unsigned, 12, 0),
            Member { ranges: vec![range(0, 0, "off")], ..member(2, Kind::ClosedEnum, 4, 12) },
            Member { child: Some("child".to_owned()), ..member(3, Kind::End, 32, 32) },
            Member { count: 8, array: true, ..member(4, Kind::Bytes, 8, 64) },
        ],
        retired: vec![(vec![9], String::new())],
    };
    assert_eq!(rules::broken(&good), None);
    let mistakes: [(u8, Mistake); 20] = [
        (0, |s| s.row = 0),
        (0, |s| s.row = 20),
        (0, |s| s.row = 65536 + 8),
        (0, |s| s.align = 3),
        (0, |s| s.record.clear()),
        (0, |s| s.members[0].name = "two words".to_owned()),
        (1, |s| s.members[1].path = vec![1]),
        (1, |s| s.retired[0].0 = vec![1]),
        (1, |s| s.retired.push((vec![9], String::new()))),
        (2, |s| s.members[1].path = vec![1, 2]),
        (4, |s| s.members[0].bits = 65),
        (4, |s| s.members[0].count = 2),
        (4, |s| s.members[3].bit = 60),
        (5, |s| s.members[3].array = false),
        (6, |s| s.members[3].count = 9),
        (6, |s| s.members[1].bit = 11),
        (7, |s| s.members[1].default = Some(1)),
        (8, |s| s.members[0].ranges.push(range(4, 4096, ""))),
        (8, |s| s.members[1].ranges.push(range(2, 3, "two"))),
        (9, |s| s.members[0].child = Some("child".to_owned())),
    ];
    for (n, (rule, mistake)) in mistakes.into_iter().enumerate() {
        let mut shape = good.clone();
        mistake(&mut shape);
        // The reference cannot be asked which rule is broken first: one mistake may break two.
        assert!(rules::broken(&shape).is_some(), "mistake {n} against rule {rule}");
        let bytes = cells::encode(&shape);
        assert!(Layout::read(&bytes).is_err(), "mistake {n} against rule {rule}");
    }
}

/// A row of eight bytes with these members.
fn short(members: Vec<Member>) -> Shape {
    Shape {
        record: "short".to_owned(),
        row: 8,
        align: 8,
        critical: false,
        required: false,
        members,
        retired: Vec::new(),
    }
}

#[test]
fn a_layout_that_ends_early_is_none() {
    let bytes = cells::encode(&short(vec![member(1, Kind::Unsigned, 64, 0)]));
    for length in 0..bytes.len() {
        let error = Layout::read(&bytes[..length]).unwrap_err();
        assert_eq!((error.cell, error.fault), (0, LayoutFault::Truncated), "{length} bytes");
    }
}

#[test]
fn a_path_has_an_id_at_every_level_down_to_the_last() {
    let nested = |path: [u16; 4]| {
        // What holds the last member is a group at every level above it.
        let ids: Vec<u16> = path.iter().copied().take_while(|id| *id != 0).collect();
        let group =
            |depth| Member { count: 0, ..Member::new(&ids[..depth], "group", Kind::Group, 0) };
        let mut members: Vec<Member> = (1..ids.len()).map(group).collect();
        members.push(Member::new(&ids, "last", Kind::Unsigned, 8));
        let mut bytes = cells::encode(&short(members));
        let last = bytes.len() - 64;
        for (place, id) in bytes[last..].chunks_exact_mut(2).zip(path) {
            place.copy_from_slice(&id.to_le_bytes());
        }
        Layout::read(&bytes).map(drop).map_err(|error| error.fault)
    };
    for path in [[1, 0, 0, 0], [1, 2, 0, 0], [1, 2, 3, 0], [1, 2, 3, 4]] {
        assert_eq!(nested(path), Ok(()), "{path:?}");
    }
    for path in [[0, 0, 0, 1], [0, 2, 0, 0], [1, 0, 3, 0], [1, 0, 0, 4], [1, 2, 0, 4], [1, 0, 3, 4]]
    {
        assert_eq!(nested(path), Err(LayoutFault::Path), "{path:?}");
    }
}
