//! Allocations that fail, one after the other, in preserve and in retrieve.
//!
//! The guest lets the first allocation fail, then the second, and so on past the last one: that is
//! more than chance finds. What is left over is judged by who did not take part: the preserved pages
//! in the machine's memory, and the kernel's accounting.

use lab_guest::{Answer, Step};

use super::held;
use super::memfd;
use super::scenario::Evidence;
use super::transcript::Transcript;
use super::unclaimed;

/// More than there are allocations.
const MOST: u32 = 60;

const FILE: &str = "kserial:fails";

fn memfd(file: &str) -> Step {
    Step::Memfd { file: file.into(), size: 16 << 10, seed: 5, seals: 0, position: 0 }
}

fn failing(nth: u32, step: Step) -> Step {
    Step::FailAllocation { nth, step: Box::new(step) }
}

/// Each try in a session of its own, which is closed; then one that succeeds, and the update.
pub(crate) fn preserve(_stages: usize) -> Vec<Vec<Step>> {
    let mut first = vec![memfd(FILE), Step::Describe { file: FILE.into() }];
    for nth in 1..=MOST {
        let session = format!("try-{nth}");
        first.push(Step::CreateSession { session: session.clone() });
        let file = FILE.into();
        first.push(failing(nth, Step::Preserve { session: session.clone(), token: 1, file }));
        first.push(Step::Close { name: session });
    }
    let session = || "memfds-1".to_owned();
    first.push(Step::CreateSession { session: session() });
    first.push(Step::Preserve { session: session(), token: 1, file: FILE.into() });
    first.push(Step::Kexec);
    let mut second = held::look().to_vec();
    second.push(Step::RetrieveSession { session: session() });
    second.push(Step::Retrieve { session: session(), token: 1, file: FILE.into() });
    second.push(Step::Finish { session: session() });
    second.push(Step::Close { name: session() });
    second.extend(held::look());
    second.push(Step::Describe { file: FILE.into() });
    vec![first, second]
}

/// A try may fail for want of memory and for nothing else; no page may be left preserved that
/// nothing tells of.
pub(crate) fn left_nothing(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = memfd::are_unchanged(&without_failures(transcript), stages);
    tries(transcript, 1, &mut evidence);
    for snapshot in &transcript.snapshots {
        let (as_known, unclaimed) = unclaimed::judge(&snapshot.dump);
        evidence.see(as_known, format!("in memory, {unclaimed}"));
        let sessions = snapshot.dump["luo"]["sessions"].as_array().map_or(0, Vec::len);
        evidence.see(sessions == 1, format!("in memory, sessions: {sessions}"));
    }
    evidence.see(!transcript.snapshots.is_empty(), "the memory was looked at".to_owned());
    evidence
}

/// How many allocations of a retrieve fail in turn, one a file. The next files begin anew: where a cache
/// has to grow there is one more, which the kernel makes up for, and which hides one that it does not.
const ROUND: u32 = 20;

/// As many files as tries: what failed once, the orchestrator does not ask for again.
pub(crate) fn retrieve(_stages: usize) -> Vec<Vec<Step>> {
    let session = || "memfds-1".to_owned();
    let name = |number: u32| format!("{FILE}-{number}");
    let mut first = vec![Step::CreateSession { session: session() }];
    let mut second = held::look().to_vec();
    second.push(Step::RetrieveSession { session: session() });
    for number in 1..=MOST {
        first.push(memfd(&name(number)));
        let (token, nth) = (u64::from(number), (number - 1) % ROUND + 1);
        first.push(Step::Preserve { session: session(), token, file: name(number) });
        second.push(failing(nth, Step::Retrieve { session: session(), token, file: name(number) }));
    }
    first.push(Step::Kexec);
    second.push(Step::Finish { session: session() });
    second.push(Step::Close { name: session() });
    second.extend(held::look());
    vec![first, second]
}

/// All memory must be back, whichever allocation failed.
pub(crate) fn gave_back(transcript: &Transcript, stages: usize) -> Evidence {
    let troubles = without_failures(transcript).troubles(stages, &[]);
    let mut evidence = Evidence { good: Vec::new(), bad: troubles };
    tries(transcript, 2, &mut evidence);
    held::judge(transcript, 2, &mut evidence);
    evidence
}

fn tried(transcript: &Transcript, stage: u32) -> impl Iterator<Item = &Answer> {
    transcript.stage(stage).filter(|answer| matches!(answer.did, Step::FailAllocation { .. }))
}

/// Some tries must have had an allocation fail, and those that had none must have gone through.
fn tries(transcript: &Transcript, stage: u32, evidence: &mut Evidence) {
    let (mut failed, mut through) = (0, 0);
    for answer in tried(transcript, stage) {
        let injected = answer.facts.get("failed").map(String::as_str) == Some("true");
        match answer.error.as_deref() {
            // The latter is what tmpfs says that has no memory for an inode.
            Some("ENOMEM" | "ENOSPC") if injected => failed += 1,
            None => through += 1,
            error => evidence.bad.push(format!("stage {stage}: {error:?} from {:?}", answer.did)),
        }
    }
    evidence.see(failed > 2, format!("stage {stage}: {failed} tries failed for want of memory"));
    evidence.see(through > 5, format!("stage {stage}: {through} tries went through"));
}

/// The transcript without the failures that were asked for.
fn without_failures(transcript: &Transcript) -> Transcript {
    let mut other = transcript.clone();
    for line in &mut other.lines {
        if let lab_guest::Line::Answer(answer) = line {
            if matches!(answer.did, Step::FailAllocation { .. }) {
                answer.error = None;
            }
        }
    }
    other
}
