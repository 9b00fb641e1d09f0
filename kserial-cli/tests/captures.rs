//! What real kernels handed over decodes to what another program says it is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use kserial::kho::{Content as Said, Pages, Version as Kho};
use kserial::luo::{Content, Version};
use kserial_cli::dump::Dump;
use kserial_cli::report::Exit;
use kserial_cli::state::{self, Choice};

const FOLDERS: [&str; 3] = ["72-72", "72-73", "73-73-lusim"];

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels").join(name)
}

fn read(name: &str, stage: Option<&str>) -> Dump {
    let source = state::open(&corpus(name), Choice { stage }, &mut |_| {}).unwrap();
    Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap()
}

/// The walk of a capture that another program made, line by line, each as its words.
fn walk(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(corpus(name).join("kexec-walk.txt")).unwrap();
    text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

fn number(word: &str) -> u64 {
    match word.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
        None => word.parse().unwrap(),
    }
}

/// The word after `name`, as a number.
fn after(line: &[String], name: &str) -> u64 {
    let place =
        line.iter().position(|word| word == name).unwrap_or_else(|| panic!("{name}: {line:?}"));
    number(&line[place + 1])
}

fn lines<'a>(walk: &'a [Vec<String>], first: &str) -> Vec<&'a Vec<String>> {
    walk.iter().filter(|line| line.first().is_some_and(|word| word.starts_with(first))).collect()
}

#[test]
fn every_capture_decodes_completely() {
    for name in FOLDERS {
        let dump = read(name, None);
        assert!(dump.faults().is_empty(), "{name}: {:?}", dump.faults());
        assert_eq!(dump.exit(true), Exit::Compatible);
        assert_eq!(dump.handover().root.version, Kho::V4);
        assert_eq!(dump.unclaimed(), [], "{name}: every page has an owner");
    }
}

#[test]
fn every_key_of_the_radix_tree_is_accounted_for() {
    for name in FOLDERS {
        let walk = walk(name);
        let expected: BTreeSet<(u64, u64)> = lines(&walk, "key")
            .iter()
            .map(|line| (after(line, "order"), after(line, "pa") >> 12))
            .collect();
        let keys = |runs: Vec<kserial::kho::Run>| -> BTreeSet<(u64, u64)> {
            let of = |run: kserial::kho::Run| {
                (0..run.keys).map(move |n| {
                    (run.first.order.into(), run.first.frame + (n << run.first.order))
                })
            };
            runs.into_iter().flat_map(of).collect()
        };
        let dump = read(name, None);
        assert_eq!(keys(dump.preserved()), expected, "{name}");
        assert!(expected.len() > 2000);
    }
}

