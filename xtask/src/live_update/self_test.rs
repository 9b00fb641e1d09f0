//! Judges that can say no: a run's transcript is falsified, one way at a time, and held up to the
//! scenario's judge again. A judge that still finds nothing wrong judges nothing.

use lab_guest::{Answer, Line, Step};

use super::scenario::Scenario;
use super::transcript::Transcript;

/// A way to falsify a transcript. Says whether there was anything of its kind to falsify.
type Falsify = fn(&mut Transcript) -> bool;

/// What some scenarios do not look at, each for a reason that stands beside it there.
pub(crate) const CONTENTS: &str = "contents of a file changed on the way";
pub(crate) const VALUES: &str = "a value of the record changed on the way";
pub(crate) const PAGES: &str = "pages were not given back";

const WAYS: [(&str, Falsify); 11] = [
    (CONTENTS, change_contents),
    (VALUES, change_value),
    ("a device reaches more than it did", change_mapping),
    ("an entry of a table in memory leads elsewhere", change_table),
    ("what was to be refused went through", let_through),
    ("the status file says nothing", silence_status),
    (PAGES, keep_pages),
    ("the memory held something else at the kexec", change_memory),
    ("the last kernel never came up", lose_last_stage),
    ("a test in a kernel failed", fail_test),
    ("a kernel warned", warn),
];

/// Falsifies the transcript of a run in every way that applies to it but those that its scenario
/// [does not look at](Scenario::looks_away), and says which of them the judge did not notice.
pub(crate) fn unnoticed(
    transcript: &Transcript,
    stages: usize,
    scenario: &Scenario,
) -> (usize, Vec<&'static str>) {
    let mut tried = 0;
    let mut unnoticed = Vec::new();
    for (what, falsify) in WAYS {
        let mut false_one = transcript.clone();
        if scenario.looks_away.contains(&what) || !falsify(&mut false_one) {
            continue;
        }
        tried += 1;
        if scenario.judged(&false_one, stages).bad.is_empty() {
            unnoticed.push(what);
        }
    }
    (tried, unnoticed)
}

/// Changes the last answer for which `change` finds something to change.
fn change(transcript: &mut Transcript, mut change: impl FnMut(&mut Answer) -> bool) -> bool {
    transcript.lines.iter_mut().rev().any(|line| match line {
        Line::Answer(answer) => change(answer),
        _ => false,
    })
}

fn change_contents(transcript: &mut Transcript) -> bool {
    let hashes = transcript.lines.iter().filter(|line| match line {
        Line::Answer(answer) => answer.facts.contains_key("sha256"),
        _ => false,
    });
    // One that is described once is compared with nothing.
    if hashes.count() < 2 {
        return false;
    }
    change(transcript, |answer| match answer.facts.get_mut("sha256") {
        Some(hash) => {
            *hash = hash.chars().rev().collect();
            true
        }
        None => false,
    })
}

fn change_value(transcript: &mut Transcript) -> bool {
    change(transcript, |answer| match (&answer.did, answer.facts.get_mut("text")) {
        (Step::Ask { .. }, Some(text)) => {
            let changed = text.replace("bar0=0x", "bar0=0x1");
            *text = if changed == *text { format!("{text}?") } else { changed };
            true
        }
        _ => false,
    })
}

fn change_mapping(transcript: &mut Transcript) -> bool {
    change(transcript, |answer| match (&answer.did, answer.facts.get_mut("text")) {
        (Step::Read { path }, Some(text))
            if path.ends_with("/mappings") && text.contains(" r-") =>
        {
            *text = text.replacen(" r-", " rw", 1);
            true
        }
        _ => false,
    })
}

fn change_table(transcript: &mut Transcript) -> bool {
    let run = transcript.tables.last_mut().and_then(|runs| runs.first_mut());
    run.map(|run| run.physical ^= 0x1000).is_some()
}

fn let_through(transcript: &mut Transcript) -> bool {
    change(transcript, |answer| {
        let refusal =
            matches!(answer.error.as_deref(), Some("EOPNOTSUPP" | "EIO" | "EBUSY" | "EAGAIN"));
        if refusal {
            answer.error = None;
        }
        refusal
    })
}

fn silence_status(transcript: &mut Transcript) -> bool {
    let refused = |transcript: &Transcript| {
        transcript.lines.iter().any(|line| match line {
            Line::Answer(answer) => answer.error.as_deref() == Some("EOPNOTSUPP"),
            _ => false,
        })
    };
    // Only scenarios with a refusal read anything into it.
    let mut silenced = refused(transcript);
    while silenced && change(transcript, silence) {}
    silenced &= transcript.lines.iter().any(|line| match line {
        Line::Answer(Answer { did: Step::Read { path }, .. }) => path.ends_with("/status"),
        _ => false,
    });
    silenced
}

fn silence(answer: &mut Answer) -> bool {
    match (&answer.did, answer.facts.get_mut("text")) {
        (Step::Read { path }, Some(text)) if path.ends_with("/status") && !text.is_empty() => {
            text.clear();
            true
        }
        _ => false,
    }
}

fn keep_pages(transcript: &mut Transcript) -> bool {
    let counted = transcript.lines.iter().any(|line| match line {
        Line::Answer(answer) => matches!(answer.did, Step::Count { .. }),
        _ => false,
    });
    change(transcript, |answer| match (&answer.did, answer.facts.get_mut("text")) {
        (Step::Read { path }, Some(text)) if path.ends_with("/status") => {
            // Only scenarios that count read anything into it.
            if !counted {
                return false;
            }
            *text = text.replace("memory held ", "memory held 1");
            true
        }
        _ => false,
    })
}

fn change_memory(transcript: &mut Transcript) -> bool {
    let any = !transcript.snapshots.is_empty();
    transcript.snapshots.clear();
    any
}

fn lose_last_stage(transcript: &mut Transcript) -> bool {
    let begins = |line: &Line| matches!(line, Line::Begin { .. });
    match transcript.lines.iter().rposition(begins) {
        Some(at) => {
            transcript.lines.truncate(at);
            true
        }
        None => false,
    }
}

/// A kernel's tests count for the scenario that has nothing else in it.
fn fail_test(transcript: &mut Transcript) -> bool {
    let nothing_else = !transcript.lines.iter().any(|line| match line {
        Line::Answer(answer) => answer.did != Step::Kexec,
        _ => false,
    });
    let failed = transcript.console.replace("# kserial: pass:", "# kserial: fail:1 pass:");
    let changed = failed != transcript.console;
    if nothing_else {
        transcript.console = failed;
    }
    nothing_else && changed
}

fn warn(transcript: &mut Transcript) -> bool {
    transcript.console.push_str("WARNING: kernel/liveupdate/luo_flb.c:1 at luo_flb_file_finish\n");
    true
}
