//! Differences that hurt nobody: each is told, by its name, of the member that it is about.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::{Change, Grade, Layout, Path, Verdict, What};
use kserial_reference::drawn::{Draft, Placed};
use kserial_reference::{cells, Kind, Member, Range, Shape};

use Change::{Added, Default, Name, Place, Policy, Size, Values};

/// What changes about the members, and what is then said of which.
type Case = (&'static str, fn(&mut Vec<Member>), &'static [(u16, Change)]);

fn values(names: &[(i128, i128, &str)]) -> Vec<Range> {
    let range =
        |&(low, high, name): &(i128, i128, &str)| Range { low, high, name: name.to_owned() };
    names.iter().map(range).collect()
}

fn base() -> Vec<Member> {
    let member = |id, name: &str, kind, bits| Member {
        default: Some(0),
        ..Member::new(&[id], name, kind, bits)
    };
    vec![
        member(1, "speed", Kind::Unsigned, 32),
        Member {
            ranges: values(&[(0, 0, "off"), (1, 1, "on")]),
            ..member(2, "mode", Kind::OpenEnum, 8)
        },
        Member { ranges: values(&[(0, 5, "few")]), ..member(3, "tries", Kind::Unsigned, 8) },
        Member { count: 3, array: true, ..member(4, "lanes", Kind::Unsigned, 16) },
        member(5, "tail", Kind::Unsigned, 16),
    ]
}

fn layout(members: Vec<Member>) -> Shape {
    let placed = members.iter().cloned().map(|member| Placed { member, gap: 0 }).collect();
    let (record, retired) = ("fan".to_owned(), Vec::new());
    let draft = Draft { record, align: 3, flags: (false, false), members: placed, retired };
    let mut shape = draft.packed();
    // A draft names the values of enums alone; a layout may name any interval.
    for member in &mut shape.members {
        member.ranges = members.iter().find(|m| m.path == member.path).unwrap().ranges.clone();
    }
    shape
}

const CASES: [Case; 17] = [
    ("nothing", |_| {}, &[]),
    ("a name", |m| m[0].name = "pace".to_owned(), &[(1, Name)]),
    ("the name of a value", |m| m[1].ranges[1].name = "busy".to_owned(), &[(2, Name)]),
    ("a second name of a value", |m| m[1].ranges.extend(values(&[(1, 1, "busy")])), &[]),
    ("a value more", |m| m[1].ranges.extend(values(&[(2, 2, "fast")])), &[(2, Values)]),
    ("a wider range of another name", |m| m[2].ranges = values(&[(0, 9, "some")]), &[(3, Values)]),
    ("two members' places", |m| m.swap(3, 4), &[(4, Place), (5, Place)]),
    ("a width", |m| m[4].bits = 32, &[(5, Size)]),
    ("a length", |m| m[3].count = 4, &[(4, Size), (5, Place)]),
    ("a default", |m| m[0].default = Some(7), &[(1, Default)]),
    ("no default any more", |m| m[0].default = None, &[(1, Default)]),
    ("a flag: critical", |m| m[0].critical = true, &[(1, Policy)]),
    ("a flag: key", |m| m[0].key = true, &[(1, Policy)]),
    ("a flag: sensitive", |m| m[0].sensitive = true, &[(1, Policy)]),
    (
        "a member more",
        |m| m.push(Member { default: Some(0), ..Member::new(&[6], "new", Kind::Unsigned, 16) }),
        &[(6, Added)],
    ),
    (
        "a legacy member more",
        |m| {
            let was = Member::new(&[6], "was", Kind::Unsigned, 16);
            m.push(Member { default: Some(0), legacy: true, ..was });
        },
        &[],
    ),
    (
        "a name and a flag",
        |m| {
            m[0].name = "pace".to_owned();
            m[0].critical = true;
        },
        &[(1, Name), (1, Policy)],
    ),
];

#[test]
fn every_harmless_change_is_told_by_its_name() {
    let old = cells::encode(&layout(base()));
    for (what, edit, expected) in CASES {
        let mut members = base();
        edit(&mut members);
        let new = cells::encode(&layout(members));
        let verdict = Verdict::of(Layout::read(&old).unwrap().0, Layout::read(&new).unwrap().0);
        let mut told = Vec::new();
        verdict.findings(|finding| match finding.what {
            What::Change(change) => told.push((finding.path.unwrap(), change)),
            other => panic!("{what}: {other:?}"),
        });
        told.sort_by_key(|(path, _)| *path);
        let expected: Vec<_> =
            expected.iter().map(|(id, change)| (Path::of(*id), *change)).collect();
        assert_eq!(told, expected, "{what}");
    }
}

#[test]
fn grades_have_words_and_an_order() {
    use Grade::{Compatible, Conditional, Identical, Incompatible};
    let grades = [Identical, Compatible, Conditional, Incompatible];
    assert_eq!(grades.map(Grade::name), ["identical", "compatible", "conditional", "incompatible"]);
    assert!(grades.is_sorted());
}
