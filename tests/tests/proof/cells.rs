//! Cells changed field by field: `kserial` takes what the page allows, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::Layout;
use kserial_reference::{cells, rules, Kind, Member, Range, Shape};

/// How many of the layouts judged were taken, and how many refused.
#[derive(Debug, Default)]
struct Judged {
    taken: u32,
    refused: u32,
}

impl Judged {
    /// Both must judge the cells alike.
    fn also(&mut self, bytes: &[u8], what: impl Fn() -> String) {
        let right = cells::decode(bytes).is_some_and(|(shape, _)| rules::broken(&shape).is_none());
        let found = Layout::read(bytes);
        assert_eq!(found.is_ok(), right, "{}: {:?}", what(), found.err());
        *(if right { &mut self.taken } else { &mut self.refused }) += 1;
    }
}

fn range(low: i128, high: i128, name: &str) -> Range {
    Range { low, high, name: name.to_owned() }
}

fn shape(row: u32, members: Vec<Member>) -> Shape {
    let (record, retired) = ("seed".to_owned(), Vec::new());
    Shape { record, row, align: 8, critical: true, required: false, members, retired }
}

/// A layout with every kind of member and of cell.
fn seed() -> Shape {
    let at = |path: &[u16], name: &str, kind, bits, bit| Member {
        bit,
        ..Member::new(path, name, kind, bits)
    };
    let some = |count, member| Member { count, array: true, ..member };
    let state = [range(0, 0, "off"), range(1, 1, "on"), range(1, 1, "busy")];
    let members = vec![
        Member { count: 0, ..at(&[1], "word", Kind::Group, 0, 0) },
        Member {
            ranges: vec![range(3, 9, ""), range(1, 4095, "some")],
            ..at(&[1, 1], "order", Kind::Unsigned, 12, 0)
        },
        Member { ranges: state.to_vec(), ..at(&[1, 2], "state", Kind::ClosedEnum, 4, 12) },
        Member {
            default: Some(-1),
            ranges: vec![range(-9, 7, "")],
            ..some(3, at(&[2], "lanes", Kind::Signed, 16, 16))
        },
        at(&[3], "dirty", Kind::Bool, 1, 64),
        Member { default: Some(5), ..some(4, at(&[4], "secret", Kind::Bytes, 8, 72)) },
        Member { sensitive: true, ..some(3, at(&[5], "name", Kind::Text, 8, 104)) },
        Member { ranges: state.to_vec(), ..at(&[6], "mode", Kind::OpenEnum, 16, 128) },
        Member { key: true, unit: "bytes".to_owned(), ..at(&[7], "at", Kind::Physical, 64, 192) },
        Member { child: Some("child".to_owned()), ..at(&[8], "mark", Kind::End, 32, 256) },
        Member { default: Some(0), legacy: true, ..at(&[9], "old", Kind::Unsigned, 32, 288) },
        Member { critical: true, ..at(&[10], "odd", Kind::Unsigned, 57, 327) },
    ];
    let retired = vec![(vec![20], String::new()), (vec![1, 9], "gone".to_owned())];
    Shape { retired, ..shape(48, members) }
}

#[test]
fn every_byte_of_every_cell_counts() {
    let good = cells::encode(&seed());
    let mut judged = Judged::default();
    judged.also(&good, || "nothing".to_owned());
    assert_eq!(judged.taken, 1);
    for at in 0..good.len() {
        let now = good[at];
        let bits = (0..8).map(|bit| now ^ 1 << bit);
        let numbers = [0, 1, 2, 3, 4, 8, 10, 11, 63, 64, 65, 127, 128, 255];
        for byte in bits.chain([now.wrapping_sub(1), now.wrapping_add(1)]).chain(numbers) {
            let mut bytes = good.clone();
            bytes[at] = byte;
            judged.also(&bytes, || format!("byte {} of cell {} as {byte}", at % 64, at / 64));
        }
    }
    assert!(judged.taken > 1000 && judged.refused > 10_000, "{judged:?}");
}

