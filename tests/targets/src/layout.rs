//! Layouts and notes: which cells are a layout, and what lies between two of them.

use kserial::lock::History;
use kserial::{Grade, Layout, Note, Plan, Verdict};
use kserial_cli::schema::LayoutDoc;
use kserial_reference::{cells, grade, rules, Shape};
use kserial_tests::judged::{agree_before_any_row, ROOM};

/// The description of a note, and otherwise two layouts, one after the other.
pub fn layout(bytes: &[u8]) {
    if let Ok(note) = Note::read(bytes) {
        assert_eq!(bytes.len(), 8 + note.layout.encoded_len(), "a note is all of its description");
        alone(note.layout);
    }
    let Some((source, rest)) = judged(bytes) else { return };
    alone(source.0);
    let Some((target, _)) = judged(rest) else { return };
    alone(target.0);
    between(source.0, target.0);
    between(target.0, source.0);
    // The reference takes its time over large ones.
    if source.1.members.len() + target.1.members.len() < 64 && fits(&source.1) && fits(&target.1) {
        agree_before_any_row(&source.1, &target.1);
        agree_before_any_row(&target.1, &source.1);
    }
}

/// What the reference's judgement over single values can be asked of in reasonable time.
fn fits(shape: &Shape) -> bool {
    shape.members.iter().all(|member| member.count <= 64 && member.ranges.len() <= 16)
}

/// The layout at the start of `bytes` and what follows it; `None` where both say that there is none.
fn judged(bytes: &[u8]) -> Option<((Layout<'_>, Shape), &[u8])> {
    let right = cells::decode(bytes).filter(|(shape, _)| rules::broken(shape).is_none());
    match (Layout::read(bytes), right) {
        (Ok((layout, rest)), Some((shape, length))) => {
            assert_eq!((layout.encoded_len(), rest.len()), (length, bytes.len() - length));
            Some(((layout, shape), rest))
        }
        (Err(error), None) => {
            assert!(error.to_string().len() > 10, "an error says what it is about");
            None
        }
        (Ok(_), None) => panic!("taken, and the reference refuses it"),
        (Err(error), Some(_)) => panic!("refused, and the reference takes it: {error}"),
    }
}

fn alone(layout: Layout<'_>) {
    assert_eq!(Verdict::of(layout, layout).grade(), Grade::Identical, "a layout is itself");
    for member in layout.members() {
        assert_eq!(layout.member(member.path()).map(|m| m.bit()), Some(member.bit()));
        let _ = (layout.child(member.path()), layout.intervals(member.path()).count());
    }
    let no_history = History { generations: &[layout], renamed: &[] };
    assert_eq!(no_history.judge(layout), Ok(()), "a layout does not contradict itself");
    if layout.record().is_ascii() {
        let doc = LayoutDoc::of(layout);
        if let Ok(again) = doc.cells() {
            // Words say nothing of cells that may be skipped and of bits that may be ignored.
            let grade = Verdict::of(layout, again.layout()).grade();
            assert!(grade <= Grade::Compatible, "the words of a layout are another one: {grade:?}");
        }
    }
}

fn between(source: Layout<'_>, target: Layout<'_>) {
    let _ = History { generations: &[source], renamed: &[] }.judge(target);
    let grade = grade_of(Verdict::of(source, target).grade());
    let (mut room, mut image_room) = (ROOM, ROOM);
    let plan = Plan::between(source, target, &mut room);
    let _ = Plan::between_images(source, target, &mut image_room).map(|plan| plan.is_checked());
    let Ok(plan) = plan else { return };
    let (row, out) = (source.row() as usize, target.row() as usize);
    let rows = vec![0x5a; row * 3];
    let mut read = vec![0; out * 3];
    plan.convert(&rows, &mut read);
    let refused = plan.refused(&rows).is_some();
    let lost = plan.losses(&rows).count() > 0;
    if source.record() == target.record() && matches!(grade, grade::Grade::Compatible) {
        assert!(!refused && !lost, "compatible is whatever the rows hold");
    }
    let _ = plan.checks().map(|check| check.allowed().count()).sum::<usize>();
}

fn grade_of(grade: Grade) -> grade::Grade {
    match grade {
        Grade::Identical => grade::Grade::Identical,
        Grade::Compatible => grade::Grade::Compatible,
        Grade::Conditional => grade::Grade::Conditional,
        Grade::Incompatible => grade::Grade::Incompatible,
    }
}
