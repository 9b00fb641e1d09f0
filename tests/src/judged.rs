//! One pair of layouts, judged twice: by `kserial` and by the [reference](kserial_reference).
//!
//! These functions are the bodies of property tests and of fuzz targets alike; they panic where the
//! two disagree.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use kserial::{Check, Effect, Grade as KGrade, Layout, Plan, Step, Verdict, What};

use kserial_reference::cross::obstacles;
use kserial_reference::drawn::{clean_row, harmful_row, Dice};
use kserial_reference::grade::{demands, Demand};
use kserial_reference::{cells, cross, grade, row, Crossing, Grade, Kind, Path, Row, Shape};

/// Room for the plan of any layout that tests draw.
pub const ROOM: [Step; 64] = [Step::EMPTY; 64];

/// The path of `kserial` as the reference writes it.
pub fn path(path: kserial::Path) -> Path {
    path.ids().into_iter().take_while(|id| *id != 0).collect()
}

/// Grade, findings and the existence of a plan agree; the conditions are the very ones.
pub fn agree_before_any_row(source: &Shape, target: &Shape) {
    let (from, to) = (cells::encode(source), cells::encode(target));
    let (from, to) = (Layout::read(&from).unwrap().0, Layout::read(&to).unwrap().0);
    let right = grade(source, target);
    let verdict = Verdict::of(from, to);
    assert_eq!(word(verdict.grade()), right, "the verdict");
    let mut room = ROOM;
    let plan = Plan::between(from, to, &mut room);
    if source.record != target.record {
        // A plan does not ask: one record may lie in an image under several names.
        assert_eq!(right, Grade::Incompatible);
        return;
    }
    assert_eq!(plan.is_err(), right == Grade::Incompatible, "the plan: {:?}", plan.err());
    let (mut causes, mut found) = (BTreeSet::new(), Vec::new());
    verdict.findings(|finding| match finding.what {
        What::Incompatible(_) => drop(causes.insert(finding.path.map_or(Path::new(), path))),
        What::Check(check) => found.push(check),
        What::Change(_) => {}
    });
    let Ok(plan) = plan else {
        let hopeless = demands(source, target).into_iter().filter(|d| d.refuses && d.is_hopeless());
        let mut expected = obstacles(source, target);
        expected.extend(hopeless.map(|demand| demand.path));
        assert!(causes.is_subset(&expected) && !causes.is_empty(), "{causes:?} {expected:?}");
        return;
    };
    let expected = demands(source, target);
    let losing = |demands: &[Demand]| demands.iter().any(|d| !d.refuses);
    assert_eq!(verdict.may_lose(), losing(&expected), "whether it may lose");
    assert_eq!(plan.is_checked(), !expected.is_empty(), "whether the plan checks");
    let as_demands = |checks: &[Check<'_>]| {
        let mut all: Vec<_> = checks.iter().map(|check| stated(check, source)).collect();
        all.sort_by(|a, b| (&a.path, a.elements).cmp(&(&b.path, b.elements)));
        all
    };
    let mut expected = expected;
    expected.sort_by(|a, b| (&a.path, a.elements).cmp(&(&b.path, b.elements)));
    assert_eq!(as_demands(&found), expected, "the verdict's conditions");
    assert_eq!(as_demands(&plan.checks().collect::<Vec<_>>()), expected, "the plan's checks");
}

/// A check as the reference would put it.
fn stated(check: &Check<'_>, source: &Shape) -> Demand {
    use kserial_reference::Set;
    let member = source.member(&path(check.member().path())).unwrap();
    #[allow(clippy::cast_possible_wrap, reason = "two's complement, by the member's sign")]
    let integer = |value: u64| match member.kind {
        Kind::Signed => i128::from(value as i64),
        _ => i128::from(value),
    };
    let elements = check.elements();
    Demand {
        path: member.path.clone(),
        elements: (elements.start, elements.end),
        claimed: member.values(),
        harmless: Set::of(check.allowed().map(|(low, high)| (integer(low), integer(high)))),
        refuses: check.effect() == Effect::Refuse,
    }
}