#[test]
fn sessions_files_memfds_and_flbs_are_as_the_walk_has_them() {
    for name in FOLDERS {
        let (walk, dump) = (walk(name), read(name, None));
        let luo = dump.luo().unwrap();
        assert_eq!(luo.version, Version::V5);
        assert_eq!(luo.number, after(lines(&walk, "luo_ser")[0], "num"));
        assert_eq!(luo.flbs_at.0, after(lines(&walk, "luo_ser")[0], "flbs"));

        let sessions = luo.sessions.as_ref().unwrap();
        let expected = lines(&walk, "session").into_iter().filter(|line| line[0] == "session");
        let expected: Vec<_> = expected
            .map(|line| (line[1].clone(), after(line, "files"), after(line, "count")))
            .collect();
        let found: Vec<_> = sessions
            .iter()
            .map(|s| {
                (String::from_utf8(s.name.clone()).unwrap(), s.blocks[0].0, s.files.len() as u64)
            })
            .collect();
        assert_eq!(found, expected, "{name}");

        let files: Vec<_> = sessions.iter().flat_map(|session| &session.files).collect();
        let expected: Vec<_> = lines(&walk, "file")
            .into_iter()
            .filter(|line| line[0] == "file")
            .map(|line| (line[1].clone(), after(line, "data"), after(line, "token")))
            .collect();
        let found: Vec<_> = files
            .iter()
            .map(|f| (String::from_utf8(f.handler.clone()).unwrap(), f.data.0, f.token))
            .collect();
        assert_eq!(found, expected, "{name}");

        let memfds = files.iter().filter_map(|file| match &file.content {
            Content::Memfd(memfd) => Some(memfd),
            _ => None,
        });
        let memfds: Vec<_> = memfds.collect();
        let lines_of = lines(&walk, "memfd");
        assert_eq!(memfds.len(), lines_of.len());
        for (memfd, line) in memfds.iter().zip(lines_of) {
            assert_eq!(memfd.pos, after(line, "pos"));
            assert_eq!(memfd.size, after(line, "size"));
            assert_eq!(u64::from(memfd.seals), after(line, "seals"));
            assert_eq!(memfd.stated, after(line, "nr_folios"));
            assert_eq!(memfd.folios, memfd.stated, "all can be read");
            assert_eq!(memfd.table.chunks[0].0, after(line, "first"));
            assert_eq!(memfd.table.pages.len() as u64, after(line, "total_pages"));
        }

        let expected: Vec<_> = lines(&walk, "flb")
            .into_iter()
            .filter(|line| line[1] != "header")
            .map(|line| (line[1].clone(), after(line, "data"), after(line, "count")))
            .collect();
        let found: Vec<_> = luo
            .flbs
            .iter()
            .map(|flb| (String::from_utf8(flb.name.clone()).unwrap(), flb.data.0, flb.users))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn folios_are_where_the_walk_has_them() {
    for name in FOLDERS {
        let (walk, dump) = (walk(name), read(name, None));
        // The walk shows the first few of each memfd, and the last: the index tells which.
        let mut expected: Vec<BTreeMap<u64, (u64, u64)>> = Vec::new();
        for line in &walk {
            match line.first().map(String::as_str) {
                Some("memfd") => expected.push(BTreeMap::new()),
                Some(word) if word.starts_with("folio[") => {
                    let folio = (after(line, "pfn"), after(line, "flags"));
                    expected.last_mut().unwrap().insert(after(line, "index"), folio);
                }
                _ => {}
            }
        }
        for (token, expected) in [0x11, 0x22].into_iter().zip(expected) {
            let memfd = dump.memfd(b"golden-session", token).unwrap();
            let found: BTreeMap<u64, (u64, u64)> =
                dump.folios(memfd).into_iter().map(|f| (f.index, (f.key.frame, f.flags))).collect();
            assert_eq!(found.len() as u64, memfd.folios);
            assert!(!expected.is_empty());
            for (index, folio) in expected {
                assert_eq!(found[&index], folio, "{name}, token {token:#x}, index {index}");
            }
        }
    }
}

#[test]
fn who_ran_before_is_told() {
    for (name, release) in FOLDERS.into_iter().zip(["7.2.13", "7.2.13", "7.3.4"]) {
        let dump = read(name, None);
        let blob = dump.handover().blobs.iter().find(|b| b.named.name == "kexec-metadata").unwrap();
        let Said::Metadata { previous_release, kexec_count } = &blob.content else {
            panic!("{blob:?}")
        };
        assert_eq!((previous_release.as_slice(), *kexec_count), (release.as_bytes(), 1));
    }
}

#[test]
fn not_serialized_is_not_none() {
    for name in FOLDERS {
        let dump = read(name, Some("s1"));
        assert_eq!(dump.exit(false), Exit::Incomplete);
        assert!(dump.luo().unwrap().sessions.is_none());
        let mut text = Vec::new();
        dump.text(&mut text, Default::default()).unwrap();
        assert!(String::from_utf8(text).unwrap().contains("not serialized"));
        assert!(dump.faults().list()[0].to_string().contains("not serialized"));
    }
}

#[test]
fn reused_memory_shows_no_session() {
    for name in FOLDERS {
        let dump = read(name, Some("s2"));
        assert_eq!(dump.exit(false), Exit::Incomplete, "{name}");
        assert!(dump.luo().is_none_or(|luo| luo.sessions.is_none()));
        let mut text = Vec::new();
        dump.text(&mut text, Default::default()).unwrap();
        assert!(!String::from_utf8(text).unwrap().contains("session "));
        let addresses = dump.faults().list().iter().map(|fault| fault.at.0);
        assert!(addresses.into_iter().any(|at| at != 0), "{name}: an address is named");
    }
}

#[test]
fn from_the_whole_memory_everything_is_found() {
    let whole = read("72-73-ram.bin.zst", None);
    let pages = read("72-73", None);
    assert!(whole.faults().is_empty(), "{:?}", whole.faults());
    assert_eq!(whole.handover().root.at, pages.handover().root.at);
    assert_eq!(whole.preserved(), pages.preserved());
    let text = |dump: &Dump| {
        let mut text = Vec::new();
        dump.text(&mut text, Default::default()).unwrap();
        String::from_utf8(text).unwrap()
    };
    assert_eq!(text(&whole), text(&pages));

    let folder = tempfile::tempdir().unwrap();
    let extracted = |token: u64| {
        let path = folder.path().join(format!("{token:x}"));
        whole.extract(whole.memfd(b"golden-session", token).unwrap(), &path).unwrap();
        fs::read(path).unwrap()
    };
    let small = extracted(0x11);
    assert_eq!(small.len(), 5 * 4096);
    assert!(small.iter().enumerate().all(|(i, byte)| usize::from(*byte) == (i * 7 + 3) & 0xff));
    let large = extracted(0x22);
    assert_eq!(large.len(), 8 << 20);
    for (page, bytes) in large.chunks(4096).enumerate() {
        assert_eq!(u64::from_le_bytes(bytes[..8].try_into().unwrap()), 0x5a5a << 48 | page as u64);
    }
    let again =
        whole.extract(whole.memfd(b"golden-session", 0x11).unwrap(), &folder.path().join("11"));
    assert!(again.unwrap_err().to_string().contains("is there already"));
}
