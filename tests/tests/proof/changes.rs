//! The changes that the field compares its checkers by, one by one, in both directions.
//!
//! The truth of each is what happens to rows: the reference reads every interesting one. Where both
//! layouts agree with each other and only history knows better, the lock is the judge.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::lock::{Broken, Contradiction, History};
use kserial::{Grade as KGrade, Layout, Verdict};
use kserial_reference::drawn::{rows, Dice, Draft, Placed};
use kserial_reference::{cells, grade, Grade, Kind, Member, Range, Shape};
use kserial_tests::judged::{agree_before_any_row, agree_on_conditions, agree_on_rows};

use Grade::{Compatible, Conditional, Identical, Incompatible};

fn member(id: u16, name: &str, kind: Kind, bits: u8) -> Member {
    Member::new(&[id], name, kind, bits)
}

fn optional(member: Member) -> Member {
    Member { default: Some(0), ..member }
}

fn range(low: i128, name: &str) -> Range {
    Range { low, high: low, name: name.to_owned() }
}

/// A layout of these members, one after the other.
fn shape(members: Vec<Member>) -> Shape {
    let placed = |member| Placed { member, gap: 0 };
    let members = members.into_iter().map(placed).collect();
    let (record, retired) = ("device".to_owned(), Vec::new());
    Draft { record, align: 3, flags: (false, false), members, retired }.packed()
}

fn base() -> Vec<Member> {
    vec![
        member(1, "size", Kind::Unsigned, 32),
        member(2, "owner", Kind::Unsigned, 64),
        member(3, "pfn", Kind::Unsigned, 52),
        member(4, "flags", Kind::Unsigned, 12),
        Member {
            ranges: vec![range(0, "off"), range(1, "on")],
            ..member(5, "state", Kind::ClosedEnum, 8)
        },
        Member { count: 4, array: true, ..member(6, "lanes", Kind::Unsigned, 16) },
        Member { path: vec![7, 1], ..optional(member(1, "rate", Kind::Unsigned, 32)) },
        Member { path: vec![7, 2], ..optional(member(2, "skew", Kind::Unsigned, 32)) },
        optional(member(8, "tail", Kind::Unsigned, 64)),
    ]
}

/// What a change does to the members, and to the retired paths.
type Edit = fn(&mut Vec<Member>);

/// A change, what it does to the old members, and the grades of update and rollback.
struct Change {
    name: &'static str,
    edit: Edit,
    retires: &'static [u16],
    update: Grade,
    rollback: Grade,
    lock: Option<Broken>,
}

const fn change(name: &'static str, edit: Edit, update: Grade, rollback: Grade) -> Change {
    Change { name, edit, retires: &[], update, rollback, lock: None }
}

