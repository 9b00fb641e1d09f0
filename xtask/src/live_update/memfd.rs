//! Memfds: size, position, seals and contents, described by the guest before and after.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lab_guest::Step;
use serde_json::Value;

use super::held;
use super::memory::{self, Memory};
use super::scenario::Evidence;
use super::transcript::Transcript;

const SEAL_SHRINK: u32 = 0x2;
const SEAL_GROW: u32 = 0x4;

/// What KSerial's handler takes begins with this; all else is upstream's.
const OURS: &str = "kserial:";

/// Name, size, seals, position: several pages, a last page that is not full, many pages, and as
/// many that an image needs several segments, which are handed over in pieces of 2 MiB.
const MEMFDS: [(&str, u64, u32, u64); 4] = [
    ("pages", 5 * 4096, SEAL_SHRINK | SEAL_GROW, 1234),
    ("odd", 4096 + 17, 0, 4113),
    ("many", 8 << 20, SEAL_GROW, 0),
    ("empty", 0, 0, 0),
];

/// Memfds of upstream's handler, made in the first stage and handed on in each.
pub(crate) fn upstream(stages: usize) -> Vec<Vec<Step>> {
    let files = MEMFDS.map(|(name, size, seals, at)| (name.to_owned(), size, seals, at));
    script(stages, &files, &[])
}

/// The same, and one is sealed when it is preserved already: the steps of [`ours`].
pub(crate) fn upstream_sealed_late(stages: usize) -> Vec<Vec<Step>> {
    let files = MEMFDS.map(|(name, size, seals, at)| (name.to_owned(), size, seals, at));
    script(stages, &files, &[Step::Seal { file: "odd".into(), seals: SEAL_SHRINK }])
}

/// One memfd of that size.
pub(crate) fn plain(stages: usize, prefix: &str, size: u64) -> Vec<Vec<Step>> {
    script(stages, &[(format!("{prefix}plain"), size, 0, 0)], &[])
}

/// The same with KSerial's handler; one is sealed when it is preserved already.
pub(crate) fn ours(stages: usize) -> Vec<Vec<Step>> {
    let files = MEMFDS.map(|(name, size, seals, at)| (format!("{OURS}{name}"), size, seals, at));
    let late = Step::Seal { file: format!("{OURS}odd"), seals: SEAL_SHRINK };
    script(stages, &files, &[late])
}

/// A memfd that the newer shape of the record says more of than the older knows.
pub(crate) fn critical(stages: usize) -> Vec<Vec<Step>> {
    script(stages, &[(critical_name(), 64 << 10, 0, 0)], &[])
}

fn critical_name() -> String {
    format!("{OURS}purpose=7:guest")
}

