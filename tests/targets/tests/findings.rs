//! What fuzzing found, each told once more as a sentence.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::time::{Duration, Instant};

use kserial::kho::Pages;
use kserial::lock::{Broken, History};
use kserial::{Grade, Layout, Verdict};
use kserial_cli::dump::Dump;
use kserial_cli::schema::LayoutDoc;
use kserial_cli::state::{self, Choice};
use kserial_reference::grade::{self, grade};
use kserial_reference::{cells, Kind, Range, Shape};
use kserial_tests::records::{shape_of, Device};

/// `Device` with these values for its member `speed`, of this kind.
fn device(kind: Kind, ranges: &[(i128, i128, &str)]) -> Shape {
    let mut shape = shape_of::<Device>();
    let speed = shape.members.iter_mut().find(|member| member.name == "speed").unwrap();
    speed.kind = kind;
    let range = |(low, high, name): &(i128, i128, &str)| Range {
        low: *low,
        high: *high,
        name: (*name).to_owned(),
    };
    speed.ranges = ranges.iter().map(range).collect();
    shape
}

#[test]
fn an_enum_in_which_a_value_has_two_names_is_itself() {
    let shape = device(Kind::OpenEnum, &[(1, 1, "low"), (1, 1, "slow"), (9, 9, "high")]);
    let cells = cells::encode(&shape);
    let layout = Layout::read(&cells).unwrap().0;
    assert_eq!(grade(&shape, &shape), grade::Grade::Identical);
    assert_eq!(Verdict::of(layout, layout).grade(), Grade::Identical);
    let renamed = device(Kind::OpenEnum, &[(1, 1, "low"), (1, 1, "slower"), (9, 9, "high")]);
    let renamed = cells::encode(&renamed);
    let renamed = Layout::read(&renamed).unwrap().0;
    assert_eq!(Verdict::of(layout, renamed).grade(), Grade::Compatible);
    let history = History { generations: &[layout], renamed: &[] };
    assert_eq!(history.judge(layout), Ok(()), "nor does it contradict its lock");
    assert_eq!(history.judge(renamed).map_err(|broken| broken.what), Err(Broken::Value));
}

#[test]
fn cells_that_repeat_are_counted() {
    let often = |low: usize, high: usize| {
        let ranges = [vec![(1, 1, ""); low], vec![(9, 9, ""); high]].concat();
        cells::encode(&device(Kind::Unsigned, &ranges))
    };
    let layouts = [(1, 2), (2, 1), (2, 2)].map(|(low, high)| often(low, high));
    for (n, old) in layouts.iter().enumerate() {
        for (m, new) in layouts.iter().enumerate() {
            let [old, new] = [old, new].map(|cells| Layout::read(cells).unwrap().0);
            assert_eq!(old == new, n == m, "{n} and {m}");
            let right = if n == m { Grade::Identical } else { Grade::Compatible };
            assert_eq!(Verdict::of(old, new).grade(), right, "{n} and {m}");
        }
    }
}

#[test]
fn an_interval_with_a_name_keeps_both_its_ends_in_words() {
    let shape = device(Kind::Unsigned, &[(1, 9, "usual"), (20, 30, "")]);
    let cells = cells::encode(&shape);
    let layout = Layout::read(&cells).unwrap().0;
    let words = LayoutDoc::of(layout).cells().unwrap();
    let path = |layout: Layout<'_>| layout.members().find(|m| m.name() == "speed").unwrap().path();
    let ends = |layout: Layout<'_>| -> Vec<(u64, u64)> {
        layout.intervals(path(layout)).map(|i| (i.low(), i.high())).collect()
    };
    assert_eq!(ends(words.layout()), [(1, 9), (20, 30)]);
}

#[test]
fn a_core_that_claims_terabytes_is_searched_as_far_as_its_file_goes() {
    let input = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus/state/found-core-of-terabytes");
    let started = Instant::now();
    let source = state::open(&input, Choice::default(), &mut |_| {}).unwrap();
    assert!(source.memory.parts().iter().all(|part| part.end - part.start < 132));
    assert!(Dump::read(source, Pages::OF_4K, &mut |_| {}).is_err());
    assert!(started.elapsed() < Duration::from_secs(2));
}
