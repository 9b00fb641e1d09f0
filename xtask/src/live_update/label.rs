//! Labels: a user of KSerial in C, whose struct has two shapes.

use lab_guest::{Answer, Step};

use super::held;
use super::memfd::{NEXT, STATUS};
use super::scenario::Evidence;
use super::transcript::Transcript;

pub(crate) const MODULES: &[&str] = &["kserial_label"];

/// One of them in C, one in Rust, of one record.
pub(crate) const TWINS: &[&str] = &["kserial_label", "kserial_twin"];

pub(crate) const OWNED_MODULES: &[&str] = &["kserial_owned"];

/// What the label says.
pub(crate) const TEXT: &str = "rack 7, shelf 3";

const TOKEN: u64 = 7;

/// A device of labels, and the modules that have it: in odd stages, and in even ones.
type Device = (&'static str, [&'static str; 2]);

const C: &str = "/modules/kserial_label.ko";

const DEVICE: Device = ("/dev/kserial-label", [C, C]);

const IN_TURN: Device = ("/dev/kserial-label", [C, "/modules/kserial_twin.ko"]);

/// The one whose newer shape has a member that a reader must be given.
const OWNED: Device = ("/dev/kserial-owned", ["/modules/kserial_owned.ko"; 2]);

/// A label, handed on in each stage.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    steps(stages, DEVICE)
}

/// The same, from a user in C to one in Rust and back.
pub(crate) fn in_turn(stages: usize) -> Vec<Vec<Step>> {
    steps(stages, IN_TURN)
}

fn steps(stages: usize, (device, modules): Device) -> Vec<Vec<Step>> {
    let session = |stage: usize| format!("label-{stage}");
    let mut scripts = Vec::new();
    for stage in 1..=stages {
        let file = "label".to_owned();
        let path = modules[(stage - 1) % 2].into();
        let mut steps = vec![Step::LoadModule { path, parameters: String::new() }];
        if stage == 1 {
            steps.push(Step::Open { file: file.clone(), path: device.into() });
            steps.push(Step::Tell { file: file.clone(), text: TEXT.into() });
        } else {
            let session = session(stage - 1);
            steps.extend(held::look());
            steps.push(Step::RetrieveSession { session: session.clone() });
            let (token, file) = (TOKEN, file.clone());
            steps.push(Step::Retrieve { session: session.clone(), token, file });
            steps.push(Step::Finish { session: session.clone() });
            steps.push(Step::Close { name: session });
            steps.extend(held::look());
        }
        steps.push(Step::Seek { file: file.clone(), to: 0 });
        steps.push(Step::Ask { file: file.clone() });
        if stage < stages {
            steps.push(Step::CreateSession { session: session(stage) });
            steps.push(Step::Preserve { session: session(stage), token: TOKEN, file });
            steps.push(Step::Kexec);
        }
        scripts.push(steps);
    }
    scripts
}

/// What each stage read must be the same text.
pub(crate) fn is_unchanged(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    reads(transcript, stages, TEXT, &mut evidence);
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        evidence.status(transcript, stage, "kserial-label read 1 rows");
        held::judge(transcript, stage, &mut evidence);
    }
    evidence
}

/// The same, and every other stage must have read it in Rust: with the text the number of its writes,
/// which is wider in one shape than in the other.
pub(crate) fn crossed_languages(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = is_unchanged(transcript, stages);
    for stage in (2..=u32::try_from(stages).unwrap_or(u32::MAX)).step_by(2) {
        evidence.status(transcript, stage, "kserial-label read 1 rows in Rust, text of 1 writes");
    }
    evidence
}

/// Every stage must have read the same text.
pub(crate) fn reads(transcript: &Transcript, stages: usize, text: &str, evidence: &mut Evidence) {
    for stage in 1..=u32::try_from(stages).unwrap_or(u32::MAX) {
        let ask = |answer: &&Answer| matches!(&answer.did, Step::Ask { file } if file == "label");
        let asked = transcript.stage(stage).filter(ask);
        let read = asked.last().and_then(|answer| answer.facts.get("text"));
        evidence.see(
            read.map(String::as_str) == Some(text),
            format!("stage {stage}: the label reads {read:?}"),
        );
    }
}

