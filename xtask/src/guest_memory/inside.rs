//! What `kserial` says inside the guest, of the memory that it runs in: `/proc/kcore`.
//!
//! Before the kexec nothing is serialized yet, so a dump ends with 30; but for that, it must say of the
//! running kernel what is read, at the same moment, from the file that is the machine's RAM. After the
//! kexec most of what was handed over is somebody else's memory: no session may be shown, and the root is
//! the one that the first kernel handed over.

use anyhow::{ensure, Context, Result};
use lab_guest::{Answer, Step};
use serde_json::{Deserializer, Value};

use super::pages::number;

/// "Could not complete": not serialized yet, or not any more.
const INCOMPLETE: i32 = 30;

/// What the first kernel says of where the second will boot.
const SCRATCH: [&str; 2] =
    ["/sys/kernel/debug/kho/out/scratch_phys", "/sys/kernel/debug/kho/out/scratch_len"];

fn dump(arguments: &[&str]) -> Step {
    let all = ["dump", "--format", "json"].iter().chain(arguments);
    let arguments = all.map(|argument| (*argument).to_owned()).collect();
    Step::Run { path: "/programs/kserial".to_owned(), arguments }
}

/// What is asked when all is preserved.
pub(super) fn first() -> Step {
    dump(&["--verify", "/proc/kcore"])
}

/// What is asked after the kexec: what is reused contradicts, and need not be verified.
pub(super) fn last() -> Step {
    dump(&["running"])
}

/// The steps before the kexec: [`first`] is the last of them, and the machine is stopped then.
pub(super) fn before() -> Vec<Step> {
    let read = SCRATCH.map(|path| Step::Read { path: path.to_owned() });
    read.into_iter().chain([first()]).collect()
}

/// The steps of the second kernel.
pub(super) fn after() -> Vec<Step> {
    vec![last()]
}

/// What a dump said.
pub(super) struct Said {
    pub(super) code: i32,
    /// The JSON, but for what is not the same in every form of a memory: the file's own name and sum.
    pub(super) document: Value,
    /// Where the next kernel boots, as boot parameters say: they are no preserved page, and so not in
    /// every form either.
    pub(super) scratch: Value,
    /// What came on standard error.
    pub(super) complaints: String,
}

impl Said {
    /// Of what came on standard output, followed by what came on standard error.
    pub(super) fn of(text: &str, code: i32) -> Result<Self> {
        let mut documents = Deserializer::from_str(text).into_iter::<Value>();
        let document = documents.next().transpose().ok().flatten();
        let mut document = document.with_context(|| format!("exit {code}, no JSON: {text}"))?;
        let complaints = text[documents.byte_offset()..].to_owned();
        document.as_object_mut().and_then(|document| document.remove("input"));
        let scratch = document["kho"].as_object_mut().and_then(|kho| kho.remove("scratch"));
        Ok(Self { code, document, scratch: scratch.unwrap_or_default(), complaints })
    }
}

/// What the guest's `kserial` answered to `step`.
pub(super) fn said(answers: &[Answer], step: &Step) -> Result<Said> {
    let fact = |name: &str| fact(answers, step, name);
    Said::of(fact("text")?, fact("code")?.parse().context("kserial was killed in the guest")?)
}

fn fact<'a>(answers: &'a [Answer], step: &Step, name: &str) -> Result<&'a str> {
    let answer = answers.iter().find(|answer| answer.did == *step);
    let fact = answer.and_then(|answer| answer.facts.get(name));
    Ok(fact.with_context(|| format!("the guest did not say the {name} of {step:?}"))?)
}

/// Holds what was read of the running kernel from inside against what was read from outside.
pub(super) fn hold_running(inside: &Said, outside: &Said) -> Result<()> {
    for (said, whose) in [(inside, "/proc/kcore"), (outside, "the file of RAM")] {
        ensure!(said.code == INCOMPLETE, "{whose}, not serialized: exit {}", said.code);
        ensure!(said.document["luo"]["sessions"].is_null(), "{whose} has sessions already");
        let why = "not serialized";
        ensure!(said.complaints.contains(why), "{whose}: nobody said {why}: {}", said.complaints);
    }
    for key in ["kho", "luo", "faults"] {
        let (inside, outside) = (&inside.document[key], &outside.document[key]);
        ensure!(inside == outside, "{key} of /proc/kcore: {inside:#}\nof RAM: {outside:#}");
    }
    ensure!(inside.document == outside.document, "/proc/kcore and RAM are read differently");
    println!(
        "/proc/kcore before the kexec: as RAM, {} preserved pages, exit {INCOMPLETE}",
        inside.document["kho"]["preserved_pages"]
    );
    Ok(())
}

/// Holds what the second kernel says of what it got against what was `handed` over.
pub(super) fn hold_taken_up(taken: &Said, handed: &Value, answers: &[Answer]) -> Result<()> {
    ensure!(taken.code == INCOMPLETE, "memory that is reused: exit {}", taken.code);
    ensure!(taken.complaints.contains("taken most of it up"), "{}", taken.complaints);
    let (kho, luo) = (&taken.document["kho"], &taken.document["luo"]);
    ensure!(luo["sessions"].is_null(), "sessions of memory that is reused: {luo:#}");
    for key in ["version", "root", "root_bytes", "map"] {
        let (is, was) = (&kho[key], &handed["kho"][key]);
        ensure!(is == was, "the second kernel's {key} is {is}, and {was} was handed over");
    }
    ensure!(places(kho) == places(&handed["kho"]), "other subtrees: {}", kho["subtrees"]);
    let areas = taken.scratch.as_array().context("no scratch is named")?;
    for (path, member) in SCRATCH.iter().zip(["start", "size"]) {
        let read = areas.iter().map(|area| number(&area[member])).collect::<Result<Vec<_>>>()?;
        let told = fact(answers, &Step::Read { path: (*path).to_owned() }, "text")?;
        let told = told.lines().map(|line| number(&line.into())).collect::<Result<Vec<_>>>()?;
        ensure!(read == told, "scratch is {read:x?}, and {path} said {told:x?}");
    }
    println!(
        "/proc/kcore after it: the root, its {} subtrees and {} areas of scratch, exit {INCOMPLETE}",
        places(kho).len(),
        areas.len()
    );
    Ok(())
}

/// What a root names: subtrees, and where they are.
fn places(kho: &Value) -> Vec<[&Value; 3]> {
    let subtrees = kho["subtrees"].as_array().into_iter().flatten();
    subtrees.map(|subtree| ["name", "data", "size"].map(|key| &subtree[key])).collect()
}
