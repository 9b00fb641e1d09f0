//! Told of an older reader before anything is preserved, a kernel writes in its layouts: every user.
//!
//! What lies in memory at the kexec is read by `kserial dump`, which knows nothing of what was asked.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lab_guest::Step;
use serde_json::Value;

use super::memory::{self, Memory};
use super::scenario::Evidence;
use super::transcript::Transcript;
use super::{label, memfd, together};

/// The users' modules.
pub(crate) const MODULES: &[&str] = &["kserial_pci", "kserial_iommu", "kserial_label"];

/// The members of each record's older layout, as ID and bits of an element.
const OLDER: [(&str, &str); 6] = [
    ("kserial-memfd", "1:64 2:64 3:32 4:32 5:64 6:8 7:32"),
    ("pci-device", "1:16 2:8 3:8 4:16 5:16 6:32 7:32 8:8 9:8"),
    ("iommu-device", "1:16 2:8 3:8 4:32 5:64 6:64 7:64 8:64"),
    ("iommu-table", "1:64 2:8 3:32 4:64"),
    ("iommu-entry", "1:16 2:64"),
    ("kserial-label", "1:32 2:32 3:8"),
];

/// All users, and the notes first.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = together::script(stages);
    for (steps, label) in scripts.iter_mut().zip(label::script(stages)) {
        let (load, does): (Vec<_>, Vec<_>) =
            label.into_iter().partition(|step| matches!(step, Step::LoadModule { .. }));
        let last = steps.iter().rposition(|step| *step == Step::Kexec).unwrap_or(steps.len());
        steps.splice(last.., does);
        steps.splice(0..0, load);
    }
    if let Some(first) = scripts.first_mut() {
        first.insert(0, Step::Copy { from: "/next/notes".into(), to: memfd::NEXT.into() });
    }
    scripts
}

/// The layouts of the images in memory.
pub(crate) fn layouts(dump: &Value, _memory: &Memory) -> Result<BTreeMap<String, String>> {
    let layout = |record: &str| -> Result<String> {
        let table = memory::table(dump, record).with_context(|| format!("no image of {record}"))?;
        let cells = table["cells"].as_array().into_iter().flatten();
        let mut members: Vec<(u64, u64)> = cells
            .filter(|cell| cell["cell"] == "member")
            .filter_map(|cell| Some((cell["id"].as_str()?.parse().ok()?, cell["bits"].as_u64()?)))
            .collect();
        members.sort_unstable();
        let members = members.iter().map(|(id, bits)| format!("{id}:{bits}"));
        Ok(members.collect::<Vec<_>>().join(" "))
    };
    OLDER.iter().map(|(record, _)| Ok(((*record).to_owned(), layout(record)?))).collect()
}

/// All must have come across, and have lain in memory in the older layouts.
pub(crate) fn came_across(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = together::came_across(transcript, stages);
    label::reads(transcript, stages, label::TEXT, &mut evidence);
    for (record, older) in OLDER {
        let found: Vec<_> = transcript.snapshots.iter().map(|s| s.facts.get(record)).collect();
        evidence.see(
            found.first().is_some_and(|layout| layout.map(String::as_str) == Some(older)),
            format!("in memory, {record} has the members {found:?}"),
        );
    }
    evidence
}