/// The label becomes one that an older kernel must not miss after it was preserved: the kexec must
/// be called off, and go through when it is none any more.
pub(crate) fn set_late(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = script(stages);
    if let Some(first) = scripts.first_mut() {
        let tell = |text: &str| Step::Tell { file: "label".into(), text: text.into() };
        first.pop();
        first.push(Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
        first.push(tell("!keep"));
        first.push(Step::Kexec);
        first.push(Step::Read { path: STATUS.into() });
        first.push(tell("rack 9"));
        first.push(Step::Seek { file: "label".into(), to: 0 });
        first.push(Step::Ask { file: "label".into() });
        first.push(Step::Kexec);
    }
    scripts
}

/// The first kexec must have been called off for the member; what crossed is the last text.
pub(crate) fn is_aborted(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 1, "kserial-label aborted row 0: ");
    reads(transcript, stages, "rack 9", &mut evidence);
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// Two labels that the next kernel takes, and behind them a memfd that it does not: twice they are frozen
/// and nothing comes of it. Then one of them is given up with the memfd, and the other is changed.
pub(crate) fn refrozen(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = script(stages);
    if let Some(first) = scripts.first_mut() {
        let (other, guest) = (|| "other".to_owned(), "kserial:purpose=7:guest".to_owned());
        let tell = |file: &str, text: &str| Step::Tell { file: file.into(), text: text.into() };
        first.pop();
        first.push(Step::Open { file: "second".into(), path: DEVICE.0.into() });
        first.push(tell("second", "rack 8"));
        first.push(Step::Memfd { file: guest.clone(), size: 4096, seed: 9, seals: 0, position: 0 });
        first.push(Step::CreateSession { session: other() });
        first.push(Step::Preserve { session: other(), token: 1, file: "second".into() });
        first.push(Step::Preserve { session: other(), token: 2, file: guest });
        first.push(Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
        first.push(Step::Kexec);
        first.push(tell("label", "rack 8"));
        first.push(Step::Kexec);
        first.push(Step::Close { name: other() });
        first.push(tell("label", "rack 9"));
        first.push(Step::Seek { file: "label".into(), to: 0 });
        first.push(Step::Ask { file: "label".into() });
        first.push(Step::Kexec);
    }
    scripts
}

/// Both must have been called off for the memfd; what crossed is the last text, and nothing else.
pub(crate) fn is_refrozen(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    let off = transcript.called_off(1);
    evidence.see(off == 2, format!("stage 1: the kexec was called off {off} times"));
    reads(transcript, stages, "rack 9", &mut evidence);
    evidence.status(transcript, 2, "kserial-label read 1 rows");
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// A label of an older kernel lacks what the newer one must be given.
pub(crate) fn owned(stages: usize) -> Vec<Vec<Step>> {
    steps(stages, OWNED)
}

/// The retrieve must have failed for the member, and the memory be back.
pub(crate) fn owner_is_missing(transcript: &Transcript, stages: usize) -> Evidence {
    let (session, file) = (|| "label-1".to_owned(), || "label".to_owned());
    let retrieve = Step::Retrieve { session: session(), token: TOKEN, file: file() };
    let expected = [
        (2, retrieve, "EOPNOTSUPP"),
        (2, Step::Seek { file: file(), to: 0 }, "EBADF"),
        (2, Step::Ask { file: file() }, "EBADF"),
    ];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 2, "kserial-owned refused ");
    held::judge(transcript, 2, &mut evidence);
    evidence
}

/// The same, but the running kernel is told: the kexec must be called off, and go through when the
/// label is given up.
pub(crate) fn owned_late(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = owned(stages);
    if let Some(first) = scripts.first_mut() {
        first.insert(0, Step::Copy { from: "/next/notes".into(), to: NEXT.into() });
        first.push(Step::Read { path: STATUS.into() });
        first.push(Step::Close { name: "label-1".into() });
        first.push(Step::Seek { file: "label".into(), to: 0 });
        first.push(Step::Ask { file: "label".into() });
        first.push(Step::Kexec);
    }
    if let Some(second) = scripts.last_mut() {
        *second = vec![Step::Read { path: STATUS.into() }];
    }
    scripts
}

/// The first kexec must have been called off with the label as it was, and the second not.
pub(crate) fn owner_aborted(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EOPNOTSUPP")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 1, "kserial-owned aborted ");
    reads(transcript, 1, TEXT, &mut evidence);
    evidence
}
