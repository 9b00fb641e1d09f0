//! Bits flipped from outside, at the one moment at which nobody can notice: between two kernels.

use std::collections::BTreeMap;

use anyhow::{anyhow, Result};
use lab_guest::Step;
use serde_json::Value;

use super::chain::Chain;
use super::held;
use super::memory::{self, Memory};
use super::scenario::{Evidence, Scenario};
use super::self_test::{CONTENTS, PAGES};
use super::transcript::Transcript;

const FILE: &str = "kserial:damaged";
const TOKEN: u64 = 0x10;
const SESSION: &str = "memfds-1";
const SIZE: u64 = 64 << 10;

/// Where LUO's file entry has its handle: behind 48 bytes of the handler's name.
const HANDLE_AT: usize = 48;

/// The scenarios, like another one in all else.
pub(crate) fn all(like: Scenario) -> Vec<Scenario> {
    let forward = |chain: &Chain<'_>| chain.len() == 2 && !chain.rolls_back();
    vec![
        Scenario {
            name: "flipped-image",
            about: "a bit of an image is flipped: the file is refused as damaged, all else lives",
            outcome: "found",
            at_kexec: Some(flip_image),
            takes: forward,
            script,
            judge: image_is_damaged,
            ..like
        },
        Scenario {
            name: "flipped-rows",
            about: "a bit of a row is flipped: found before any folio is used",
            outcome: "found",
            at_kexec: Some(flip_row),
            takes: forward,
            script,
            judge: image_is_damaged,
            ..like
        },
        Scenario {
            name: "flipped-handle",
            about: "a bit of the handle in LUO's file block is flipped: no such memory, no warning",
            outcome: "found",
            at_kexec: Some(flip_handle),
            takes: forward,
            script,
            judge: handle_leads_nowhere,
            ..like
        },
        Scenario {
            name: "misled-handle",
            about: "the handle leads to LUO's own memory: not an image, and nobody takes it away",
            outcome: "found",
            at_kexec: Some(misdirect_handle),
            takes: forward,
            script,
            judge: handle_leads_nowhere,
            ..like
        },
        Scenario {
            name: "flipped-session",
            // All that the session had stays held: there is nobody left to take it.
            looks_away: &[PAGES],
            about: "a bit of a session's name in LUO's session block is flipped: it is not found",
            outcome: "found",
            at_kexec: Some(flip_session),
            takes: forward,
            script,
            judge: session_is_unknown,
            ..like
        },
        Scenario {
            name: "flipped-contents",
            // That they changed is what it shows.
            looks_away: &[CONTENTS],
            about:
                "a bit of a memfd's contents is flipped: no sum covers it, the guest's hash does",
            outcome: "not covered",
            at_kexec: Some(flip_contents),
            takes: forward,
            script,
            judge: contents_differ,
            ..like
        },
    ]
}

fn script(_stages: usize) -> Vec<Vec<Step>> {
    let (file, session) = (|| FILE.to_owned(), || SESSION.to_owned());
    let first = vec![
        Step::Memfd { file: file(), size: SIZE, seed: 3, seals: 0, position: 0 },
        Step::CreateSession { session: session() },
        Step::Preserve { session: session(), token: TOKEN, file: file() },
        Step::Describe { file: file() },
        Step::Kexec,
    ];
    let mut second = held::look().to_vec();
    second.push(Step::RetrieveSession { session: session() });
    second.push(retrieve());
    second.push(Step::Describe { file: file() });
    second.push(Step::Finish { session: session() });
    second.push(Step::Close { name: session() });
    second.extend(held::look());
    vec![first, second]
}

fn retrieve() -> Step {
    Step::Retrieve { session: SESSION.into(), token: TOKEN, file: FILE.into() }
}

type Facts = Result<BTreeMap<String, String>>;

fn flipped(memory: &Memory, at: u64, bit: u32) -> Facts {
    memory.flip(at, bit)?;
    changed(format!("bit {bit} at {at:#x}"))
}

fn changed(what: String) -> Facts {
    Ok(BTreeMap::from([("changed".to_owned(), what)]))
}

fn image(dump: &Value) -> Result<u64> {
    memory::address(&memory::file(dump, SESSION, TOKEN)?["data"])
}

fn flip_image(dump: &Value, memory: &Memory) -> Facts {
    // In a layout's cells, behind the fixed part of the head.
    flipped(memory, image(dump)? + 300, 3)
}

/// The page frame of the first row of folios: the guest's memory is small, its numbers have 20 bits.
fn first_row(dump: &Value, memory: &Memory) -> Result<(u64, u64)> {
    let at = image(dump)?;
    let bytes = memory.read(at, 8192)?;
    let length = u32::from_le_bytes(bytes[12..16].try_into()?) as usize;
    // Rows of the memfd, their sum, and rows of 16 bytes whose second word counts from 0.
    let mut place = length + 64;
    while place + 32 <= bytes.len() {
        let word =
            |at: usize| bytes[at..at + 8].iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        if word(place + 8) == 0 && word(place + 24) == 1 && (1..1 << 20).contains(&word(place)) {
            return Ok((at + place as u64, word(place)));
        }
        place += 64;
    }
    Err(anyhow!("no rows of folios in the image"))
}