#[test]
fn cells_come_as_often_as_they_may() {
    let good = cells::encode(&seed());
    let count = good.len() / 64;
    let cell = |n: usize| &good[n * 64..][..64];
    let with = |cells: &[&[u8]]| {
        let mut bytes = [&good[..64], &cells.concat()].concat();
        bytes[52..54].copy_from_slice(&u16::try_from(cells.len()).unwrap().to_le_bytes());
        bytes
    };
    let all: Vec<&[u8]> = (1..count).map(cell).collect();
    let mut judged = Judged::default();
    for n in 0..all.len() {
        let without = [&all[..n], &all[n + 1..]].concat();
        judged.also(&with(&without), || format!("without cell {n}"));
        for place in 0..=all.len() {
            let again = [&all[..place], &[all[n]], &all[place..]].concat();
            judged.also(&with(&again), || format!("cell {n} again as cell {place}"));
            for tag in [127, 128, 255] {
                let mut skipped = all[n].to_vec();
                skipped[8] = tag;
                let more = [&all[..place], &[skipped.as_slice()], &all[place..]].concat();
                judged.also(&with(&more), || format!("cell {n} with tag {tag} as cell {place}"));
            }
        }
    }
    assert!(judged.taken > 500 && judged.refused > 500, "{judged:?}");

    // Each retires another path.
    let many: Vec<[u8; 64]> = (0..513_u16)
        .map(|n| {
            let mut cell = [0; 64];
            cell[..2].copy_from_slice(&(n + 100).to_le_bytes());
            cell[8] = 4;
            cell
        })
        .collect();
    let many: Vec<&[u8]> = many.iter().map(<[u8; 64]>::as_slice).collect();
    assert!(Layout::read(&with(&many[..512])).is_ok());
    assert!(Layout::read(&with(&many)).is_err());
}

#[test]
fn a_record_counts_the_rows_of_others_and_of_each_once() {
    let mark = |id: u16, child: &str| Member {
        bit: u32::from(id) * 64,
        child: Some(child.to_owned()),
        ..Member::new(&[id], "mark", Kind::End, 64)
    };
    let mut judged = Judged::default();
    for (one, other) in [("a", "b"), ("a", "a"), ("seed", "b"), ("a", "seed"), ("seed", "seed")] {
        let bytes = cells::encode(&shape(64, vec![mark(1, one), mark(2, other)]));
        judged.also(&bytes, || format!("{one} and {other}"));
    }
    assert_eq!((judged.taken, judged.refused), (1, 4));
}

#[test]
fn a_text_may_fill_its_field_but_a_records_name_ends() {
    let text = |length: usize| "x".repeat(length);
    let mut judged = Judged::default();
    for length in [0, 1, 7, 8, 23, 24, 46, 47, 48] {
        let fits = |most: usize| text(length.min(most));
        let mark = Member::new(&[1], fits(24), Kind::End, 64);
        let mark = Member { child: Some(text(length)), ..mark };
        let one = Member::new(&[2], fits(24), Kind::Unsigned, 64);
        let ranges = vec![range(0, 1, &fits(24))];
        let one = Member { bit: 64, unit: fits(8), ranges, ..one };
        let members = shape(16, vec![mark.clone(), one.clone()]);
        let retired = Shape { retired: vec![(vec![3], fits(24))], ..shape(8, Vec::new()) };
        let record = Shape { record: text(length), ..shape(8, Vec::new()) };
        for shape in [members, shape(16, vec![one]), retired, record] {
            judged.also(&cells::encode(&shape), || format!("{shape:?}"));
        }
    }
    // No name, or no NUL behind a record's.
    assert_eq!((judged.taken, judged.refused), (31, 5));
}

#[test]
fn a_row_has_a_length_and_an_alignment() {
    let mut judged = Judged::default();
    for row in [0, 1, 2, 8, 63, 64, 65, 96, 128, 65472, 65535, 65536, 65537, 65600, 131_072] {
        for align in [0, 1, 2, 3, 4, 8, 16, 32, 63, 64, 65, 128] {
            let bytes = cells::encode(&Shape { align, ..shape(row, Vec::new()) });
            judged.also(&bytes, || format!("{row} bytes aligned to {align}"));
        }
    }
    assert!(judged.taken > 20 && judged.refused > 20, "{judged:?}");
}