/// The same, but the running kernel is told what the next one declares: the kexec must be called
/// off with everything alive, and after the file is given up it must go through.
pub(crate) fn aborted(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = script(stages, &[(critical_name(), 64 << 10, 0, 0)], &[]);
    if let Some(first) = scripts.first_mut() {
        first.pop();
        first.push(Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
        first.push(Step::Kexec);
        first.push(Step::Read { path: STATUS.into() });
        first.push(Step::Describe { file: critical_name() });
        first.push(Step::Close { name: "memfds-1".into() });
        first.push(Step::Kexec);
    }
    if let Some(second) = scripts.last_mut() {
        *second = vec![Step::Read { path: STATUS.into() }];
    }
    scripts
}

/// What userspace reads of what happened, and where it says what comes next.
pub(crate) const STATUS: &str = "/sys/kernel/kserial/status";
pub(crate) const NEXT: &str = "/sys/kernel/kserial/next";

/// The files are retrieved in the order from last to first.
pub(crate) fn reversed(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = ours(stages);
    for steps in &mut scripts {
        let at = |step: &Step| matches!(step, Step::Retrieve { .. });
        if let Some(first) = steps.iter().position(at) {
            let count = steps.iter().filter(|step| at(step)).count();
            steps[first..first + count].reverse();
        }
    }
    scripts
}

/// The session is closed once, which gives up what it held, and made again.
pub(crate) fn again(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = ours(stages);
    if let Some(first) = scripts.first_mut() {
        let session =
            |step: &&Step| matches!(step, Step::CreateSession { .. } | Step::Preserve { .. });
        let again: Vec<Step> = first.iter().filter(session).cloned().collect();
        first.pop();
        first.push(Step::Close { name: "memfds-1".into() });
        first.extend(again);
        first.push(Step::Kexec);
    }
    scripts
}

/// All is preserved by a process that is killed before the update.
pub(crate) fn killed(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = ours(stages);
    if let Some(first) = scripts.first_mut() {
        first.pop();
        *first = vec![Step::Killed { steps: first.clone() }, Step::Kexec];
    }
    if let Some(second) = scripts.get_mut(1) {
        second.retain(|step| !matches!(step, Step::Describe { .. } | Step::Retrieve { .. }));
        second.retain(|step| !matches!(step, Step::Finish { .. } | Step::Close { .. }));
    }
    scripts
}

/// Nothing may have been handed over, and asking must say so.
pub(crate) fn is_given_up(transcript: &Transcript, stages: usize) -> Evidence {
    let ask = Step::RetrieveSession { session: "memfds-1".into() };
    let mut evidence =
        Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[(2, ask, "ENOENT")]) };
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// One memfd that the next kernel takes, and one that it does not; the former changes after the
/// kexec was called off, and the latter is given up.
pub(crate) fn refrozen(stages: usize) -> Vec<Vec<Step>> {
    let file = format!("{OURS}kept");
    let mut scripts = script(stages, &[(file.clone(), 64 << 10, 0, 17)], &[]);
    if let Some(first) = scripts.first_mut() {
        first.retain(|step| !matches!(step, Step::Describe { .. } | Step::Kexec));
        let other = critical_name();
        first.push(Step::Memfd { file: other.clone(), size: 4096, seed: 9, seals: 0, position: 0 });
        first.push(Step::CreateSession { session: "other".into() });
        first.push(Step::Preserve { session: "other".into(), token: 1, file: other });
        first.push(Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
        first.push(Step::Kexec);
        first.push(Step::Close { name: "other".into() });
        first.push(Step::Seal { file: file.clone(), seals: SEAL_SHRINK | SEAL_GROW });
        first.push(Step::Describe { file });
        first.push(Step::Kexec);
    }
    scripts
}

/// The first kexec must have been called off, and the second handed over what was set between.
pub(crate) fn is_refrozen(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let evidence = unchanged(transcript, stages, &expected);
    let mut evidence = and_all_came_back(evidence, transcript, stages);
    let seals = transcript.described(2).values().next().and_then(|facts| facts.get("seals"));
    evidence.see(
        seals.map(String::as_str) == Some("0x6"),
        format!("stage 2: the seals are those set after the kexec was called off: {seals:?}"),
    );
    evidence
}

/// A memfd is preserved, and then once more by another file of its own: by its link in `/proc`.
pub(crate) fn twice(stages: usize) -> Vec<Vec<Step>> {
    let file = format!("{OURS}once");
    let mut scripts = script(stages, &[(file.clone(), 64 << 10, SEAL_GROW, 17)], &[]);
    if let Some(first) = scripts.first_mut() {
        first.pop();
        first.push(Step::Reopen { file, called: AGAIN.into() });
        first.push(Step::CreateSession { session: "other".into() });
        first.push(preserve_again());
        // What a second owner had let go of would be the first one's.
        first.push(Step::Close { name: "other".into() });
        first.push(Step::Kexec);
    }
    scripts
}

const AGAIN: &str = "again";

fn preserve_again() -> Step {
    Step::Preserve { session: "other".into(), token: 1, file: AGAIN.into() }
}

/// The second time must have been refused, and the first be whole.
pub(crate) fn has_one_owner(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, preserve_again(), "EBUSY")];
    and_all_came_back(unchanged(transcript, stages, &expected), transcript, stages)
}

