//! What every kernel tells the next by name: a subtree of Kexec Handover, with an image in it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lab_guest::Step;
use serde_json::Value;

use super::memfd::STATUS;
use super::memory::{self, Memory};
use super::scenario::Evidence;
use super::transcript::Transcript;

const RECORD: &str = "kserial-lineage";

/// There is nothing to do but to look.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    let stage = |stage| {
        let mut steps = vec![Step::Read { path: STATUS.into() }];
        if stage < stages {
            steps.push(Step::Kexec);
        }
        steps
    };
    (1..=stages).map(stage).collect()
}

/// The row as it lies in the memory.
pub(crate) fn row(dump: &Value, _memory: &Memory) -> Result<BTreeMap<String, String>> {
    let table = memory::table(dump, RECORD).context("no subtree tells of the kernel")?;
    let member = |name: &str| table["rows"][0][name].to_string().replace('"', "");
    Ok(["updates", "release"].map(|name| (name.to_owned(), member(name))).into())
}

/// Each kernel must know how many came before it, and the last of these by its name.
pub(crate) fn is_known(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        let updates = stage - 1;
        let release = transcript.release(updates).unwrap_or_default();
        evidence.status(
            transcript,
            stage,
            &format!("{RECORD} read update {updates} since a cold boot, from {release}"),
        );
    }
    for (snapshot, (before, stage)) in transcript.snapshots.iter().zip((0..).zip(1..)) {
        let (updates, release) = (snapshot.facts.get("updates"), snapshot.facts.get("release"));
        let known = updates.map(String::as_str) == Some(&before.to_string() as &str)
            && release.map(String::as_str) == transcript.release(stage);
        evidence.see(known, format!("in memory: {updates:?} updates, {release:?}"));
    }
    let looked = transcript.snapshots.len() + 1 == stages;
    evidence.see(looked, "the memory was looked at at every kexec".to_owned());
    evidence
}
