//! Labels: a user of KSerial in C, whose struct has two shapes.

use lab_guest::Step;

use super::held;
use super::memfd::{NEXT, STATUS};
use super::scenario::Evidence;
use super::transcript::Transcript;

pub(crate) const MODULES: &[&str] = &["kserial_label"];

const TOKEN: u64 = 7;
const DEVICE: &str = "/dev/kserial-label";

/// A label, handed on in each stage.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    let session = |stage: usize| format!("label-{stage}");
    let mut scripts = Vec::new();
    for stage in 1..=stages {
        let file = "label".to_owned();
        let mut steps = vec![Step::LoadModule {
            path: "/modules/kserial_label.ko".into(),
            parameters: String::new(),
        }];
        if stage == 1 {
            steps.push(Step::Open { file: file.clone(), path: DEVICE.into() });
            steps.push(Step::Tell { file: file.clone(), text: "rack 7, shelf 3".into() });
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
    reads(transcript, stages, "rack 7, shelf 3", &mut evidence);
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        evidence.status(transcript, stage, "kserial-label read 1 rows");
        held::judge(transcript, stage, &mut evidence);
    }
    evidence
}

fn reads(transcript: &Transcript, stages: usize, text: &str, evidence: &mut Evidence) {
    for stage in 1..=u32::try_from(stages).unwrap_or(u32::MAX) {
        let asked = transcript.stage(stage).filter(|a| matches!(a.did, Step::Ask { .. }));
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
