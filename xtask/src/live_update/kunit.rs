//! The library's tests inside the kernel, which KUnit runs at boot: their results are on the console.

use lab_guest::Step;

use super::scenario::Evidence;
use super::transcript::Transcript;

/// There is nothing to do but to boot.
pub(crate) fn script(_stages: usize) -> Vec<Vec<Step>> {
    vec![vec![Step::Kexec], Vec::new()]
}

/// How many tests there are at least.
const FEWEST: u64 = 11;

/// The suite must have run at each boot, with every test passed.
pub(crate) fn passed(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    let ends = transcript.console.lines().filter_map(|line| line.split_once("# kserial: "));
    let mut boots = 0;
    for (_, end) in ends {
        boots += 1;
        let count = |word: &str| -> Option<u64> {
            let word = end.split_whitespace().find_map(|part| part.strip_prefix(word))?;
            word.strip_prefix(':')?.parse().ok()
        };
        let (pass, fail, total) = (count("pass"), count("fail"), count("total"));
        evidence.see(
            pass.is_some_and(|pass| pass >= FEWEST) && pass == total && fail == Some(0),
            format!("KUnit: pass {pass:?}, fail {fail:?}, total {total:?}"),
        );
    }
    evidence.see(boots == stages, format!("KUnit ran at {boots} boots"));
    evidence
}
