//! A large host: what a dump of it costs, and that four times as much costs four times as much.
//!
//! Times of a debug build say nothing, so this exists in release builds only:
//! `cargo test --release -p kserial-cli --test large -- --ignored --nocapture`.

#![cfg(not(debug_assertions))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that shows figures")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kserial::kho::map::Node;
use kserial::kho::write::Written;
use kserial::kho::{Handover, Key, Map, Named, Pages, Root, Run, Scattered, Version as KhoVersion};
use kserial::luo::{Content, File, Folio, FolioRun, Memfd, Session, State, Version};
use kserial::PhysAddr;
use kserial_cli::dump::rebuild;

/// Where memory for structures begins, and where that of large memfds does.
const FIRST: u64 = 0x100;
const FAR: u64 = 1 << 24;

struct Host {
    memory: Written,
    next: u64,
    preserved: Vec<Run>,
}

impl Host {
    /// A page, preserved.
    fn page(&mut self) -> PhysAddr {
        let frame = self.next;
        self.next += 1;
        self.preserve(frame, 1);
        PhysAddr(frame << 12)
    }

    fn preserve(&mut self, frame: u64, keys: u64) {
        match self.preserved.last_mut() {
            Some(last) if last.first.frame + last.keys == frame => last.keys += keys,
            _ => self.preserved.push(Run { first: Key { order: 0, frame }, keys }),
        }
    }

    fn memfd(&mut self, token: u64, folios: Vec<FolioRun>, bytes: u64) -> File {
        let count: u64 = folios.iter().map(|run| run.folios).sum();
        let data = self.page();
        let pages: Vec<_> = (0..count.div_ceil(256)).map(|_| self.page()).collect();
        let chunks: Vec<_> = (0..pages.len().div_ceil(511)).map(|_| self.page()).collect();
        let memfd = Memfd {
            pos: 0,
            size: bytes,
            seals: 0,
            flags: 0,
            stated: count,
            table_flags: 1,
            table: Scattered { chunks, pages, order: 0, claimed: 0 },
            folios: count,
            orders: BTreeMap::new(),
            runs: 0,
            pages: 0,
        };
        let content = Content::Memfd(memfd);
        let file = File { at: data, handler: b"memfd-v2".to_vec(), data, token, content, pages: 0 };
        file.write(&mut self.memory, Pages::OF_4K, folios.into_iter()).unwrap();
        file
    }

    fn blocks(&mut self, rows: usize, each: usize) -> Vec<PhysAddr> {
        (0..rows.div_ceil(each)).map(|_| self.page()).collect()
    }

    /// The nodes of the radix tree of what is preserved.
    fn nodes(&mut self) -> Vec<Node> {
        let mut places: BTreeSet<(u32, u64)> = BTreeSet::from([(5, 0)]);
        for run in &self.preserved {
            let first = 1 << 52 | run.first.frame;
            for leaf in first >> 15..=(first + run.keys - 1) >> 15 {
                places.extend((0..5).map(|level| (level, leaf >> (9 * level))));
            }
        }
        let place = |(level, prefix): &(u32, u64)| {
            self.next += 1;
            Node { at: PhysAddr(self.next << 12), level: *level, prefix: *prefix }
        };
        // The root first.
        places.iter().rev().map(place).collect()
    }
}

fn folio(frame: u64, index: u64) -> FolioRun {
    let first = Folio { key: Key { order: 0, frame }, index, flags: 3, preserved: true };
    FolioRun { first, folios: 1 }
}

/// A host with this many sessions of ten memfds each, and one memfd of `folios` folios, no two of
/// which are neighbours.
fn write(path: &Path, sessions: usize, folios: u64) {
    let mut host = Host { memory: Written::default(), next: FIRST, preserved: Vec::new() };
    let (root_at, luo_at) = (host.page(), host.page());
    let mut all = Vec::new();
    for n in 0..sessions {
        let files: Vec<File> = (0..10)
            .map(|token| {
                let content = host.page();
                host.memfd(token, vec![folio(content.0 >> 12, 0)], 4096)
            })
            .collect();
        let blocks = host.blocks(files.len(), 63);
        let name = format!("vm-{n}").into_bytes();
        all.push(Session { at: luo_at, name, stated: 10, blocks, files, pages: 0 });
    }
    let scattered = (0..folios).map(|n| folio(FAR + (n ^ 1), n)).collect();
    let large = host.memfd(0, scattered, folios << 12);
    let blocks = host.blocks(1, 63);
    let name = b"large".to_vec();
    all.push(Session { at: luo_at, name, stated: 1, blocks, files: vec![large], pages: 0 });
    let session_blocks = host.blocks(all.len(), 51);
    let state = State {
        at: luo_at,
        bytes: 32,
        version: Version::V5,
        number: 1,
        sessions: Some(all),
        session_blocks,
        flbs_at: PhysAddr(0),
        flb_pgcnt: 0,
        flbs: Vec::new(),
        pages: 0,
    };
    state.write(&mut host.memory, Pages::OF_4K).unwrap();
    host.preserve(FAR, folios);
    let nodes = host.nodes();
    let root = Root {
        at: Some(root_at),
        bytes: 0,
        version: KhoVersion::V4,
        map: nodes[0].at,
        subtrees: vec![Named { name: "LUO".into(), data: luo_at, size: 32 }],
        unread: Vec::new(),
    };
    let handover = Handover { root, map: Map::Radix(nodes), blobs: Vec::new(), root_pages: 0 };
    handover.write(&mut host.memory, Pages::OF_4K, host.preserved.into_iter()).unwrap();
    rebuild::to_file(&host.memory, path).unwrap();
}

/// How long a dump took on a processor, how long by the clock, and the most anonymous memory that it
/// was seen with, in KiB.
fn dumped(path: &Path, format: &str) -> (Duration, Duration, u64) {
    let start = Instant::now();
    let built = || env!("CARGO_BIN_EXE_kserial").into();
    let mut command = Command::new(std::env::var_os("KSERIAL").unwrap_or_else(built));
    command.args(["dump", "--verify", "--format", format]).arg(path).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (mut spent, mut most) = (Duration::ZERO, 0);
    loop {
        let folder = format!("/proc/{}", child.id());
        if let Ok(told) = fs::read_to_string(format!("{folder}/schedstat")) {
            let told = told.split(' ').next().and_then(|ns| ns.parse().ok());
            spent = spent.max(Duration::from_nanos(told.unwrap_or(0)));
        }
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let anonymous = anonymous.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(anonymous.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return (spent, start.elapsed(), most);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[ignore = "writes 2 GiB"]
fn four_times_the_state_costs_four_times_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let (quarter, whole) = (folder.path().join("quarter"), folder.path().join("whole"));
    write(&quarter, 2_500, 4 << 20);
    write(&whole, 10_000, 16 << 20);
    for format in ["text", "json"] {
        // The best of a few: other work on the machine is not measured.
        let best = |path: &Path| (0..5).map(|_| dumped(path, format)).min().unwrap();
        let (small, large) = (best(&quarter), best(&whole));
        let times = large.0.as_secs_f64() / small.0.as_secs_f64();
        println!("{format}: quarter {small:?}, whole {large:?}: {times:.2} times");
        assert!(times <= 4.6, "{times}");
        assert!(large.2 < 200 << 10, "{} KiB of anonymous memory", large.2);
    }
}
