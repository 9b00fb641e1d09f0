//! Every verdict on the corpus of changes is what happened.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use kserial_changes::case::{self, Case};
use kserial_changes::judged::{judged, Judged};
use kserial_changes::words::Words;
use kserial_reference::cells;

fn corpus() -> &'static [(Case, Judged)] {
    static ALL: OnceLock<Vec<(Case, Judged)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let judge = |case: Case| {
            let judged = judged(&case);
            (case, judged)
        };
        case::all(&Words::read()).into_iter().map(judge).collect()
    })
}

#[test]
fn plan_and_lock_say_what_rows_and_history_say_of_every_change() {
    let wrong: Vec<String> = corpus()
        .iter()
        .filter(|(_, judged)| !judged.differs.is_empty())
        .map(|(_, judged)| format!("{}: {}", judged.name, judged.differs.join("; ")))
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_five_hundred_changes_before_any_two_are_combined() {
    let names: BTreeSet<&str> = corpus().iter().map(|(_, judged)| judged.name.as_str()).collect();
    assert_eq!(names.len(), corpus().len(), "each case once");
    let single = corpus().iter().filter(|(case, _)| case.changes.len() == 1).count();
    let combined = corpus().len() - single;
    assert!(single >= 500 && combined >= 1000, "{single} single, {combined} combined");
}

/// A condition is one: rows that do not meet it are there, and rows that do, unless the reader lacks
/// something that is in use in every row.
#[test]
fn a_condition_has_rows_on_both_sides() {
    let (mut two_sided, mut always) = (0, 0);
    for (_, judged) in corpus() {
        for way in [&judged.update, &judged.rollback] {
            if way.truth == "conditional" {
                assert!(way.fails.is_some(), "{}", judged.name);
                match &way.meets {
                    Some(_) => two_sided += 1,
                    None => always += 1,
                }
            } else {
                assert!(way.meets.is_none(), "{}", judged.name);
            }
        }
    }
    assert!(two_sided > 10 * 100 && always > 10, "{two_sided} and {always}");
}

#[test]
fn the_changes_that_the_field_compares_checkers_by_are_among_them() {
    let found: BTreeSet<&str> =
        corpus().iter().filter_map(|(_, judged)| judged.known_as.as_deref()).collect();
    for known in &Words::read().known {
        assert!(found.contains(known.name.as_str()), "{}: no \"{}\"", known.name, known.is);
    }
    assert_eq!(found.len(), 24);
}

/// Where the corpus says that nobody can know, the layouts are the same to the byte.
#[test]
fn what_nobody_can_know_leaves_no_trace() {
    let hidden: Vec<&Case> =
        corpus().iter().map(|(case, _)| case).filter(|case| case.cannot_know).collect();
    assert!(!hidden.is_empty());
    for case in hidden {
        let bytes: Vec<_> = case.versions.iter().map(|v| cells::encode(&v.shape)).collect();
        assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]), "{}", case.name);
    }
}

/// What the pair cannot see, the lock does; so both are needed.
#[test]
fn some_misreadings_are_seen_by_the_lock_alone() {
    let by_the_lock_alone = corpus().iter().filter(|(_, judged)| {
        judged.update.misread
            && matches!(judged.update.kserial.as_str(), "identical" | "compatible")
            && judged.lock.kserial.is_some()
    });
    assert!(by_the_lock_alone.count() > 50);
}
