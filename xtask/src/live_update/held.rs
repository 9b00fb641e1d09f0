//! Whether all that was handed over came back: pages that nobody has taken, before and after.
//!
//! Two sources say it. KSerial's status counts pages that still bear the mark of the handover. And
//! the kernel's own accounting does not know of it: pages that were handed over are no part of
//! `MemTotal` until they are restored.
//!
//! Kexec Handover keeps some of its own: a page for its root, and those of subtrees that nobody takes.

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

/// The same where so many pages have to stay as they were handed over.
pub(crate) fn all_but(transcript: &Transcript, stage: u32, kept: u64, evidence: &mut Evidence) {
    kept_and_locked(transcript, stage, kept, 0, evidence);
}

/// The same where so many more have to be taken over and then be kept from everybody: to the kernel's
/// accounting these are its own.
pub(crate) fn kept_and_locked(
    transcript: &Transcript,
    stage: u32,
    kept: u64,
    locked: u64,
    evidence: &mut Evidence,
) {
    let own = own(transcript, stage);
    let Some(own) = own else {
        evidence.bad.push(format!("stage {stage}: a subtree of Kexec Handover is not known here"));
        return;
    };
    let looks = looks(transcript, stage);
    let [(held, before), .., (left, after)] = looks[..] else {
        evidence.bad.push(format!("stage {stage}: nobody looked twice at what is held"));
        return;
    };
    evidence.see(held >= left, format!("stage {stage}: {held} pages are held before retrieving"));
    evidence.see(
        left == own + kept + locked,
        format!(
            "stage {stage}: {left} pages are held after finishing, {own} of Kexec Handover's own"
        ),
    );
    let came = after.saturating_sub(before) / 4;
    let gone = (held + locked).saturating_sub(left);
    evidence
        .see(came == gone, format!("stage {stage}: {gone} were taken, the kernel has {came} more"));
}

/// The pages of each subtree that nobody takes over: those of upstream, and of its own test, which
/// needs a second one. KSerial's is taken over, and freed.
const SUBTREE_PAGES: [(&str, u64); 4] =
    [("LUO", 1), ("kexec-metadata", 1), ("kho_test", 2), ("kserial-lineage", 0)];

/// The pages that Kexec Handover itself keeps: its root's, and those of subtrees.
fn own(transcript: &Transcript, stage: u32) -> Option<u64> {
    let count = |answer: &&Answer| matches!(answer.did, Step::Count { .. });
    let names = transcript.stage(stage).find(count)?.facts.get("names")?;
    let pages = names.split(' ').map(|name| {
        let known = SUBTREE_PAGES.iter().find(|(known, _)| *known == name);
        known.map(|(_, pages)| *pages)
    });
    Some(pages.sum::<Option<u64>>()? + 1)
}

/// What both sources said at each look of a stage, in the same breath: pages, and KiB.
fn looks(transcript: &Transcript, stage: u32) -> Vec<(u64, u64)> {
    let answers: Vec<&Answer> = transcript.stage(stage).collect();
    let both = |pair: &[&Answer]| {
        let [status, total] = pair else { return None };
        Some((number(status, STATUS, "memory held ")?, number(total, MEMINFO, "MemTotal:")?))
    };
    answers.windows(2).filter_map(both).collect()
}

/// The number behind a word, in an answer of a step that read the file.
fn number(answer: &Answer, file: &str, word: &str) -> Option<u64> {
    if !matches!(&answer.did, Step::Read { path } if path == file) {
        return None;
    }
    let rest = answer.facts.get("text")?.lines().find_map(|line| line.strip_prefix(word))?;
    rest.split_whitespace().next()?.parse().ok()
}
