//! What live update lets pass, captured from 7.2 as distributions configure it (with huge pages) and from
//! 7.3 with what finds mistakes: names of any bytes, tokens 0 and 2⁶⁴ − 1, memfds that are empty, sparse,
//! or no multiple of a page, pieces of huge folios, hundreds of sessions. The guest's own words, and its
//! sums of the contents, are what must be found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use kserial::kho::Pages;
use kserial::luo::Content;
use kserial::PhysAddr;
use kserial_cli::dump::extract::ExtractError;
use kserial_cli::dump::{rebuild, Detail, Dump};
use kserial_cli::name::{unescaped, Name};
use kserial_cli::report::Exit;
use kserial_cli::state::{self, Choice};
use serde_json::Value;
use sha2::{Digest, Sha256};

const ALL: [&str; 2] = ["72-odd", "73-odd"];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels").join(name)
}

/// The memory, unpacked once for all tests: into a file with holes, for nearly all of it is zero.
fn ram(name: &str) -> PathBuf {
    static DONE: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.ram"));
    let mut done = DONE.lock().unwrap();
    if done.iter().any(|other| other == name) {
        return path;
    }
    let packed = File::open(folder(name).join("ram.bin.zst")).unwrap();
    let (mut decoder, file) = (zstd::Decoder::new(packed).unwrap(), File::create(&path).unwrap());
    let (zeros, mut chunk, mut at) = (vec![0; 1 << 16], vec![0; 1 << 16], 0);
    while decoder.read_exact(&mut chunk).is_ok() {
        if chunk != zeros {
            file.write_all_at(&chunk, at).unwrap();
        }
        at += chunk.len() as u64;
    }
    assert_eq!(at, 1 << 30);
    file.set_len(at).unwrap();
    done.push(name.to_owned());
    path
}

fn read(name: &str) -> Dump {
    let source = state::open(&ram(name), Choice::default(), &mut |_| {});
    Dump::read(source.unwrap(), Pages::OF_4K, &mut |_| {}).unwrap()
}

/// A memfd of upstream's handler, in the guest's words.
struct Known {
    session: Vec<u8>,
    token: u64,
    facts: BTreeMap<String, String>,
}

/// The sessions' names in order, and the memfds of upstream's handler.
fn known(name: &str) -> (Vec<Vec<u8>>, Vec<Known>) {
    let (sessions, upstreams, _) = all_known(name);
    (sessions, upstreams)
}

/// The same, and the memfds of KSerial's.
fn all_known(name: &str) -> (Vec<Vec<u8>>, Vec<Known>, Vec<Known>) {
    let (mut sessions, mut files) = (Vec::new(), Vec::<(String, Known)>::new());
    let mut names = BTreeMap::new();
    for line in fs::read_to_string(folder(name).join("guest.jsonl")).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let did = &answer["did"];
        let text = |field: &str| did[field].as_str().unwrap().to_owned();
        match did["do"].as_str().unwrap() {
            "name-session" => {
                let bytes: Vec<u8> = serde_json::from_value(did["name"].clone()).unwrap();
                names.insert(text("session"), bytes.clone());
                sessions.push(bytes);
            }
            "create-many" => {
                let many = 0..did["sessions"].as_u64().unwrap();
                sessions.extend(many.map(|n| format!("many-{n}").into_bytes()));
            }
            "preserve" => {
                let (session, token) = (names[&text("session")].clone(), did["token"].as_u64());
                let known = Known { session, token: token.unwrap(), facts: BTreeMap::new() };
                files.push((text("file"), known));
            }
            "describe" => {
                let (_, known) = files.iter_mut().find(|(file, _)| *file == text("file")).unwrap();
                known.facts = serde_json::from_value(answer["facts"].clone()).unwrap();
            }
            _ => {}
        }
    }
    let of = |(file, known): (String, Known)| (file.starts_with("kserial:"), known);
    let (own, upstreams): (Vec<_>, Vec<_>) = files.into_iter().map(of).partition(|(own, _)| *own);
    let all = |files: Vec<(bool, Known)>| files.into_iter().map(|(_, known)| known).collect();
    (sessions, all(upstreams), all(own))
}

