//! What a machine said from its first boot to its end.

use std::collections::BTreeMap;

use anyhow::Error;
use lab_guest::{Answer, Line, Step};

use super::memory::Snapshot;
use super::vtd::Run;

/// The guest's lines, and the console beside them.
#[derive(Clone, Default)]
pub(crate) struct Transcript {
    /// What the guest program said, in order.
    pub(crate) lines: Vec<Line>,
    /// What the kernels said.
    pub(crate) console: String,
    /// What was in the memory at each kexec, where a scenario looks.
    pub(crate) snapshots: Vec<Snapshot>,
    /// What the translation tables mapped, from outside, each time a stage was left and at the end.
    pub(crate) tables: Vec<Vec<Run>>,
    /// Whether the machine had to be ended.
    pub(crate) timed_out: bool,
}

/// What no kernel of the lab may say on its console unless a scenario is about it.
const ALARMS: &[&str] = &[
    "Kernel panic",
    "WARNING:",
    "BUG:",
    "Oops",
    "general protection fault",
    "Call Trace:",
    "possible recursive locking",
    "disabling kexec handover",
    "disabling KHO revival",
];

impl Transcript {
    /// Notes what went wrong with looking at the machine.
    pub(crate) fn trouble(&mut self, why: &Error) {
        self.lines.push(Line::Trouble { why: format!("{why:#}") });
    }

    /// The answers of a stage, from 1.
    pub(crate) fn stage(&self, stage: u32) -> impl Iterator<Item = &Answer> {
        self.lines.iter().filter_map(move |line| match line {
            Line::Answer(answer) if answer.stage == stage => Some(answer),
            _ => None,
        })
    }

    /// What a stage found out about a file, keyed by the file's name.
    pub(crate) fn described(&self, stage: u32) -> BTreeMap<&str, &BTreeMap<String, String>> {
        self.stage(stage)
            .filter(|answer| answer.error.is_none())
            .filter_map(|answer| match &answer.did {
                Step::Describe { file } => Some((file.as_str(), &answer.facts)),
                _ => None,
            })
            .collect()
    }

    /// How often a stage's kexec was called off.
    pub(crate) fn called_off(&self, stage: u32) -> usize {
        self.stage(stage).filter(|a| a.did == Step::Kexec && a.error.is_some()).count()
    }

    /// The release that a stage ran.
    pub(crate) fn release(&self, stage: u32) -> Option<&str> {
        self.lines.iter().find_map(|line| match line {
            Line::Begin { stage: s, release } if *s == stage => Some(release.as_str()),
            _ => None,
        })
    }

    /// What is wrong whatever the scenario is about: a machine that hung, a stage that was not
    /// reached or not ended, a step that failed, an alarm of a kernel.
    ///
    /// `expected` names the errors that the scenario is about: the stage, the step and the error.
    pub(crate) fn troubles(&self, stages: usize, expected: &[(u32, Step, &str)]) -> Vec<String> {
        let mut troubles = Vec::new();
        if self.timed_out {
            troubles.push("the machine did not come to its end in time".to_owned());
        }
        for stage in 1..=u32::try_from(stages).unwrap_or(u32::MAX) {
            if self.release(stage).is_none() {
                troubles.push(format!("stage {stage} was not reached"));
            }
        }
        let ended = |line: &Line| matches!(line, Line::End { stage } if *stage as usize == stages);
        if !self.lines.iter().any(ended) {
            troubles.push("the last stage did not end".to_owned());
        }
        for line in &self.lines {
            match line {
                Line::Trouble { why } => troubles.push(why.clone()),
                Line::Answer(Answer { error: Some(error), did, stage, .. })
                    if !expected.iter().any(|(s, d, e)| (s, d, *e) == (stage, did, error)) =>
                {
                    troubles.push(format!("stage {stage}: {error} from {did:?}"));
                }
                _ => {}
            }
        }
        for (stage, did, error) in expected {
            let met = |a: &Answer| a.did == *did && a.error.as_deref() == Some(*error);
            if !self.stage(*stage).any(met) {
                troubles.push(format!("stage {stage}: {did:?} did not end in {error}"));
            }
        }
        for line in self.console.lines() {
            if ALARMS.iter().any(|alarm| line.contains(alarm)) {
                troubles.push(format!("console: {}", line.trim()));
            }
        }
        troubles
    }
}
