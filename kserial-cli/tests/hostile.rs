//! Damaged and hostile memory: an error with its address, and everything else is still shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::path::Path;
use std::time::{Duration, Instant};

use kserial::kho::write::Written;
use kserial::kho::{Memory, Pages, Wrong};
use kserial::luo::State;
use kserial::PhysAddr;
use kserial_cli::dump::{rebuild, Dump, NoRoot};
use kserial_cli::report::Exit;
use kserial_cli::state::{self, Choice, Hint, Source};

/// Where 73-73-lusim has its structures, as its index.json lists them.
const ROOT: u64 = 0x32_1000;
const RADIX_ROOT: u64 = 0x32_0000;
const LUO: u64 = 0x24e_2000;
const SESSIONS: u64 = 0x476_6000;
const FILES: u64 = 0x475_8000;
const MEMFD_22: u64 = 0x264_e000;
const CHUNK_22: u64 = 0x268_5000;
const FLBS: u64 = 0x24e_3000;

fn captured() -> Written {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels/73-73-lusim");
    let source = state::open(&path, Choice::default(), &mut |_| {}).unwrap();
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap();
    let mut json = Vec::new();
    dump.json(&mut json, &path, true).unwrap();
    rebuild::memory(&json).unwrap().0
}

fn read(memory: Written) -> Result<Dump, NoRoot> {
    let source = Source { memory: Box::new(memory), hint: Hint::At(PhysAddr(ROOT)) };
    Dump::read(source, Pages::OF_4K, &mut |_| {})
}

fn patched(at: u64, bytes: &[u8]) -> Dump {
    let mut memory = captured();
    memory.put(PhysAddr(at), bytes);
    read(memory).unwrap()
}

fn word(at: u64, value: u64) -> Dump {
    patched(at, &value.to_le_bytes())
}

fn tokens(luo: &State) -> Vec<u64> {
    luo.sessions
        .iter()
        .flatten()
        .flat_map(|session| &session.files)
        .map(|file| file.token)
        .collect()
}

#[test]
fn what_is_wrong_is_named_with_its_address_and_the_rest_is_shown() {
    /// What it is called, the word that is written and where, the fault's address and sort, and the
    /// tokens that are still shown.
    type Case = (&'static str, u64, u64, u64, fn(&Wrong) -> bool, &'static [u64]);
    let cases: [Case; 15] = [
        (
            "a chain that comes back",
            SESSIONS,
            SESSIONS,
            SESSIONS,
            |w| *w == Wrong::Visited,
            &[0x11, 0x22, 0x33],
        ),
        (
            "chains that meet",
            FILES,
            SESSIONS,
            SESSIONS,
            |w| *w == Wrong::Visited,
            &[0x11, 0x22, 0x33],
        ),
        (
            "a next block nowhere",
            FILES,
            0x1234_5000,
            0x1234_5000,
            |w| *w == Wrong::Missing,
            &[0x11, 0x22, 0x33],
        ),
        (
            "a next block askew",
            FILES,
            0x475_8008,
            0x475_8008,
            |w| *w == Wrong::Misaligned,
            &[0x11, 0x22, 0x33],
        ),
        (
            "a count of none",
            SESSIONS + 8,
            0,
            SESSIONS,
            |w| matches!(w, Wrong::Count { stated: 0, most: 51 }),
            &[],
        ),
        (
            "a count of too many",
            FILES + 8,
            64,
            FILES,
            |w| matches!(w, Wrong::Count { stated: 64, most: 63 }),
            &[],
        ),
        (
            "the largest count",
            FILES + 8,
            u64::MAX,
            FILES,
            |w| matches!(w, Wrong::Count { .. }),
            &[],
        ),
        (
            "a session that counts otherwise",
            SESSIONS + 16 + 72,
            4,
            SESSIONS + 16,
            |w| matches!(w, Wrong::Differs { stated: 4, found: 3, .. }),
            &[0x11, 0x22, 0x33],
        ),
        ("sessions that are not there yet", LUO + 16, 0, LUO, |w| *w == Wrong::NotSerialized, &[]),
        (
            "another version",
            LUO,
            u64::from_le_bytes(*b"luo-v6\0\0"),
            LUO,
            |w| *w == Wrong::Version("luo-v6".into()),
            &[],
        ),
        (
            "unknown seals",
            MEMFD_22 + 16,
            0x40,
            MEMFD_22,
            |w| *w == Wrong::Reserved(0x40),
            &[0x11, 0x22, 0x33],
        ),
        (
            "a table that comes back",
            CHUNK_22,
            CHUNK_22,
            CHUNK_22,
            |w| *w == Wrong::Visited,
            &[0x11, 0x22, 0x33],
        ),
        (
            "more folios than there is table",
            MEMFD_22 + 24,
            1 << 60,
            MEMFD_22,
            |w| matches!(w, Wrong::Differs { .. }),
            &[0x11, 0x22, 0x33],
        ),
        (
            "more FLBs than there is room",
            FLBS + 8,
            1 << 40,
            FLBS,
            |w| matches!(w, Wrong::Count { most: 63, .. }),
            &[0x11, 0x22, 0x33],
        ),
        (
            "a tree that comes back",
            RADIX_ROOT + 2 * 8,
            RADIX_ROOT,
            RADIX_ROOT,
            |w| *w == Wrong::Visited,
            &[0x11, 0x22, 0x33],
        ),
    ];
    for (what, at, value, expected, is, files) in cases {
        let dump = word(at, value);
        let found =
            dump.faults().list().iter().any(|fault| fault.at.0 == expected && is(&fault.wrong));
        assert!(found, "{what}: {:?}", dump.faults());
        assert_ne!(dump.exit(true), Exit::Compatible, "{what}");
        assert_eq!(dump.luo().map(tokens).unwrap_or_default(), files, "{what}");
    }
}