/// The running kernel is told of the older reader before anything is preserved.
pub(crate) fn pinned(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = ours(stages);
    if let Some(first) = scripts.first_mut() {
        first.insert(0, Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
    }
    scripts
}

/// The bytes of a row that the layout in the image states, as they lie in memory: the head cell
/// begins with the record's name, and the row's length follows it.
pub(crate) fn layout_in_memory(dump: &Value, memory: &Memory) -> Result<BTreeMap<String, String>> {
    let mut record = [0; 48];
    record[..13].copy_from_slice(b"kserial-memfd");
    let file = memory::file(dump, "memfds-1", 0x10)?;
    let image = memory.read(memory::address(&file["data"])?, 4096)?;
    let head = image.windows(48).position(|window| window == &record[..]);
    let row = head.and_then(|at| image.get(at + 48..at + 52)).context("no layout of it there")?;
    let row = row.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(BTreeMap::from([("row".to_owned(), row.to_string())]))
}

/// The memory must hold the older layout, and the older kernel must have read it.
pub(crate) fn is_pinned(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = are_unchanged(transcript, stages);
    // Two numbers, four of 32 bits, an end mark and 64 bytes of a name; the newer has 112 bytes.
    let rows: Vec<_> = transcript.snapshots.iter().filter_map(|s| s.facts.get("row")).collect();
    evidence
        .see(rows == ["104"], format!("rows in memory are those of the older layout: {rows:?}"));
    evidence
}

/// Memfds whose folios are as large as they get.
pub(crate) fn huge(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = script(stages, &[(huge_name(), 8 << 20, 0, 4096)], &[]);
    if let Some(first) = scripts.first_mut() {
        let path = "/sys/kernel/mm/transparent_hugepage/shmem_enabled".into();
        first.insert(0, Step::Write { path, text: "always".into() });
    }
    scripts
}

fn huge_name() -> String {
    format!("{OURS}huge")
}

/// The image must have been refused for the machine that it is for, and its folios be free.
pub(crate) fn huge_is_refused(transcript: &Transcript, stages: usize) -> Evidence {
    let file = huge_name();
    let retrieve = Step::Retrieve { session: "memfds-1".into(), token: 0x10, file: file.clone() };
    let expected = [(2, retrieve, "EOPNOTSUPP"), (2, Step::Describe { file }, "EBADF")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 2, "image refused ");
    evidence.status(transcript, 2, "kserial-memfd released 4 folios");
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// What a machine of 5 GiB can hand over, and hold once more in what describes it.
pub(crate) fn largest(stages: usize) -> Vec<Vec<Step>> {
    script(stages, &[(format!("{OURS}largest"), 2 << 30, 0, 4096)], &[])
}

/// So many bytes that the folios' rows fill more than one segment.
pub(crate) fn large(stages: usize) -> Vec<Vec<Step>> {
    script(stages, &[(format!("{OURS}large"), 600 << 20, 0, 4096)], &[])
}

/// `late` is done when the first stage has preserved its files.
fn script(stages: usize, files: &[(String, u64, u32, u64)], late: &[Step]) -> Vec<Vec<Step>> {
    let session = |stage: usize| format!("memfds-{stage}");
    let tokens = || (0x10..).zip(files);
    let mut scripts = Vec::new();
    for stage in 1..=stages {
        let mut steps = Vec::new();
        if stage == 1 {
            for (seed, (file, size, seals, position)) in (1..).zip(files) {
                let (file, size, seals, position) = (file.clone(), *size, *seals, *position);
                steps.push(Step::Memfd { file, size, seed, seals, position });
            }
        } else {
            let from = session(stage - 1);
            steps.extend(held::look());
            steps.push(Step::RetrieveSession { session: from.clone() });
            for (token, (name, ..)) in tokens() {
                let file = name.clone();
                steps.push(Step::Retrieve { session: from.clone(), token, file });
            }
            steps.push(Step::Finish { session: from.clone() });
            steps.push(Step::Close { name: from });
            steps.extend(held::look());
        }
        if stage < stages {
            let to = session(stage);
            steps.push(Step::CreateSession { session: to.clone() });
            for (token, (name, ..)) in tokens() {
                let (session, file) = (to.clone(), name.clone());
                steps.push(Step::Preserve { session, token, file });
            }
        }
        if stage == 1 {
            steps.extend_from_slice(late);
        }
        steps.extend(files.iter().map(|(name, ..)| Step::Describe { file: name.clone() }));
        if stage < stages {
            steps.push(Step::Kexec);
        }
        scripts.push(steps);
    }
    scripts
}

/// Holds what each later stage says of the memfds against what the first said.
pub(crate) fn are_unchanged(transcript: &Transcript, stages: usize) -> Evidence {
    and_all_came_back(came_across(transcript, stages), transcript, stages)
}

/// The same, whatever else is still held.
pub(crate) fn came_across(transcript: &Transcript, stages: usize) -> Evidence {
    unchanged(transcript, stages, &[])
}

fn and_all_came_back(mut evidence: Evidence, transcript: &Transcript, stages: usize) -> Evidence {
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        held::judge(transcript, stage, &mut evidence);
    }
    evidence
}

/// The same, but for the errors that it is about.
pub(crate) fn unchanged(
    transcript: &Transcript,
    stages: usize,
    expected: &[(u32, Step, &str)],
) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, expected) };
    let first = transcript.described(1);
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        let now = transcript.described(stage);
        for (name, then) in &first {
            match now.get(name) {
                Some(now) if then == now => {
                    evidence.good.push(format!("stage {stage}: {name} is what it was: {now:?}"));
                }
                Some(now) => {
                    evidence.bad.push(format!("stage {stage}: {name} was {then:?}, is {now:?}"));
                }
                None => evidence.bad.push(format!("stage {stage}: {name} was not described")),
            }
        }
    }
    evidence
}

/// The retrieve must have failed for the reason that the record states, and the memory must be
/// back with the allocator.
pub(crate) fn is_refused(transcript: &Transcript, stages: usize) -> Evidence {
    let file = critical_name();
    let retrieve = Step::Retrieve { session: "memfds-1".into(), token: 0x10, file: file.clone() };
    let expected = [(2, retrieve, "EOPNOTSUPP"), (2, Step::Describe { file }, "EBADF")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 2, "kserial-memfd refused row 0: member 9 ");
    evidence.status(transcript, 2, "kserial-memfd released 16 folios");
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// The first kexec must have been called off, with the memfd as it was; the second must not.
pub(crate) fn is_aborted(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 1, "kserial-memfd aborted row 0: ");
    let described: Vec<_> = transcript
        .stage(1)
        .filter(|answer| matches!(answer.did, Step::Describe { .. }))
        .map(|answer| &answer.facts)
        .collect();
    let same = matches!(described.as_slice(), [before, after] if before == after);
    evidence.see(same, format!("the memfd is as it was: {described:?}"));
    evidence
}