fn flip_row(dump: &Value, memory: &Memory) -> Facts {
    let (row, _) = first_row(dump, memory)?;
    flipped(memory, row, 1)
}

fn flip_contents(dump: &Value, memory: &Memory) -> Facts {
    let (_, pfn) = first_row(dump, memory)?;
    flipped(memory, (pfn << 12) + 100, 0)
}

fn flip_handle(dump: &Value, memory: &Memory) -> Facts {
    let (_, at) = handle(dump, memory)?;
    flipped(memory, at + 1, 5)
}

/// The file's handle leads to the block that it stands in, which is the orchestrator's.
fn misdirect_handle(dump: &Value, memory: &Memory) -> Facts {
    let (block, at) = handle(dump, memory)?;
    memory.write(at, &block.to_le_bytes())?;
    changed(format!("handle at {at:#x}"))
}

/// The block in which LUO keeps the file's handle, and where.
fn handle(dump: &Value, memory: &Memory) -> Result<(u64, u64)> {
    let sessions = dump["luo"]["sessions"].as_array().into_iter().flatten();
    let session = sessions.into_iter().find(|found| found["name"] == SESSION);
    let session = session.ok_or_else(|| anyhow!("the dump has no session {SESSION}"))?;
    let block = memory::address(&session["blocks"][0])?;
    let bytes = memory.read(block, 4096)?;
    let name = bytes.windows(14).position(|name| name == b"kserial-memfd\0");
    let name = name.ok_or_else(|| anyhow!("the file block names no handler of ours"))?;
    Ok((block, block + (name + HANDLE_AT) as u64))
}

fn flip_session(dump: &Value, memory: &Memory) -> Facts {
    let block = memory::address(&dump["luo"]["session_blocks"][0])?;
    let bytes = memory.read(block, 4096)?;
    let name = bytes.windows(SESSION.len()).position(|name| name == SESSION.as_bytes());
    let name = name.ok_or_else(|| anyhow!("the session block does not name {SESSION}"))?;
    flipped(memory, block + name as u64, 1)
}

fn evidence(transcript: &Transcript, stages: usize, errors: &[(Step, &str)]) -> Evidence {
    let expected: Vec<_> = errors.iter().map(|(step, error)| (2, step.clone(), *error)).collect();
    let mut evidence = Evidence { good: Vec::new(), bad: transcript.troubles(stages, &expected) };
    let changed = transcript.snapshots.first().and_then(|s| s.facts.get("changed"));
    evidence.see(changed.is_some(), format!("changed {changed:?}"));
    evidence
}

fn describe() -> Step {
    Step::Describe { file: FILE.into() }
}

/// The file must be refused, and what it would have told of stays held: better than to trust it.
fn image_is_damaged(transcript: &Transcript, stages: usize) -> Evidence {
    let errors = [(retrieve(), "EIO"), (describe(), "EBADF")];
    let mut evidence = evidence(transcript, stages, &errors);
    evidence.status(transcript, 2, "image damaged ");
    evidence.status(transcript, 2, "kserial-memfd held ");
    held::all_but(transcript, 2, SIZE / 4096, &mut evidence);
    evidence
}

fn handle_leads_nowhere(transcript: &Transcript, stages: usize) -> Evidence {
    let errors = [(retrieve(), "ENOENT"), (describe(), "EBADF")];
    let mut evidence = evidence(transcript, stages, &errors);
    evidence.status(transcript, 2, "image held ");
    // The image itself, and the folios that it tells of.
    held::all_but(transcript, 2, SIZE / 4096 + 1, &mut evidence);
    evidence
}

fn session_is_unknown(transcript: &Transcript, stages: usize) -> Evidence {
    let session = || SESSION.to_owned();
    let errors = [
        (Step::RetrieveSession { session: session() }, "ENOENT"),
        (retrieve(), "EBADF"),
        (describe(), "EBADF"),
        (Step::Finish { session: session() }, "EBADF"),
        (Step::Close { name: session() }, "EBADF"),
    ];
    evidence(transcript, stages, &errors)
}

fn contents_differ(transcript: &Transcript, stages: usize) -> Evidence {
    let mut evidence = evidence(transcript, stages, &[]);
    let hash = |stage: u32| {
        let described = transcript.described(stage);
        described.get(FILE).and_then(|facts| facts.get("sha256")).cloned()
    };
    let (then, now) = (hash(1), hash(2));
    evidence.see(
        then.is_some() && now.is_some() && then != now,
        format!("the guest sees it: {then:?}, {now:?}"),
    );
    held::judge(transcript, 2, &mut evidence);
    evidence
}
