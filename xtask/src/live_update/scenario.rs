//! The scenarios: what each stage does, and how what came of it is judged.

use lab_guest::Step;

use super::transcript::Transcript;

/// A scenario.
pub(crate) struct Scenario {
    /// What `--scenario` calls it.
    pub(crate) name: &'static str,
    /// What it shows.
    pub(crate) about: &'static str,
    /// The steps of each of so many stages.
    pub(crate) script: fn(usize) -> Vec<Vec<Step>>,
    /// Holds what happened over so many stages against what should.
    pub(crate) judge: fn(&Transcript, usize) -> Evidence,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Evidence {
    /// What is as it should be.
    pub(crate) good: Vec<String>,
    /// What is not.
    pub(crate) bad: Vec<String>,
}

/// All scenarios.
pub(crate) fn all() -> Vec<Scenario> {
    vec![Scenario {
        name: "memfd-upstream",
        about: "memfds cross with upstream's own handler: the lab itself works",
        script: memfds,
        judge: memfds_are_unchanged,
    }]
}

const SEAL_SHRINK: u32 = 0x2;
const SEAL_GROW: u32 = 0x4;

/// Name, size, seals, position: several pages, a last page that is not full, and many pages.
const MEMFDS: [(&str, u64, u32, u64); 3] = [
    ("pages", 5 * 4096, SEAL_SHRINK | SEAL_GROW, 1234),
    ("odd", 4096 + 17, 0, 4113),
    ("many", 8 << 20, SEAL_GROW, 0),
];

fn memfds(stages: usize) -> Vec<Vec<Step>> {
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

fn memfds_are_unchanged(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages) };
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
