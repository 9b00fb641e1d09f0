//! Many sessions, and many files in one.

use lab_guest::Step;

use super::held;
use super::scenario::Evidence;
use super::transcript::Transcript;

/// As many sessions as upstream's own stress test makes, with a memfd each.
pub(crate) fn sessions(_stages: usize) -> Vec<Vec<Step>> {
    script(2000, 1)
}

/// As many files in a session as upstream's own stress test makes.
pub(crate) fn files(_stages: usize) -> Vec<Vec<Step>> {
    script(1, 500)
}

fn script(sessions: u32, files: u32) -> Vec<Vec<Step>> {
    let prefix = "kserial:".to_owned();
    let first = vec![Step::CreateMany { prefix, sessions, files }, Step::Kexec];
    let mut second = held::look().to_vec();
    second.push(Step::RetrieveMany { sessions, files });
    second.extend(held::look());
    vec![first, second]
}

/// Every file must hold what it held.
pub(crate) fn all_came(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    for answer in transcript.stage(2) {
        let Step::RetrieveMany { sessions, files } = answer.did else { continue };
        let all = (sessions * files).to_string();
        for word in ["found", "same"] {
            let count = answer.facts.get(word);
            evidence.see(count == Some(&all), format!("{word}: {count:?} of {all}"));
        }
    }
    held::judge(transcript, 2, &mut evidence);
    evidence
}
