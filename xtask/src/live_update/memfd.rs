//! Memfds: size, position, seals and contents, described by the guest before and after.

use lab_guest::Step;

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
const STATUS: &str = "/sys/kernel/kserial/status";
const NEXT: &str = "/sys/kernel/kserial/next";

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
            steps.push(Step::RetrieveSession { session: from.clone() });
            for (token, (name, ..)) in tokens() {
                let file = name.clone();
                steps.push(Step::Retrieve { session: from.clone(), token, file });
            }
            steps.push(Step::Finish { session: from.clone() });
            steps.push(Step::Close { name: from });
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
        } else {
            steps.push(Step::Read { path: STATUS.into() });
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
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
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