/// Every row is refused, loses and reads as the reference says; alone, and all of them at once.
pub fn agree_on_rows(source: &Shape, target: &Shape, rows: &[Row]) {
    let (from, to) = (cells::encode(source), cells::encode(target));
    let (from, to) = (Layout::read(&from).unwrap().0, Layout::read(&to).unwrap().0);
    let mut room = ROOM;
    let Ok(plan) = Plan::between(from, to, &mut room) else { return };
    if source.record != target.record {
        return;
    }
    let mut crossed = Vec::new();
    for values in rows {
        let bytes = row::encode(source, values);
        let refused = plan.refused(&bytes).map(|unmet| path(unmet.check.member().path()));
        match cross(source, target, values) {
            Crossing::Refused(paths) => {
                assert!(refused.is_some_and(|path| paths.contains(&path)), "taken: {values:?}");
            }
            Crossing::Crosses { row, losses } => {
                assert_eq!(refused, None, "refused: {values:?}");
                let lost = plan.losses(&bytes).map(|unmet| path(unmet.check.member().path()));
                assert_eq!(lost.collect::<BTreeSet<_>>(), losses, "lost of {values:?}");
                crossed.push((bytes, row));
            }
        }
    }
    let bytes: Vec<u8> = crossed.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
    let mut read = vec![0xa5; crossed.len() * target.row as usize];
    plan.convert(&bytes, &mut read);
    let members = || target.members.iter().filter(|member| member.kind != Kind::Group);
    let held = row::held_bits(target, |_| true);
    for (bytes, (source_bytes, expected)) in read.chunks(target.row as usize).zip(&crossed) {
        assert_eq!(row::decode(members(), bytes), *expected, "read");
        let stray = bytes.iter().zip(&held).any(|(byte, held)| byte & !held != 0);
        assert!(!stray, "bits of no member are zero");
        if plan.is_in_place() {
            assert_eq!(bytes, source_bytes, "in place");
        }
    }
}

/// Rows that go from one image into another: what the target only reads, its rows do not hold.
pub fn agree_between_images(source: &Shape, target: &Shape, rows: &[Row]) {
    let (from, to) = (cells::encode(source), cells::encode(target));
    let (from, to) = (Layout::read(&from).unwrap().0, Layout::read(&to).unwrap().0);
    if source.record != target.record {
        return;
    }
    let mut held = target.clone();
    held.members.retain(|member| !member.legacy);
    let mut room = ROOM;
    let plan = Plan::between_images(from, to, &mut room);
    assert_eq!(plan.is_err(), grade(source, &held) == Grade::Incompatible);
    let Ok(plan) = plan else { return };
    for values in rows {
        let bytes = row::encode(source, values);
        match cross(source, &held, values) {
            Crossing::Refused(_) => assert!(plan.refused(&bytes).is_some(), "taken: {values:?}"),
            Crossing::Crosses { row, .. } => {
                assert!(plan.refused(&bytes).is_none(), "refused: {values:?}");
                let mut written = vec![0xa5; target.row as usize];
                plan.convert(&bytes, &mut written);
                assert_eq!(written, row::encode(&held, &row), "written: {values:?}");
            }
        }
    }
}

/// Conditional is what can go well or badly: both happen, on rows made for it.
pub fn agree_on_conditions(source: &Shape, target: &Shape, dice: &mut Dice) {
    if grade(source, target) != Grade::Conditional {
        return;
    }
    let (from, to) = (cells::encode(source), cells::encode(target));
    let (from, to) = (Layout::read(&from).unwrap().0, Layout::read(&to).unwrap().0);
    let mut room = ROOM;
    let plan = Plan::between(from, to, &mut room).unwrap();
    let demands = demands(source, target);
    if let Some(values) = clean_row(source, &demands, dice) {
        let bytes = row::encode(source, &values);
        assert!(plan.refused(&bytes).is_none() && plan.losses(&bytes).next().is_none());
        let unharmed = cross(source, target, &values);
        assert!(matches!(unharmed, Crossing::Crosses { losses, .. } if losses.is_empty()));
    }
    for demand in &demands {
        let values = harmful_row(source, demand, dice).unwrap();
        let bytes = row::encode(source, &values);
        let effect = if demand.refuses { Effect::Refuse } else { Effect::Lose };
        let met = plan.checks().filter(|c| path(c.member().path()) == demand.path).all(|check| {
            check.effect() != effect || check.first_unmet(&bytes, source.row).is_none()
        });
        assert!(!met, "a row that breaks {demand:?} goes unnoticed");
    }
}

/// A grade as the reference has it.
pub fn word(grade: KGrade) -> Grade {
    match grade {
        KGrade::Identical => Grade::Identical,
        KGrade::Compatible => Grade::Compatible,
        KGrade::Conditional => Grade::Conditional,
        KGrade::Incompatible => Grade::Incompatible,
    }
}
