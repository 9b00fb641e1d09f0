//! What releases make of each other: the answers that the catalogue exists for.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use kserial::Grade::{self, Conditional, Identical, Incompatible};
use kserial_cli::judge::Verdict;
use kserial_cli::kernel::{Effect, Kernel};
use kserial_cli::report::{Exit, Matrix};

fn linux(names: &[&str]) -> Vec<Kernel> {
    names.iter().map(|name| Kernel::of_linux(name).unwrap()).collect()
}

#[test]
fn since_6_19_only_7_2_and_7_3_update_into_each_other_both_ways() {
    let names = ["6.19", "7.0", "7.1", "7.2", "7.3"];
    let kernels = linux(&names);
    let matrix = Matrix::of(&kernels);
    let expected = |writer: &str, reader: &str| -> Grade {
        match (writer, reader) {
            ("7.2", "7.3") | ("7.3", "7.2") => Identical,
            // A kernel without FLBs ignores them.
            ("7.0", "6.19") => Conditional,
            _ => Incompatible,
        }
    };
    for (w, writer) in names.iter().enumerate() {
        for (r, reader) in names.iter().enumerate() {
            match matrix.cell(w, r) {
                None => assert_eq!(w, r),
                Some(verdict) => {
                    assert_eq!(verdict.grade, expected(writer, reader), "{writer} to {reader}");
                }
            }
        }
    }
    assert_eq!(matrix.exit(), Exit::Incompatible);
}

#[test]
fn a_refused_handover_masks_all_that_differs_behind_it() {
    let kernels = linux(&["7.0", "7.3"]);
    let verdict = Verdict::of(&kernels[0], &kernels[1]);
    let found: Vec<_> = verdict
        .findings
        .iter()
        .map(|f| (f.subject.as_str(), f.writer.as_str(), f.reader.as_str(), f.masked_by.as_deref()))
        .collect();
    let kho = Some("kho");
    assert_eq!(
        found,
        [
            ("kho", "kho-v1", "kho-v4", None),
            ("memory-map", "a list of chunks", "a radix tree", kho),
            ("luo", "luo-v1", "luo-v5", kho),
            ("sessions", "luo-session-v2", "chains of blocks, under luo-v5", kho),
            ("flbs", "luo-flb-v1", "an array, under luo-v5", kho),
            ("memfd", "memfd-v1", "memfd-v2", kho),
        ]
    );
    let effects: Vec<Effect> = verdict.findings.iter().map(|finding| finding.effect).collect();
    assert_eq!(effects[0], Effect::MemoryLost);
    assert_eq!((effects[2], effects[5]), (Effect::Panic, Effect::SessionsLost));
}

#[test]
fn from_6_19_to_7_0_the_missing_node_of_flbs_panics() {
    let kernels = linux(&["6.19", "7.0"]);
    let verdict = Verdict::of(&kernels[0], &kernels[1]);
    let found: Vec<_> = verdict.findings.iter().map(|f| (f.rule, &*f.subject, f.effect)).collect();
    assert_eq!(found, [("KS0208", "flbs", Effect::Panic)]);
}

#[test]
fn a_kernel_older_than_luo_is_told_so() {
    for name in ["6.16", "6.17", "6.18"] {
        let kernels = linux(&[name, "7.3"]);
        for (writer, reader) in [(&kernels[0], &kernels[1]), (&kernels[1], &kernels[0])] {
            let verdict = Verdict::of(writer, reader);
            assert_eq!(verdict.grade, Incompatible);
            assert!(verdict.findings.iter().any(|finding| finding.rule == "KS0303"), "{name}");
        }
    }
}

#[test]
fn what_is_only_inferred_is_marked() {
    for (name, inferred) in [("6.16", false), ("6.17", true), ("7.1", true), ("7.3", false)] {
        let kernel = &linux(&[name])[0];
        assert!(kernel.components.iter().all(|component| component.inferred == inferred), "{name}");
    }
}

/// Two hops may do what one cannot: that is computed, not known.
#[test]
fn a_way_over_a_third_kernel_is_proposed_where_there_is_one() {
    let mut kernels = linux(&["7.2", "7.2", "7.3"]);
    let [old, bridge, new] = kernels.as_mut_slice() else { panic!("three kernels") };
    // A kernel that writes one version and reads two, as none does yet.
    bridge.identity.name = "bridge".to_owned();
    for component in new.components.iter_mut().filter(|component| component.name == "memfd") {
        component.writes = vec!["memfd-v3".to_owned()];
        component.accepts = vec!["memfd-v3".to_owned()];
    }
    for component in bridge.components.iter_mut().filter(|component| component.name == "memfd") {
        component.writes = vec!["memfd-v3".to_owned()];
        component.accepts = vec!["memfd-v2".to_owned(), "memfd-v3".to_owned()];
    }
    let fix = |at_hand: &[&Kernel]| {
        let verdict = Verdict::with_fixes(old, new, at_hand);
        verdict.findings.first().and_then(|finding| finding.fix.clone())
    };
    assert_eq!(fix(&[]), None, "no way known is an answer");
    assert!(fix(&[bridge]).unwrap().contains("bridge"));
}