#[test]
fn every_form_of_a_member_is_one_of_its_kind_or_not() {
    let forms = |kind: Kind, bits: u8| {
        let flags = (0..64_u32).flat_map(|flags| [0, 1, 2].map(|count| (flags, count)));
        flags.map(move |(flags, count)| {
            let flag = |n: u32| flags >> n & 1 != 0;
            Member {
                count,
                default: flag(0).then_some(0),
                critical: flag(1),
                key: flag(2),
                legacy: flag(3),
                sensitive: flag(4),
                array: flag(5),
                child: (kind == Kind::End).then(|| "child".to_owned()),
                ranges: if kind.is_enum() { vec![range(0, 0, "off")] } else { Vec::new() },
                ..Member::new(&[1], "one", kind, bits)
            }
        })
    };
    let mut judged = Judged::default();
    for kind in Kind::ALL {
        for bits in [0, 1, 7, 8, 16, 57, 64, 65, 255] {
            for member in forms(kind, bits) {
                let bytes = cells::encode(&shape(32, vec![member.clone()]));
                judged.also(&bytes, || format!("{member:?}"));
            }
        }
    }
    assert!(judged.taken > 1000 && judged.refused > 10_000, "{judged:?}");
}

#[test]
fn a_member_lies_inside_its_row_and_apart_from_others() {
    let mut judged = Judged::default();
    for bits in [1, 8, 12, 32, 57, 58, 64] {
        for bit in [0, 1, 4, 7, 8, 55, 56, 57, 63, 64, 65, 120, 127, 128, u32::MAX] {
            for (count, array) in [(1, false), (1, true), (2, true), (9, true), (u32::MAX, true)] {
                let one =
                    Member { bit, count, array, ..Member::new(&[1], "a", Kind::Unsigned, bits) };
                let other = Member { bit: 64, ..Member::new(&[2], "b", Kind::Unsigned, 8) };
                for members in [vec![one.clone(), other.clone()], vec![other, one.clone()]] {
                    let bytes = cells::encode(&shape(16, members));
                    judged.also(&bytes, || format!("{one:?}"));
                }
            }
        }
    }
    assert!(judged.taken > 50 && judged.refused > 200, "{judged:?}");
}

#[test]
fn a_default_is_a_value_and_an_interval_fits() {
    let mut judged = Judged::default();
    let ends = [0, 1, 5, 127, 128, 255, 256, i128::from(i64::MAX), 1 << 63, i128::from(u64::MAX)];
    let ends = || ends.into_iter().chain([-1, -5, -128, -129, i128::from(i64::MIN)]);
    let kinds = [Kind::Unsigned, Kind::Signed, Kind::OpenEnum, Kind::ClosedEnum, Kind::Physical];
    for kind in kinds {
        for bits in [1, 8, 64] {
            let one = Member::new(&[1], "one", kind, bits);
            for low in ends() {
                for high in ends() {
                    let ranges = vec![range(low, high, "x")];
                    let bytes = cells::encode(&shape(8, vec![Member { ranges, ..one.clone() }]));
                    judged.also(&bytes, || format!("{kind:?} of {bits} bits, {low} to {high}"));
                }
                let ranges = vec![range(1, 1, "x"), range(0, 0, "y")];
                for ranges in [Vec::new(), ranges] {
                    let one = Member { default: Some(low), ranges, ..one.clone() };
                    let bytes = cells::encode(&shape(8, vec![one.clone()]));
                    judged.also(&bytes, || format!("{one:?}"));
                }
            }
        }
    }
    assert!(judged.taken > 200 && judged.refused > 1000, "{judged:?}");
}

#[test]
fn a_name_in_an_enum_stands_for_one_value() {
    let value = |low, name| range(low, low, name);
    let mut judged = Judged::default();
    for (ranges, others) in [
        (vec![value(0, "a"), value(1, "b")], vec![]),
        (vec![value(0, "a"), value(0, "b")], vec![]),
        (vec![value(0, "a"), value(1, "a")], vec![]),
        (vec![value(0, "a"), value(0, "a")], vec![]),
        (vec![value(0, "")], vec![]),
        // What another member calls its values is its own affair.
        (vec![value(0, "a")], vec![value(1, "a")]),
        (vec![value(0, "a")], vec![value(0, "b")]),
    ] {
        for (one, other) in [(Kind::OpenEnum, Kind::ClosedEnum), (Kind::ClosedEnum, Kind::OpenEnum)]
        {
            let enumerated = |id: u16, kind, ranges: &Vec<Range>| Member {
                bit: u32::from(id) * 8,
                ranges: ranges.clone(),
                ..Member::new(&[id], "e", kind, 8)
            };
            let members = vec![enumerated(1, one, &ranges), enumerated(2, other, &others)];
            judged.also(&cells::encode(&shape(8, members)), || format!("{ranges:?}, {others:?}"));
        }
    }
    assert!(judged.taken > 3 && judged.refused > 3, "{judged:?}");
}
