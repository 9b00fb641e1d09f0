//! PCI configuration: the record that the old kernel wrote, held against the configuration space
//! as the guest itself read it before the kexec.
//!
//! QEMU does not reset devices on a kexec. So the registers are disturbed in the new kernel before
//! the file is retrieved: a record that merely read the device again would not look right.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use lab_guest::Step;
use serde_json::Value;

use super::memory::{self, Memory};
use super::scenario::Evidence;
use super::transcript::Transcript;

/// The device that no driver binds: disturbing it harms nobody.
pub(crate) const ADDRESS: &str = "0000:00:04.0";
pub(crate) const CONFIG: &str = "/sys/bus/pci/devices/0000:00:04.0/config";
pub(crate) const TOKEN: u64 = 0x70;

/// What is disturbed, in each stage otherwise: the low byte of the command word, the cache line
/// size, the first BAR.
fn disturbed(stage: usize) -> [(u64, Vec<u8>); 3] {
    let odd = u8::from(stage % 2 == 1);
    [(0x04, vec![odd]), (0x0c, vec![0x54 + odd]), (0x10, vec![0, 0, 0, 0x76 + odd])]
}

/// One device, handed on in each stage.
pub(crate) fn script(stages: usize) -> Vec<Vec<Step>> {
    steps(stages, "")
}

/// One device that the newer shape of the record says more of than the older knows.
pub(crate) fn critical(stages: usize) -> Vec<Vec<Step>> {
    steps(stages, " quirks=0x1")
}

/// The device is handed on to a kernel whose module is loaded only after the sessions were asked
/// for.
pub(crate) fn without_handler(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = steps(stages, "");
    if let Some(second) = scripts.get_mut(1) {
        let load = second.remove(0);
        *second = vec![retrieve_session(), load, retrieve_session()];
    }
    scripts
}

fn retrieve_session() -> Step {
    Step::RetrieveSession { session: "pci-1".into() }
}

/// The session is closed once, which gives up what it held, and made again.
pub(crate) fn again(stages: usize) -> Vec<Vec<Step>> {
    let mut scripts = steps(stages, "");
    if let Some(first) = scripts.first_mut() {
        let made_again: Vec<Step> = first
            .iter()
            .filter(|step| matches!(step, Step::CreateSession { .. } | Step::Preserve { .. }))
            .cloned()
            .collect();
        first.pop();
        first.push(Step::Close { name: "pci-1".into() });
        first.extend(made_again);
        first.push(Step::Kexec);
    }
    scripts
}

fn steps(stages: usize, more: &str) -> Vec<Vec<Step>> {
    let session = |stage: usize| format!("pci-{stage}");
    let mut scripts = Vec::new();
    for stage in 1..=stages {
        let mut steps = vec![Step::LoadModule {
            path: "/modules/kserial_pci.ko".into(),
            parameters: String::new(),
        }];
        if stage > 1 {
            for (offset, bytes) in disturbed(stage) {
                steps.push(Step::Poke { path: CONFIG.into(), offset, bytes });
            }
            steps.push(Step::RetrieveSession { session: session(stage - 1) });
            steps.push(retrieve(stage));
            steps.push(Step::Ask { file: "before".into() });
            steps.push(Step::Read { path: "/sys/kernel/kserial/status".into() });
            steps.push(Step::Finish { session: session(stage - 1) });
        }
        steps.push(Step::Peek { path: CONFIG.into(), offset: 0, len: 64 });
        if stage < stages {
            let file = "device".to_owned();
            steps.push(Step::Open { file: file.clone(), path: "/dev/kserial-pci".into() });
            steps.push(Step::Tell { file: file.clone(), text: format!("{ADDRESS}{more}") });
            steps.push(Step::CreateSession { session: session(stage) });
            steps.push(Step::Preserve { session: session(stage), token: TOKEN, file });
            steps.push(Step::Kexec);
        }
        scripts.push(steps);
    }
    scripts
}

fn retrieve(stage: usize) -> Step {
    Step::Retrieve { session: format!("pci-{}", stage - 1), token: TOKEN, file: "before".into() }
}

/// Holds what each later stage retrieved against the configuration space of the stage before.
pub(crate) fn is_unchanged(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    judge(transcript, stages, &mut evidence);
    evidence
}

