//! Bus mastering: a device that had it must not have it in the new kernel before somebody owns its
//! translation, whoever asks. It is seen in the device's own configuration space.

use lab_guest::Step;

use super::iommu;
use super::pci::{ADDRESS, CONFIG, TOKEN};
use super::scenario::Evidence;
use super::transcript::Transcript;

/// The driver of the lab that leaves DMA to the kernel.
const DRIVER: &str = "/modules/lab_edu.ko";

/// Memory accesses and bus mastering on.
const ON: u8 = 0x06;
const MASTER: u8 = 0x04;

fn file() -> String {
    "before".to_owned()
}

fn session() -> String {
    "pci-1".to_owned()
}

fn look() -> Step {
    Step::Peek { path: CONFIG.into(), offset: 0x04, len: 1 }
}

fn switch_on() -> Step {
    Step::Poke { path: CONFIG.into(), offset: 0x04, bytes: vec![ON] }
}

fn ask() -> [Step; 2] {
    [Step::Seek { file: file(), to: 0 }, Step::Ask { file: file() }]
}

fn tell() -> Step {
    Step::Tell { file: file(), text: "master".into() }
}

/// Up to where the row is retrieved, with the device switched on in both kernels.
fn scripts(then: Vec<Step>) -> Vec<Vec<Step>> {
    let load =
        || Step::LoadModule { path: "/modules/kserial_pci.ko".into(), parameters: String::new() };
    let device = || "device".to_owned();
    let first = vec![
        load(),
        switch_on(),
        Step::Open { file: device(), path: "/dev/kserial-pci".into() },
        Step::Tell { file: device(), text: ADDRESS.into() },
        Step::CreateSession { session: session() },
        Step::Preserve { session: session(), token: TOKEN, file: device() },
        Step::Kexec,
    ];
    let mut second = vec![
        load(),
        switch_on(),
        look(),
        Step::RetrieveSession { session: session() },
        Step::Retrieve { session: session(), token: TOKEN, file: file() },
        Step::Finish { session: session() },
    ];
    second.extend(ask());
    second.push(look());
    second.extend(then);
    second.extend(ask());
    second.push(look());
    vec![first, second]
}

/// A driver comes that leaves DMA to the kernel.
pub(crate) fn by_driver(_stages: usize) -> Vec<Vec<Step>> {
    scripts(vec![Step::LoadModule { path: DRIVER.into(), parameters: String::new() }])
}

/// A driver comes that leaves DMA to a process, and only later the process.
pub(crate) fn by_process(_stages: usize) -> Vec<Vec<Step>> {
    let mut then = iommu::bind_and_hold();
    // After the driver was bound, and after the process has attached its domain.
    then.splice(1..1, [look(), tell()]);
    then.extend([look(), tell()]);
    scripts(then)
}

/// It must be withheld from what nobody drives, and be back when the driver is there.
pub(crate) fn is_back_with_driver(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    judge(transcript, &[true, false, true], &mut evidence);
    evidence
}

/// It must be withheld until the process asks for it with its domain attached, and no sooner.
pub(crate) fn is_back_with_domain(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(2, tell(), "EAGAIN")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    judge(transcript, &[true, false, false, false, true], &mut evidence);
    let told = transcript.stage(2).filter(|answer| answer.did == tell());
    let told: Vec<_> = told.map(|answer| answer.error.as_deref()).collect();
    evidence
        .see(told == [Some("EAGAIN"), None], format!("asked for too early, and in time: {told:?}"));
    evidence
}

fn judge(transcript: &Transcript, masters: &[bool], evidence: &mut Evidence) {
    let looked = transcript.stage(2).filter(|answer| answer.did == look());
    let seen: Vec<Option<bool>> = looked
        .map(|answer| u8::from_str_radix(answer.facts.get("hex")?, 16).ok())
        .map(|command| Some(command? & MASTER != 0))
        .collect();
    let expected: Vec<_> = masters.iter().copied().map(Some).collect();
    evidence.see(seen == expected, format!("stage 2: the device masters the bus: {seen:?}"));
    let asked = transcript.stage(2).filter(|answer| matches!(answer.did, Step::Ask { .. }));
    let texts: Vec<&str> =
        asked.filter_map(|answer| Some(answer.facts.get("text")?.as_str())).collect();
    let [before, after] = texts[..] else {
        evidence.bad.push("stage 2: the file was not asked before and after".to_owned());
        return;
    };
    let end = |text: &str, word: &str| text.strip_suffix(word).map(str::to_owned);
    let (before, after) =
        (end(before, "bus_master=withheld\n"), end(after, "bus_master=given back\n"));
    evidence.see(
        before.is_some() && before == after,
        "stage 2: the file says withheld, then given back, and else the same".to_owned(),
    );
}
