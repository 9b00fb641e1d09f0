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

/// Two updates in a row before any driver comes: in the second kernel the device is preserved again as it
/// is, withheld.
pub(crate) fn again(_stages: usize) -> Vec<Vec<Step>> {
    let mut all = by_driver(2);
    let (first, last) = (all.remove(0), all.remove(0));
    let next = |step: Step| match step {
        Step::RetrieveSession { .. } => Step::RetrieveSession { session: second_session() },
        Step::Retrieve { token, file, .. } => {
            Step::Retrieve { session: second_session(), token, file }
        }
        Step::Finish { .. } => Step::Finish { session: second_session() },
        other => other,
    };
    // Up to the last look before the driver comes.
    let driver = |step: &Step| matches!(step, Step::LoadModule { path, .. } if path == DRIVER);
    let until = last.iter().position(driver).unwrap_or(last.len());
    let mut second = last[..until].to_vec();
    second.extend([
        Step::CreateSession { session: second_session() },
        // What was retrieved is what is preserved: as long as it is open, what it withholds is noted.
        Step::Preserve { session: second_session(), token: TOKEN, file: file() },
        Step::Kexec,
    ]);
    vec![first, second, last.into_iter().map(next).collect()]
}

fn second_session() -> String {
    "pci-2".to_owned()
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
    judge(transcript, 2, &[true, false, true], &mut evidence);
    evidence
}

/// It must be withheld in the second kernel and in the third, and be back when there the driver is.
pub(crate) fn is_back_after_two(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &[]) };
    masters(transcript, 2, &[true, false], &mut evidence);
    judge(transcript, 3, &[true, false, true], &mut evidence);
    evidence
}

/// It must be withheld until the process asks for it with its domain attached, and no sooner.
pub(crate) fn is_back_with_domain(transcript: &Transcript, stages: usize) -> Evidence {
    let expected = [(2, tell(), "EAGAIN")];
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    judge(transcript, 2, &[true, false, false, false, true], &mut evidence);
    let told = transcript.stage(2).filter(|answer| answer.did == tell());
    let told: Vec<_> = told.map(|answer| answer.error.as_deref()).collect();
    evidence
        .see(told == [Some("EAGAIN"), None], format!("asked for too early, and in time: {told:?}"));
    evidence
}

/// Whether the device mastered the bus, each time that a stage looked.
fn masters(transcript: &Transcript, stage: u32, masters: &[bool], evidence: &mut Evidence) {
    let looked = transcript.stage(stage).filter(|answer| answer.did == look());
    let seen: Vec<Option<bool>> = looked
        .map(|answer| u8::from_str_radix(answer.facts.get("hex")?, 16).ok())
        .map(|command| Some(command? & MASTER != 0))
        .collect();
    let expected: Vec<_> = masters.iter().copied().map(Some).collect();
    evidence.see(seen == expected, format!("stage {stage}: the device masters the bus: {seen:?}"));
}

/// The same, and the file must have said so.
fn judge(transcript: &Transcript, stage: u32, expected: &[bool], evidence: &mut Evidence) {
    masters(transcript, stage, expected, evidence);
    let asked = transcript.stage(stage).filter(|answer| matches!(answer.did, Step::Ask { .. }));
    let texts: Vec<&str> =
        asked.filter_map(|answer| Some(answer.facts.get("text")?.as_str())).collect();
    let [before, after] = texts[..] else {
        evidence.bad.push(format!("stage {stage}: the file was not asked before and after"));
        return;
    };
    let end = |text: &str, word: &str| text.strip_suffix(word).map(str::to_owned);
    let (before, after) =
        (end(before, "bus_master=withheld\n"), end(after, "bus_master=given back\n"));
    evidence.see(
        before.is_some() && before == after,
        format!("stage {stage}: the file says withheld, then given back, and else the same"),
    );
}