fn changes() -> Vec<Change> {
    vec![
        change("no change", |_| {}, Identical, Identical),
        change(
            "add optional member at the end",
            |m| m.push(optional(member(9, "new", Kind::Unsigned, 32))),
            Compatible,
            Conditional,
        ),
        change(
            "add required member",
            |m| m.push(member(9, "new", Kind::Unsigned, 32)),
            Incompatible,
            Conditional,
        ),
        change(
            "insert in the middle",
            |m| m.insert(2, optional(member(9, "new", Kind::Unsigned, 32))),
            Compatible,
            Conditional,
        ),
        Change {
            retires: &[8],
            ..change("remove, ID retired", |m| drop(m.pop()), Conditional, Compatible)
        },
        Change {
            lock: Some(Broken::Dropped),
            ..change("remove, ID not retired", |m| drop(m.pop()), Conditional, Compatible)
        },
        Change {
            // A new name is no harm to any row; whether it is a rename, only the lock is told.
            lock: Some(Broken::Name),
            ..change("rename only", |m| m[0].name = "length".to_owned(), Compatible, Compatible)
        },
        change("reorder, same IDs", |m| m.swap(0, 1), Compatible, Compatible),
        change("widen u32 to u64", |m| m[0].bits = 64, Compatible, Conditional),
        change("narrow u64 to u32", |m| m[1].bits = 32, Conditional, Compatible),
        Change {
            lock: Some(Broken::Kind),
            ..change("u32 to i32", |m| m[0].kind = Kind::Signed, Incompatible, Incompatible)
        },
        change("array grows", |m| m[5].count = 6, Compatible, Conditional),
        change("array shrinks", |m| m[5].count = 3, Conditional, Compatible),
        change("enum value added", |m| m[4].ranges.push(range(2, "gone")), Compatible, Conditional),
        change("enum value removed", |m| drop(m[4].ranges.pop()), Conditional, Compatible),
        Change {
            lock: Some(Broken::Value),
            ..change(
                "enum values renumbered",
                |m| m[4].ranges = vec![range(1, "off"), range(0, "on")],
                Incompatible,
                Incompatible,
            )
        },
        change(
            "bit fields split anew, 52/12 to 48/16",
            |m| (m[2].bits, m[3].bits) = (48, 16),
            Conditional,
            Conditional,
        ),
        Change {
            lock: Some(Broken::Kind),
            ..change(
                "ID reused with another type",
                |m| m[1] = Member { count: 8, array: true, ..member(2, "owner", Kind::Text, 8) },
                Incompatible,
                Incompatible,
            )
        },
        Change {
            lock: Some(Broken::Name),
            ..change(
                "two members of one type swap IDs",
                |m| (m[6].path, m[7].path) = (vec![7, 2], vec![7, 1]),
                Compatible,
                Compatible,
            )
        },
        Change {
            lock: Some(Broken::Name),
            ..change(
                "ID reused with the same type",
                |m| m[1].name = "parent".to_owned(),
                Compatible,
                Compatible,
            )
        },
        change("member removed in a nested struct", |m| drop(m.remove(7)), Conditional, Compatible)
            .dropped(),
        Change {
            lock: Some(Broken::Unit),
            ..change("unit changed", |m| m[0].unit = "pages".to_owned(), Incompatible, Incompatible)
        },
        // Both sides have the member, so no row takes either default; a third version may.
        change("default changed", |m| m[8].default = Some(1), Compatible, Compatible),
        Change {
            lock: Some(Broken::Array),
            ..change("scalar to array", |m| m[0].array = true, Incompatible, Incompatible)
        },
    ]
}

impl Change {
    fn dropped(self) -> Self {
        Self { lock: Some(Broken::Dropped), ..self }
    }
}

/// The grades of update and rollback are these, and what becomes of rows bears them out.
fn holds_both_ways(name: &str, [old, new]: [&Shape; 2], grades: [Grade; 2]) {
    assert_eq!([grade(old, new), grade(new, old)], grades, "{name}: update and rollback");
    for (source, target) in [(old, new), (new, old)] {
        let mut dice = Dice(24);
        agree_before_any_row(source, target);
        agree_on_rows(source, target, &rows(source, target, 64, &mut dice));
        agree_on_conditions(source, target, &mut dice);
    }
}

#[test]
fn the_changes_that_checkers_are_compared_by() {
    let old = shape(base());
    for change in changes() {
        let mut members = base();
        (change.edit)(&mut members);
        let mut new = shape(members);
        new.retired.extend(change.retires.iter().map(|id| (vec![*id], String::new())));
        let name = change.name;
        holds_both_ways(name, [&old, &new], [change.update, change.rollback]);
        assert_eq!(lock_says(&old, &new).err().map(|c| c.what), change.lock, "{name}: lock");
    }
}

fn lock_says(old: &Shape, new: &Shape) -> Result<(), Contradiction> {
    let (old, new) = (cells::encode(old), cells::encode(new));
    let generations = [Layout::read(&old).unwrap().0];
    let history = History { generations: &generations, renamed: &[] };
    history.judge(Layout::read(&new).unwrap().0)
}

