//! Memory of a machine whose pages are not of 4 KiB.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use kserial::kho::map::Node;
use kserial::kho::write::Written;
use kserial::kho::{Handover, Key, Map, Named, Pages, Root, Run, Version as KhoVersion};
use kserial::luo::{Session, State, Version};
use kserial::PhysAddr;
use kserial_cli::dump::rebuild;

/// log2 of 16 KiB, and how a tree of such pages divides a key: five levels.
const SHIFT: u32 = 14;
const WIDTH: u32 = 51;
const LEAF: u32 = 17;
const INNER: u32 = 11;

/// A handover of one session without files, as a kernel with pages of 16 KiB makes it.
fn write(path: &Path) {
    let at = |frame: u64| PhysAddr(frame << SHIFT);
    let pages = Pages::of_shift(SHIFT).unwrap();
    let mut memory = Written::default();
    let (root_at, luo_at, sessions_at) = (0x100, 0x101, 0x102);
    let session = Session {
        at: at(sessions_at),
        name: b"vm-17".to_vec(),
        stated: 0,
        blocks: Vec::new(),
        files: Vec::new(),
        pages: 0,
    };
    let state = State {
        at: at(luo_at),
        bytes: 32,
        version: Version::V5,
        number: 1,
        sessions: Some(vec![session]),
        session_blocks: vec![at(sessions_at)],
        flbs_at: PhysAddr(0),
        flb_pgcnt: 0,
        flbs: Vec::new(),
        pages: 0,
    };
    state.write(&mut memory, pages).unwrap();
    let key = (1 << (WIDTH - 1)) | root_at;
    let places: BTreeSet<(u32, u64)> =
        (0..5).map(|level| (level, key >> LEAF >> (INNER * level))).collect();
    // The root first.
    let places = places.into_iter().rev().enumerate();
    let node =
        |(n, (level, prefix))| Node { at: at(0x103 + u64::try_from(n).unwrap()), level, prefix };
    let nodes: Vec<Node> = places.map(node).collect();
    let root = Root {
        at: Some(at(root_at)),
        bytes: 0,
        version: KhoVersion::V4,
        map: nodes[0].at,
        subtrees: vec![Named { name: "LUO".into(), data: at(luo_at), size: 32 }],
        unread: Vec::new(),
    };
    let handover = Handover { root, map: Map::Radix(nodes), blobs: Vec::new(), root_pages: 0 };
    let preserved = [Run { first: Key { order: 0, frame: root_at }, keys: 3 }];
    handover.write(&mut memory, pages, preserved.into_iter()).unwrap();
    rebuild::to_file(&memory, path).unwrap();
}

fn kserial(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kserial")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn a_state_has_pages_as_large_as_those_of_the_kernel_that_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let state = path("state");
    write(Path::new(&state));
    let dumped = kserial(&["dump", "--verify", "--page-size", "16384", &state]);
    assert_eq!(dumped.0, 0, "{}", dumped.1);
    let (_, linux) = kserial(&["schema", "extract", "linux:7.3"]);
    for (size, expected) in [("16384", 0), ("4096", 30)] {
        let kernel = linux
            .replace("arch = \"x86_64\"", "arch = \"aarch64\"")
            .replace("page-size = 4096", &format!("page-size = {size}"));
        let kernel_at = path(&format!("{size}.toml"));
        fs::write(&kernel_at, kernel).unwrap();
        let (exit, report) = kserial(&["check", &kernel_at, &kernel_at, "--state", &state]);
        assert_eq!(exit, expected, "{size}: {report}");
    }
}

#[test]
fn the_json_of_a_dump_says_itself_how_large_its_pages_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (state, json, kernel) = (path("state"), path("dump.json"), path("kernel.toml"));
    write(Path::new(&state));
    let (exit, dump) = kserial(&["dump", "--page-size", "16384", "--format", "json", &state]);
    assert_eq!(exit, 0, "{dump}");
    fs::write(&json, dump).unwrap();
    let (exit, again) = kserial(&["dump", "--verify", &json]);
    assert_eq!(exit, 0, "{again}");
    // Of this one nobody knows; whether both have pages of one size stays open.
    let (_, linux) = kserial(&["schema", "extract", "linux:7.3"]);
    let untold = linux.replace("arch = \"x86_64\"", "arch = \"aarch64\"");
    fs::write(&kernel, untold.replace("page-size = 4096\n", "")).unwrap();
    let (exit, report) = kserial(&["check", &kernel, &kernel, "--state", &json]);
    assert_eq!((exit, report.contains("KS0307")), (10, true), "{report}");
}
