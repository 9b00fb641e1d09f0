//! Translation tables: what the new kernel says they map, held against what was asked for, and
//! against the tables themselves as they lie in the machine's memory, before the kexec and after.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use anyhow::{anyhow, Context, Result};
use lab_guest::{Line, Map, Step};
use serde_json::Value;

use super::held;
use super::memory::{self, Memory};
use super::scenario::Evidence;
use super::transcript::Transcript;
use super::vtd::{self, Run};

/// The device that a process drives: bus 0, device 4, function 0.
const ADDRESS: &str = "0000:00:04.0";
const BUS: u8 = 0;
const DEVFN: u8 = 4 << 3;
const TOKEN: u64 = 0x10;

const MAPPINGS: &str = "/sys/kernel/debug/kserial-iommu/mappings";
const STATUS: &str = "/sys/kernel/kserial/status";

/// What is mapped: pages on both sides of a table's end, one that may only be read, so many that
/// they need several tables, and one that is far from all others.
const MAPS: [(u64, u64, bool); 4] = [
    (0x0000_0000_001f_e000, 0x4000, true),
    (0x0000_0000_4000_0000, 0x1000, false),
    (0x0000_0001_0000_0000, 0x40_0000, true),
    (0x0000_0070_0000_0000, 0x2000, true),
];

fn maps() -> Vec<Map> {
    MAPS.map(|(iova, len, write)| Map { iova, len, write }).to_vec()
}

/// A device whose tables are handed on in each stage. The last stage leaves them as they came.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    (1..=stages)
        .map(|stage| {
            let mut steps = vec![load()];
            if stage > 1 {
                steps.extend(arrive(stage));
                if stage < stages {
                    steps.push(Step::Finish { session: session(stage - 1) });
                }
            }
            if stage < stages {
                steps.extend(leave(stage));
                steps.push(Step::Kexec);
            }
            steps
        })
        .collect()
}

/// The same, but the tables change between preserve and freeze: the kexec must be called off, with
/// everything alive, and go through when the device is given up.
pub(crate) fn changed(_stages: usize) -> Vec<Vec<Step>> {
    let mut first = vec![load()];
    first.extend(leave(1));
    first.extend([
        Step::ReleaseDevice { address: ADDRESS.into() },
        Step::Kexec,
        Step::Read { path: STATUS.into() },
        Step::Close { name: session(1) },
        Step::Kexec,
    ]);
    vec![first, vec![Step::Read { path: STATUS.into() }]]
}

/// A bit of an entry that maps a page is flipped between the kernels: where it leads to.
pub(crate) fn flip_entry(dump: &Value, memory: &Memory) -> Result<BTreeMap<String, String>> {
    let tables = memory::table(dump, "iommu-table").context("the dump has no such image")?;
    let rows = tables["rows"].as_array().into_iter().flatten();
    for row in rows.filter(|row| row["level"] == 1) {
        let at = memory::address(&row["at"])?;
        let words = memory.read(at, 4096)?;
        if let Some(entry) = words.chunks_exact(8).position(|word| word[0] & 1 != 0) {
            memory.flip(at + entry as u64 * 8 + 1, 4)?;
            return Ok(BTreeMap::from([(
                "flipped".to_owned(),
                format!("{at:#x}: entry {entry} "),
            )]));
        }
    }
    Err(anyhow!("no table maps a page"))
}

/// The new kernel is asked for what does not verify, and goes on.
pub(crate) fn flipped(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = script(stages);
    if let Some(second) = scripts.get_mut(1) {
        second.splice(1..1, held::look());
        second.extend([Step::Finish { session: session(1) }, Step::Close { name: session(1) }]);
        second.extend(held::look());
        // It lives, and has memory to give.
        let (file, seals) = ("alive".to_owned(), 0);
        second.push(Step::Memfd { file: file.clone(), size: 8 << 20, seed: 3, seals, position: 0 });
        second.push(Step::Describe { file });
    }
    scripts
}