#[test]
fn memfds_that_kserial_handed_over_come_out_as_the_guest_had_them() {
    for name in ALL {
        let (dump, (.., files)) = (read(name), all_known(name));
        assert_eq!(files.len(), 2, "{name}");
        let folder = tempfile::tempdir().unwrap();
        for Known { session, token, facts } in files {
            let file = dump.named(&session, token).unwrap();
            let Content::Image(stored, _) = &file.content else { panic!("{:?}", file.content) };
            let out = folder.path().join(token.to_string());
            dump.extract_image(stored, &out).unwrap();
            let content = fs::read(&out).unwrap();
            let sum: String = Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(
                (content.len().to_string(), sum),
                (facts["size"].clone(), facts["sha256"].clone())
            );
        }
        // No other image is a memfd.
        let stored = dump.luo().unwrap().flbs.iter().find_map(|flb| match &flb.content {
            Content::Image(stored, _) => Some(stored),
            _ => None,
        });
        if let Some(stored) = stored {
            let out = folder.path().join("other");
            assert!(matches!(dump.extract_image(stored, &out), Err(ExtractError::Image(_))));
            assert!(!out.exists());
        }
    }
}

#[test]
fn everything_that_the_guest_preserved_is_found() {
    for name in ALL {
        let (dump, (sessions, files)) = (read(name), known(name));
        assert_eq!(dump.exit(true), Exit::Compatible, "{:?}", dump.faults());
        let found = dump.luo().unwrap().sessions.as_ref().unwrap();
        let names: Vec<_> = found.iter().map(|session| session.name.clone()).collect();
        assert_eq!((names.len(), names), (309, sessions), "{name}");
        assert_eq!(files.len(), 12);
        let folder = tempfile::tempdir().unwrap();
        for Known { session, token, facts } in files {
            let memfd = dump.memfd(&session, token).unwrap();
            let said =
                [memfd.size.to_string(), memfd.pos.to_string(), format!("{:#x}", memfd.seals)];
            assert_eq!(said, ["size", "position", "seals"].map(|fact| facts[fact].clone()));
            let out = folder.path().join("memfd");
            dump.extract(memfd, &out).unwrap();
            let content = fs::read(&out).unwrap();
            let sum: String = Sha256::digest(&content).iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(sum, facts["sha256"], "{name}: {}, {token:#x}", session.escape_ascii());
            // Preserving fills holes with pages of zeros; taken out, they are holes again.
            let data = content.chunks(4096).filter(|page| page.iter().any(|b| *b != 0)).count();
            let stored = out.metadata().unwrap().blocks() * 512;
            assert!(stored <= data as u64 * 4096 + 65_536, "{stored} bytes for {data} pages");
            fs::remove_file(out).unwrap();
        }
    }
}

#[test]
fn folios_are_of_the_orders_that_holes_left() {
    let dump = read("72-odd");
    let orders = |session: &[u8], token| dump.memfd(session, token).unwrap().orders.clone();
    assert_eq!(orders(b"plain", 0x20), BTreeMap::from([(9, 2)]));
    assert_eq!(orders(b"vm/17//disk/", 0), BTreeMap::from([(9, 1)]), "of one byte");
    assert_eq!(orders(b"vm/17//disk/", 0x11), BTreeMap::new());
    let pieces = orders(b"plain", 0x21);
    assert_eq!(pieces.keys().copied().collect::<Vec<_>>(), (0..=9).collect::<Vec<_>>());
    // The same without huge pages.
    let dump = read("73-odd");
    let plain = dump.memfd(b"plain", 0x21).unwrap();
    assert_eq!(plain.orders, BTreeMap::from([(0, 2048)]));
}

#[test]
fn no_name_reaches_a_terminal_as_it_is() {
    for name in ALL {
        let mut text = Vec::new();
        read(name).text(&mut text, Detail::default()).unwrap();
        let text = String::from_utf8(text).unwrap();
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!text.contains(bad));
        for session in known(name).0 {
            let shown = Name(&session).to_string();
            let line = format!("├ session {shown}");
            let shown_alone = |line: &str| text.contains(&format!("{line}\n"));
            assert!(shown_alone(&line) || shown_alone(&format!("{line}   no files")), "{line}");
            assert_eq!(unescaped(&shown), session, "it can be typed again");
        }
    }
}

#[test]
fn what_is_written_from_the_json_alone_is_what_the_kernel_wrote() {
    for name in ALL {
        let mut json = Vec::new();
        // The sum is that of a small file.
        read(name).json(&mut json, &folder(name).join("guest.jsonl"), true).unwrap();
        let memory = rebuild::memory(&json).unwrap().0;
        let source = state::open(&ram(name), Choice::default(), &mut |_| {}).unwrap();
        let mut compared = 0;
        for (at, written) in memory.pieces() {
            let mut captured = vec![0; written.len()];
            source.memory.read(PhysAddr(at.0), &mut captured).unwrap();
            // What nobody means is zero in what is written, and anything in what a kernel leaves.
            let end = written.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            assert!(written[..end] == captured[..end], "{name}: {:#x}", at.0);
            compared += 1;
        }
        assert!(compared > 600, "{compared}");
    }
}
