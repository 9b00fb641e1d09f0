//! Two generations of one record: an update, and the rollback after it.

use kserial::image::{size, TableError};
use kserial::{
    Grade, Image, Layout, Member, Path, Plan, Record, Room, Spec, Steps, Verdict, What, Writer,
};

use crate::draw::{crossing, element_at};
use crate::{hostile, rows, HERE, NUMBER};

/// Everything that can be tried with `bytes` and two generations of a record, which may also be one
/// generation twice. A way that no row can go is a finding, too: who means it tries the other way by
/// [`there_and_back`].
pub fn two_generations<Old: Record, New: Record>(bytes: &[u8]) {
    passable::<Old, New>("update");
    passable::<New, Old>("rollback");
    there_and_back::<Old, New>(bytes);
    there_and_back::<New, Old>(bytes);
    hostile::<Old>(bytes);
    hostile::<New>(bytes);
}

/// Rows of `From` made of `bytes`, written, read as `To`, and back.
///
/// What is written reads back; what the verdict promises is kept: rows that meet its conditions do
/// cross; and where both ways report no loss, every member is what it was.
pub fn there_and_back<From: Record, To: Record>(bytes: &[u8]) {
    let given = rows::<From>(bytes);
    let same = match read::<From>(&written(&given)) {
        Ok((rows, losses)) => {
            assert!(losses.is_empty(), "a record that loses to itself: {losses:?}");
            rows
        }
        Err(error) => panic!("a record that does not read what it wrote: {error}"),
    };
    compare(&given, &same, |_| true, "what was written");
    let (from, to) = (From::SHAPE.record(), To::SHAPE.record());
    assert_eq!(from, to, "two records are no two generations of one");
    cross::<From, To>(&given);
    if let Some(chosen) = crossing::<From, To>(&given) {
        let grade = Verdict::of(From::SHAPE, To::SHAPE).grade();
        let crossed = cross::<From, To>(&chosen);
        assert!(crossed || grade == Grade::Incompatible, "rows meet every condition, and stay");
    }
}

/// Whether `given` crosses without a loss; if so, it must come back.
fn cross<From: Record, To: Record>(given: &[From]) -> bool {
    let Some(crossed) = kept::<From, To>(read(&written(given))) else { return false };
    let Some(back) = kept::<To, From>(read(&written(&crossed))) else { return true };
    // A member that the other side only reads ends there, on purpose.
    let comes_back = |path| To::SHAPE.member(path).is_none_or(|member| !member.is_legacy());
    compare(given, &back, comes_back, "what came back");
    let mut room = Steps::empty();
    if let Ok(plan) = Plan::writing::<To>(From::SHAPE, &mut room) {
        let for_old = written_for(&crossed, plan);
        let read = read::<From>(&for_old).map(|(rows, _)| rows);
        compare(given, &read.unwrap_or_default(), comes_back, "what was written for the other");
    }
    true
}

/// Whether any row at all can go this way.
fn passable<From: Record, To: Record>(way: &str) {
    Verdict::of(From::SHAPE, To::SHAPE).findings(|finding| {
        if let What::Incompatible(cause) = finding.what {
            panic!("{way}: no row can cross: member {:?}: {cause}", finding.path);
        }
    });
}

/// What was read, if all of it was; and whether the verdict had said so.
fn kept<From: Record, To: Record>(read: Result<Read<To>, TableError>) -> Option<Vec<To>> {
    let grade = Verdict::of(From::SHAPE, To::SHAPE).grade();
    match read {
        Ok((rows, losses)) => {
            assert!(grade != Grade::Incompatible, "read, although no row can be");
            assert!(
                losses.is_empty() || grade == Grade::Conditional,
                "lost, {grade:?}: {losses:?}"
            );
            losses.is_empty().then_some(rows)
        }
        Err(TableError::Incompatible(error)) => {
            assert!(grade == Grade::Incompatible, "no row can cross, {grade:?}: {error}");
            None
        }
        Err(error) => {
            assert!(grade == Grade::Conditional, "refused, {grade:?}: {error}");
            None
        }
    }
}

/// Every member of `given` that is written, against `found`.
fn compare<T: Record>(given: &[T], found: &[T], which: impl Fn(Path) -> bool, what: &str) {
    assert_eq!(found.len(), given.len(), "{what}: not as many rows");
    let values = |row: &T, member: Member<'_>| -> Vec<u64> {
        (0..member.count()).map(|n| element_at(member, n, row.as_bytes())).collect()
    };
    for (number, (given, found)) in given.iter().zip(found).enumerate() {
        for member in T::SHAPE.written().filter(|member| which(member.path())) {
            let (path, name) = (member.path(), member.name());
            let (right, is) = (values(given, member), values(found, member));
            assert_eq!(is, right, "{what}: row {number}, member {path} ({name})");
        }
    }
}

/// An image of `rows`, and of nothing else.
pub(crate) fn written<T: Record>(rows: &[T]) -> Vec<u8> {
    fill(Spec::of::<T>(rows.len()), rows, None)
}

fn written_for<T: Record>(rows: &[T], plan: Plan<'_>) -> Vec<u8> {
    let target: Layout<'_> = plan.target();
    fill(Spec::like(target, rows.len()), rows, Some(plan))
}

/// An image in one segment.
#[allow(clippy::unwrap_used, reason = "a panic is how a finding is reported")]
fn fill<T: Record>(spec: Spec<'_>, rows: &[T], plan: Option<Plan<'_>>) -> Vec<u8> {
    let tables = [spec];
    let mut memory = vec![0xa5; size(&tables, 2 << 20).unwrap().bytes()];
    let mut segments = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut segments, crc32fast::hash).unwrap();
    let table = match plan {
        Some(plan) => image.table_for::<T>(plan),
        None => image.table::<T>(),
    };
    let mut table = table.unwrap();
    table.extend(rows).unwrap();
    table.finish(&mut image).unwrap();
    image.finish().unwrap();
    memory
}

/// Rows, and the paths of what was lost.
type Read<T> = (Vec<T>, Vec<Path>);

#[allow(clippy::unwrap_used, reason = "a panic is how a finding is reported")]
fn read<T: Record>(bytes: &[u8]) -> Result<Read<T>, TableError> {
    let segments = [bytes];
    let image = Image::open(&segments, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    let mut room = Room::empty();
    let table = image.table::<T>(&mut room)?;
    let mut losses = Vec::new();
    table.losses(|loss| losses.push(loss.check.member().path()));
    Ok((table.iter().collect(), losses))
}