/// A change that random layouts rarely hit: the members before and after, and the grades.
type Corner = (&'static str, Vec<Member>, Vec<Member>, Grade, Grade);

#[test]
fn the_corners_of_the_table_of_conversions() {
    let lanes = |count, low| Member {
        count,
        array: true,
        ranges: vec![Range { low, high: 9, name: String::new() }],
        ..member(1, "lanes", Kind::Unsigned, 8)
    };
    let critical = |member| Member { critical: true, ..member };
    let only = |value| Member {
        ranges: vec![Range { low: value, high: value, name: String::new() }],
        default: Some(value),
        ..member(2, "magic", Kind::Signed, 16)
    };
    let mark =
        |bits| Member { child: Some("page".to_owned()), ..member(3, "end", Kind::End, bits) };
    let state = |kind, values: &[i128]| Member {
        ranges: values.iter().map(|value| range(*value, &format!("n{value}"))).collect(),
        ..member(4, "state", kind, 8)
    };
    let size = || member(5, "size", Kind::Unsigned, 8);
    let corners: [Corner; 10] = [
        // New elements would be 0, which is no value.
        ("no filling", vec![lanes(2, 1)], vec![lanes(4, 1)], Incompatible, Conditional),
        ("filling", vec![lanes(2, 0)], vec![lanes(4, 0)], Compatible, Conditional),
        // In a row that stays as long: nothing moves, and still it is not read in place.
        (
            "filling with a default",
            vec![lanes(2, 0)],
            vec![Member { default: Some(7), ..lanes(4, 0) }],
            Compatible,
            Conditional,
        ),
        // The cut tail is always in use.
        (
            "a critical tail without zero",
            vec![critical(lanes(4, 1))],
            vec![critical(lanes(2, 1))],
            Incompatible,
            Incompatible,
        ),
        // What can only be its default is no loss to those who do not know it.
        ("a constant", vec![size(), critical(only(-3))], vec![size()], Compatible, Compatible),
        ("another constant", vec![only(-3)], vec![only(3)], Incompatible, Incompatible),
        ("a narrower mark", vec![mark(64)], vec![mark(32)], Conditional, Compatible),
        ("an unknown mark", vec![size(), mark(32)], vec![size()], Conditional, Compatible),
        (
            "an enum opens",
            vec![state(Kind::ClosedEnum, &[0, 1])],
            vec![state(Kind::OpenEnum, &[1])],
            Compatible,
            Conditional,
        ),
        (
            "an enum of other values",
            vec![state(Kind::ClosedEnum, &[0, 1])],
            vec![state(Kind::ClosedEnum, &[2, 3])],
            Incompatible,
            Incompatible,
        ),
    ];
    for (name, old, new, update, rollback) in corners {
        let (old, new) = (shape(old), shape(new));
        holds_both_ways(name, [&old, &new], [update, rollback]);
    }
}

/// u64 to f64: there are no floats, so a layout that states one is none, and no checker has to
/// guess.
#[test]
fn a_float_is_no_kind() {
    let mut bytes = cells::encode(&shape(base()));
    bytes[64 + 9] = 11;
    assert!(Layout::read(&bytes).is_err());
}

/// What only the lock can see: both layouts are the same to the pair.
#[test]
fn swapped_ids_of_one_type_look_like_a_reorder() {
    let twins = |a: &str, b: &str| {
        shape(vec![member(1, a, Kind::Unsigned, 64), member(2, b, Kind::Unsigned, 64)])
    };
    let (old, new) = (twins("size", "pos"), twins("pos", "size"));
    let (from, to) = (cells::encode(&old), cells::encode(&new));
    let (from, to) = (Layout::read(&from).unwrap().0, Layout::read(&to).unwrap().0);
    assert_eq!(Verdict::of(from, to).grade(), KGrade::Compatible);
    assert_eq!(lock_says(&old, &new).unwrap_err().what, Broken::Name);
}