/// The same, of what is troubled by more than this.
pub(crate) fn judge(transcript: &Transcript, stages: usize, evidence: &mut Evidence) {
    for stage in 2..=u32::try_from(stages).unwrap_or(u32::MAX) {
        let (Some(then), Some(now)) = (config(transcript, stage - 1), config(transcript, stage))
        else {
            evidence.bad.push(format!("stage {stage}: a configuration space was not read"));
            continue;
        };
        let told = told(transcript, stage);
        let mut fields = vec![
            ("id".to_owned(), 0, 4),
            ("command".to_owned(), 4, 2),
            ("cache_line".to_owned(), 12, 1),
            ("latency".to_owned(), 13, 1),
        ];
        fields.extend((0..6).map(|n| (format!("bar{n}"), 16 + 4 * n, 4)));
        for (name, offset, len) in fields {
            let was = number(&then, offset, len);
            let is = told.get(name.as_str()).and_then(|value| hexadecimal(value));
            evidence.see(is == Some(was), format!("stage {stage}: {name} is {was:#x} ({is:x?})"));
        }
        evidence.see(
            told.get("address").map(String::as_str) == Some(ADDRESS),
            format!("stage {stage}: the address is {ADDRESS}"),
        );
        // Without this the comparison above would prove nothing.
        evidence.see(then != now, format!("stage {stage}: the device had been disturbed"));
    }
}

/// The retrieve, and nothing else, must have failed, for the reason that the record states.
pub(crate) fn is_refused(transcript: &Transcript, stages: usize) -> Evidence {
    let ask = Step::Ask { file: "before".into() };
    let expected = [(2, retrieve(2), "EOPNOTSUPP"), (2, ask, "EBADF")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    evidence.status(transcript, 2, "pci-device refused row 0: member 11 ");
    evidence
}

/// Gives the root of the devices' image another number, as that of another image has, and puts its sums
/// right: the number is mixed into that of its one row.
pub(crate) fn renumber_root(dump: &Value, memory: &Memory) -> Result<BTreeMap<String, String>> {
    let mut flbs = dump["luo"]["flbs"].as_array().into_iter().flatten();
    let flb = flbs.find(|flb| flb["name"] == "pci-device").context("no devices in the memory")?;
    let at = memory::address(&flb["image"]["root"][0])?;
    let mut root = memory.read(at, 4096)?;
    let length = usize::try_from(number(&root, 12, 4))?;
    for place in [28, length + 64 + 8] {
        *root.get_mut(place).context("a root is a page")? ^= 1;
    }
    let sum = crc32fast::hash(root.get(..length).context("a root is a page")?);
    root[length..length + 4].copy_from_slice(&sum.to_le_bytes());
    memory.write(at, &root)?;
    Ok(BTreeMap::from([("root".to_owned(), format!("at {at:#x}"))]))
}

/// The segments are whole, and the root leads to them: but it is not theirs.
pub(crate) fn root_is_anothers(transcript: &Transcript, stages: usize) -> Evidence {
    let ask = Step::Ask { file: "before".into() };
    let expected = [(2, retrieve(2), "EIO"), (2, ask, "EBADF")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    let root = transcript.snapshots.first().and_then(|snapshot| snapshot.facts.get("root"));
    evidence.see(root.is_some(), format!("the root has another number: {root:?}"));
    evidence.status(transcript, 2, "image damaged its root is another image's");
    evidence
}

/// Asking must fail with EIO, for good: a handler that comes later does not help.
pub(crate) fn is_unreachable(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(2, retrieve_session(), "EIO")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    let asked = transcript.stage(2).filter(|answer| answer.did == retrieve_session());
    let refused: Vec<_> = asked.map(|answer| answer.error.as_deref() == Some("EIO")).collect();
    evidence.see(refused == [true, true], format!("EIO before and after the module: {refused:?}"));
    evidence
}

/// The first bytes of the device's configuration space as a stage read them.
fn config(transcript: &Transcript, stage: u32) -> Option<Vec<u8>> {
    let hex = transcript.stage(stage).find_map(|answer| match answer.did {
        Step::Peek { .. } => answer.facts.get("hex"),
        _ => None,
    })?;
    let digits = hex.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// What a stage's retrieved file says, line by line.
fn told(transcript: &Transcript, stage: u32) -> BTreeMap<String, String> {
    transcript
        .stage(stage)
        .filter(|answer| matches!(answer.did, Step::Ask { .. }))
        .filter_map(|answer| answer.facts.get("text"))
        .flat_map(|text| text.lines())
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn number(bytes: &[u8], offset: usize, len: usize) -> u64 {
    let bytes = bytes.get(offset..offset + len).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn hexadecimal(value: &str) -> Option<u64> {
    u64::from_str_radix(value.strip_prefix("0x")?, 16).ok()
}
