//! Two programs of two generations: what their notes promise, and what then happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use kserial::Grade;
use kserial_cli::judge::{Condition, Direction, Otherwise, Verdict};
use kserial_cli::observe;
use kserial_cli::report::{Exit, Report};

const GEN1: &str = env!("CARGO_BIN_EXE_memfd-gen1");
const GEN2: &str = env!("CARGO_BIN_EXE_memfd-gen2");

fn run(program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn image(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = run(program, arguments, &[]);
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn words(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const AS_GEN1: &str = "pos 1234 size 8192 folios 0x100@0 0x101@1\n\
                       pos 0 size 32768 folios 0x20000@7\n";
const AS_GEN2: &str = "pos 1234 size 8192 seals 0x0 flags 0x0 folios 0x100@0 0x101@1\n\
                       pos 0 size 32768 seals 0x0 flags 0x0 folios 0x20000@7\n";

#[test]
fn what_one_generation_hands_over_the_other_reads_as_its_own() {
    for (writer, reader, expected) in
        [(GEN1, GEN1, AS_GEN1), (GEN1, GEN2, AS_GEN2), (GEN2, GEN1, AS_GEN1), (GEN2, GEN2, AS_GEN2)]
    {
        let read = run(reader, &["read"], &image(writer, &["write"]));
        assert_eq!(words(&read.stdout), expected, "{writer} to {reader}");
        assert!(read.status.success());
    }
}

#[test]
fn seals_that_a_reader_cannot_keep_are_refused() {
    let sealed = image(GEN2, &["write", "sealed"]);
    let read = run(GEN2, &["read"], &sealed);
    assert!(words(&read.stdout).starts_with("pos 1234 size 8192 seals 0x6"), "{read:?}");
    let read = run(GEN1, &["read"], &sealed);
    assert!(!read.status.success());
    assert_eq!(words(&read.stdout), "");
    assert!(words(&read.stderr).contains("member 3"), "{read:?}");
}

/// What a reader refuses rows for: the record, the member, and what it takes there.
fn refusals(verdict: &Verdict) -> Vec<(&str, &str, Vec<[i128; 2]>)> {
    let refused = verdict.findings.iter().filter_map(|finding| match &finding.condition {
        Some(Condition::Values { record, member, allowed, otherwise, .. })
            if *otherwise == Otherwise::Refuses =>
        {
            let allowed = allowed.iter().map(|ends| ends.map(|end| end.0)).collect();
            Some((record.as_str(), member.as_str(), allowed))
        }
        _ => None,
    });
    refused.collect()
}

#[test]
fn the_check_names_beforehand_what_the_reader_refuses() {
    let (old, new) = (observe::open(GEN1).unwrap(), observe::open(GEN2).unwrap());
    let report = Report::of(&old, &new, &[Direction::Update, Direction::Rollback], &[]);
    assert_eq!(report.exit(), Exit::Conditional);
    let [update, rollback] = report.checked.as_slice() else { panic!("two directions") };
    // Where generation 1 has a word for a frame number, generation 2 has 52 bits.
    assert_eq!(
        refusals(&update.verdict),
        [("memfd-folio", "1", vec![[0, (1 << 52) - 1]])],
        "update"
    );
    // Generation 1 has no seals, and no flags of folios.
    assert_eq!(
        refusals(&rollback.verdict),
        [("memfd", "3", vec![[0, 0]]), ("memfd-folio", "2", vec![[0, 0]])],
        "rollback"
    );
    let mut findings = update.verdict.findings.iter().chain(&rollback.verdict.findings);
    assert!(findings.all(|finding| finding.grade != Grade::Incompatible));
    let same = Report::of(&old, &old, &[Direction::Update], &[]);
    assert_eq!(same.exit(), Exit::Compatible);
}
