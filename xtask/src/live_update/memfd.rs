//! Memfds: size, position, seals and contents, described by the guest before and after.

use lab_guest::Step;

use super::scenario::Evidence;
use super::transcript::Transcript;

const SEAL_SHRINK: u32 = 0x2;
const SEAL_GROW: u32 = 0x4;

/// Name, size, seals, position: several pages, a last page that is not full, and many pages.
const MEMFDS: [(&str, u64, u32, u64); 3] = [
    ("pages", 5 * 4096, SEAL_SHRINK | SEAL_GROW, 1234),
    ("odd", 4096 + 17, 0, 4113),
    ("many", 8 << 20, SEAL_GROW, 0),
];

/// Memfds made in the first stage and handed on in each.
pub(crate) fn upstream(stages: usize) -> Vec<Vec<Step>> {
    let session = |stage: usize| format!("lab-{stage}");
    let describe = || MEMFDS.iter().map(|(name, ..)| Step::Describe { file: (*name).into() });
    let mut scripts = Vec::new();
    for stage in 1..=stages {
        let mut steps = Vec::new();
        if stage == 1 {
            for (seed, (name, size, seals, position)) in (1..).zip(MEMFDS) {
                let file = name.into();
                steps.push(Step::Memfd { file, size, seed, seals, position });
            }
        } else {
            let from = session(stage - 1);
            steps.push(Step::RetrieveSession { session: from.clone() });
            for (token, (name, ..)) in (0x10..).zip(MEMFDS) {
                let file = name.into();
                steps.push(Step::Retrieve { session: from.clone(), token, file });
            }
            steps.push(Step::Finish { session: from.clone() });
            steps.push(Step::Close { name: from });
        }
        steps.extend(describe());
        if stage < stages {
            let to = session(stage);
            steps.push(Step::CreateSession { session: to.clone() });
            for (token, (name, ..)) in (0x10..).zip(MEMFDS) {
                steps.push(Step::Preserve { session: to.clone(), token, file: name.into() });
            }
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
        for (name, ..) in MEMFDS {
            match (first.get(name), now.get(name)) {
                (Some(then), Some(now)) if then == now => {
                    evidence.good.push(format!("stage {stage}: {name} is what it was"));
                }
                (Some(then), Some(now)) => {
                    evidence.bad.push(format!("stage {stage}: {name} was {then:?}, is {now:?}"));
                }
                _ => evidence.bad.push(format!("stage {stage}: {name} was not described")),
            }
        }
    }
    evidence
}