#[test]
fn a_root_that_is_cut_short_is_none() {
    for length in [0_u32, 8, 39, 56, 200, 284, 1 << 30] {
        let mut memory = captured();
        memory.put(PhysAddr(ROOT + 4), &length.to_be_bytes());
        let error = read(memory).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("0x321000: KHO root"), "{length}: {error}");
    }
}

#[test]
fn memory_without_a_root_is_not_a_state_without_sessions() {
    let mut memory = Written::default();
    memory.put(PhysAddr(0x5000), &[1; 4096]);
    let source = Source { memory: Box::new(memory), hint: Hint::Search };
    let error = Dump::read(source, Pages::OF_4K, &mut |_| {}).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("from 0x5000 to 0x5fff"), "{error}");
}

#[test]
fn a_folio_that_two_memfds_claim_is_seen() {
    let memory = captured();
    let mut table = [0; 8];
    memory.read(PhysAddr(CHUNK_22 + 8), &mut table).unwrap();
    let table = u64::from_le_bytes(table);
    let mut row = [0; 8];
    memory.read(PhysAddr(table), &mut row).unwrap();
    let dump = patched(table + 16, &row);
    let faults = dump.faults().list();
    assert!(
        faults.iter().any(|f| f.at.0 == table + 16 && f.wrong == Wrong::ClaimedTwice),
        "{faults:?}"
    );
    assert_eq!(dump.exit(false), Exit::Compatible, "everything could be read");
    assert_eq!(dump.exit(true), Exit::Incompatible, "and it contradicts itself");
}

/// Numbers that look like chance and are the same every time.
fn scrambled(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 16
}

#[test]
fn no_damage_stops_the_reading_or_makes_it_long() {
    let intact = captured();
    let pages: Vec<u64> = intact.pieces().map(|(at, _)| at.0).collect();
    let mut seed = 7;
    for round in 0..400_u64 {
        let mut memory = intact.clone();
        for _ in 0..=round % 5 {
            let page = pages[scrambled(&mut seed) as usize % pages.len()];
            let at = page + scrambled(&mut seed) % 512 * 8;
            // An address of another structure is the worst that a word can be.
            let value = match scrambled(&mut seed) % 4 {
                0 => pages[scrambled(&mut seed) as usize % pages.len()],
                1 => scrambled(&mut seed),
                2 => u64::MAX,
                _ => 1 << (scrambled(&mut seed) % 64),
            };
            memory.put(PhysAddr(at), &value.to_le_bytes());
        }
        let start = Instant::now();
        if let Ok(dump) = read(memory) {
            let (mut text, mut json) = (Vec::new(), Vec::new());
            dump.text(&mut text, Default::default()).unwrap();
            dump.json(&mut json, Path::new("/"), true).unwrap();
            assert!(rebuild::memory(&json).is_ok() || !dump.faults().is_empty());
        }
        assert!(start.elapsed() < Duration::from_secs(20), "round {round}");
    }
}
