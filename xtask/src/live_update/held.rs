//! Whether all that was handed over came back: pages that nobody has taken, before and after.
//!
//! Two sources say it. KSerial's status counts pages that still bear the mark of the handover. And
//! the kernel's own accounting does not know of it: pages that were handed over are no part of
//! `MemTotal` until they are restored.
//!
//! Kexec Handover keeps some of its own: a page for its root, and one for each subtree.

use lab_guest::{Answer, Step};

use super::memfd::STATUS;
use super::scenario::Evidence;
use super::transcript::Transcript;

const MEMINFO: &str = "/proc/meminfo";

const SUBTREES: &str = "/sys/kernel/debug/kho/in/sub_fdts";

/// Looks at both, and at what Kexec Handover has of its own.
pub(crate) fn look() -> [Step; 3] {
    [
        Step::Count { path: SUBTREES.into() },
        Step::Read { path: STATUS.into() },
        Step::Read { path: MEMINFO.into() },
    ]
}

/// Holds the first look of a stage against its last: all must have come back.
pub(crate) fn judge(transcript: &Transcript, stage: u32, evidence: &mut Evidence) {
    all_but(transcript, stage, 0, evidence);
}

/// The same where so many pages have to stay held.
pub(crate) fn all_but(transcript: &Transcript, stage: u32, kept: u64, evidence: &mut Evidence) {
    let own = own(transcript, stage);
    let Some(own) = own else {
        evidence
            .bad
            .push(format!("stage {stage}: the subtrees of Kexec Handover were not counted"));
        return;
    };
    let held = numbers(transcript, stage, STATUS, "memory held ");
    let total = numbers(transcript, stage, MEMINFO, "MemTotal:");
    let (Some((held, left)), Some((before, after))) = (ends(&held), ends(&total)) else {
        evidence.bad.push(format!("stage {stage}: nobody looked at what is held"));
        return;
    };
    evidence.see(held >= left, format!("stage {stage}: {held} pages are held before retrieving"));
    evidence.see(
        left == own + kept,
        format!(
            "stage {stage}: {left} pages are held after finishing, {own} of Kexec Handover's own"
        ),
    );
    let came = after.saturating_sub(before) / 4;
    let gone = held.saturating_sub(left);
    evidence
        .see(came == gone, format!("stage {stage}: {gone} were taken, the kernel has {came} more"));
}

/// The pages that Kexec Handover itself keeps.
fn own(transcript: &Transcript, stage: u32) -> Option<u64> {
    let count = |answer: &&Answer| matches!(answer.did, Step::Count { .. });
    let subtrees = transcript.stage(stage).find(count)?.facts.get("count")?;
    Some(subtrees.parse::<u64>().ok()? + 1)
}

fn ends(numbers: &[u64]) -> Option<(u64, u64)> {
    match numbers {
        [first, .., last] => Some((*first, *last)),
        _ => None,
    }
}

/// The number behind a word, in each answer of a stage that read the file.
fn numbers(transcript: &Transcript, stage: u32, file: &str, word: &str) -> Vec<u64> {
    let read = |answer: &&Answer| matches!(&answer.did, Step::Read { path } if path == file);
    transcript
        .stage(stage)
        .filter(read)
        .filter_map(|answer| answer.facts.get("text"))
        .filter_map(|text| text.lines().find_map(|line| line.strip_prefix(word)))
        .filter_map(|rest| rest.split_whitespace().next()?.parse().ok())
        .collect()
}