/// All must have been refused, the table named, kept from everybody, and the others be free.
pub(crate) fn is_refused(transcript: &Transcript, stages: usize) -> Evidence {
    let session = session(1);
    let retrieve = Step::Retrieve { session, token: TOKEN, file: "left".into() };
    let expected = [(2, retrieve, "EIO"), (2, Step::Ask { file: "left".into() }, "EBADF")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    let flipped = transcript.snapshots.first().and_then(|s| s.facts.get("flipped"));
    let Some(flipped) = flipped else {
        evidence.bad.push("no entry was flipped".to_owned());
        return evidence;
    };
    evidence.status(transcript, 2, &format!("iommu-table damaged {flipped}is "));
    evidence.status(transcript, 2, "iommu-table damaged 1 of ");
    evidence.status(transcript, 2, "iommu-table held 1 tables ");
    evidence.status(transcript, 2, "iommu-table released ");
    let listed = transcript.stage(2).find_map(|answer| match &answer.did {
        Step::Read { path } if path == MAPPINGS => answer.facts.get("text"),
        _ => None,
    });
    evidence.see(listed.is_some_and(String::is_empty), "stage 2: no mapping is listed".to_owned());
    held::kept_and_locked(transcript, 2, 0, 1, &mut evidence);
    evidence
}

/// Loads the module.
pub(crate) fn load() -> Step {
    Step::LoadModule { path: "/modules/kserial_iommu.ko".into(), parameters: String::new() }
}

/// Takes the device, and preserves its tables.
pub(crate) fn leave(stage: usize) -> Vec<Step> {
    let file = "tables".to_owned();
    let mut steps = bind_and_hold();
    steps.extend([
        Step::Register { at: vtd::ROOT_REGISTER },
        Step::Open { file: file.clone(), path: "/dev/kserial-iommu".into() },
        Step::Tell { file: file.clone(), text: ADDRESS.into() },
        Step::CreateSession { session: session(stage) },
        Step::Preserve { session: session(stage), token: TOKEN, file },
    ]);
    steps
}

/// Binds vfio-pci to the device, and has a process attach a domain to it.
pub(crate) fn bind_and_hold() -> Vec<Step> {
    vec![
        Step::Write {
            path: "/sys/bus/pci/drivers/vfio-pci/new_id".into(),
            text: "1234 11e8".into(),
        },
        Step::HoldDevice { address: ADDRESS.into(), maps: maps() },
    ]
}

/// Retrieves what the stage before left.
pub(crate) fn arrive(stage: usize) -> Vec<Step> {
    let session = session(stage - 1);
    vec![
        Step::RetrieveSession { session: session.clone() },
        Step::Retrieve { session, token: TOKEN, file: "left".into() },
        Step::Ask { file: "left".into() },
        Step::Read { path: MAPPINGS.into() },
        Step::Read { path: STATUS.into() },
    ]
}

fn session(stage: usize) -> String {
    format!("iommu-{stage}")
}

/// What the tables of the last stage that left map, as they lie in the machine's memory.
pub(crate) fn walk(ram: &File, lines: &[Line]) -> Result<Vec<Run>> {
    let register = lines.iter().rev().find_map(|line| match line {
        Line::Answer(answer) if matches!(answer.did, Step::Register { .. }) => {
            answer.facts.get("value")?.strip_prefix("0x")
        }
        _ => None,
    });
    let register = register.ok_or_else(|| anyhow!("the guest did not read the root's register"))?;
    let root = u64::from_str_radix(register, 16)?;
    let load = |at: u64| {
        let mut word = [0; 8];
        ram.read_exact_at(&mut word, at).with_context(|| format!("no memory at {at:#x}"))?;
        Ok(u64::from_le_bytes(word))
    };
    vtd::reach(&load, root, BUS, DEVFN)
}

/// Every stage's list must be what was mapped before, and what the tables say in memory, when they
/// were left and at the end.
pub(crate) fn is_verified(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    judge(transcript, stages, &mut evidence);
    evidence
}

/// Holds each stage's list against what was mapped, and against the memory; and that before the last kexec
/// against that at the end.
pub(crate) fn judge(transcript: &Transcript, stages: usize, evidence: &mut Evidence) {
    for (stage, then) in (2..).zip(&transcript.tables).take(stages - 1) {
        let list = transcript.stage(stage).find_map(|answer| match &answer.did {
            Step::Read { path } if path == MAPPINGS => answer.facts.get("text"),
            _ => None,
        });
        let told: Vec<&str> = list
            .map(|text| text.lines().filter_map(|line| line.strip_prefix(ADDRESS)).collect())
            .unwrap_or_default();
        let walked: Vec<String> = then.iter().map(|run| format!(" {run}")).collect();
        let pages = then.iter().map(|run| run.bytes).sum::<u64>() >> 12;
        evidence.see(
            !told.is_empty() && told == walked,
            format!("stage {stage}: {} runs of {pages} pages, as in memory", told.len()),
        );
        for (iova, len, write) in MAPS {
            let rights = (true, write);
            let there = |run: &&Run| {
                run.iova >= iova && run.iova + run.bytes <= iova + len && run.rights == rights
            };
            let bytes: u64 = then.iter().filter(there).map(|run| run.bytes).sum();
            evidence.see(bytes == len, format!("stage {stage}: {len:#x} bytes at {iova:#x}"));
        }
        let all: u64 = MAPS.iter().map(|(_, len, _)| len).sum();
        evidence.see(pages << 12 == all, format!("stage {stage}: nothing else is mapped"));
        evidence.status(transcript, stage, "iommu-device read 1 devices, ");
    }
    if let [.., before, after] = transcript.tables.as_slice() {
        evidence.see(before == after, "the tables lie in memory as they lay before".to_owned());
    } else {
        evidence.bad.push("the tables were not walked before the kexec and after".to_owned());
    }
}

/// The first kexec must have been called off, and the second not.
pub(crate) fn is_aborted(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(1, Step::Kexec, "EBUSY")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 1, "iommu-device aborted ");
    evidence
}
