//! Memory is memory, in whatever it comes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use kserial::kho::write::Written;
use kserial::kho::{Memory, Pages};
use kserial::luo::Content;
use kserial::PhysAddr;
use kserial_cli::dump::{rebuild, Dump};
use kserial_cli::state::{self, Choice, Hint, Source};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels/72-73")
}

/// The exit code, stdout and stderr of `kserial dump`.
fn dump(path: &Path) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_kserial")).arg("dump").arg(path).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The structures of a capture as RAM in a file.
fn raw(at: &Path) {
    let source = state::open(&folder(), Choice::default(), &mut |_| {}).unwrap();
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap();
    let mut json = Vec::new();
    dump.json(&mut json, &folder(), true).unwrap();
    rebuild::to_file(&rebuild::memory(&json).unwrap().0, at).unwrap();
}

/// An ELF core of one segment for each part of `memory`, the last part first.
fn core(memory: &dyn Memory) -> Vec<u8> {
    let parts: Vec<_> = memory.parts().into_iter().rev().collect();
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let count = parts.len() as u16 + 1;
    for half in [4_u16, 62] {
        head.extend(half.to_le_bytes());
    }
    head.extend(1_u32.to_le_bytes());
    for word in [0_u64, 64, 0] {
        head.extend(word.to_le_bytes());
    }
    head.extend(0_u32.to_le_bytes());
    for half in [64, 56, count, 0, 0, 0] {
        head.extend(u16::to_le_bytes(half));
    }
    let mut bytes = Vec::new();
    let start = 64 + u64::from(count) * 56;
    let mut segment = |kind: u32, offset: u64, phys: u64, length: u64| {
        head.extend(kind.to_le_bytes());
        head.extend(6_u32.to_le_bytes());
        for word in [offset, 0xffff_8880_0000_0000 | phys, phys, length, length, 4096] {
            head.extend(word.to_le_bytes());
        }
    };
    // What vmalloc maps has no physical address of its own.
    segment(1, 0, u64::MAX, 4096);
    for part in parts {
        let mut memory_of = vec![0; (part.end - part.start) as usize];
        memory.read(PhysAddr(part.start), &mut memory_of).unwrap();
        segment(1, start + bytes.len() as u64, part.start, memory_of.len() as u64);
        bytes.extend(memory_of);
    }
    head.extend(bytes);
    head
}

#[test]
fn ram_cores_and_packed_ram_show_what_the_pages_show() {
    let (exit, expected, _) = dump(&folder());
    assert_eq!(exit, 0);
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    raw(&at("raw"));
    let ram = fs::read(at("raw")).unwrap();
    let source = state::open(&at("raw"), Choice::default(), &mut |_| {}).unwrap();
    fs::write(at("core"), core(&*source.memory)).unwrap();
    fs::write(at("zst"), zstd::encode_all(ram.as_slice(), 1).unwrap()).unwrap();
    // As `zstd -T` and `cat` leave it: one frame after the other.
    let mut frames = fs::File::create(at("frames")).unwrap();
    for part in ram.chunks(10_000_001) {
        frames.write_all(&zstd::encode_all(part, 1).unwrap()).unwrap();
    }
    for name in ["raw", "core", "zst", "frames"] {
        let (exit, shown, said) = dump(&at(name));
        assert_eq!((exit, shown.as_str()), (0, expected.as_str()), "{name}: {said}");
    }

    let packed = fs::read(at("zst")).unwrap();
    fs::write(at("cut"), &packed[..packed.len() - 5]).unwrap();
    // With the sum that the command zstd adds.
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(&ram).unwrap();
    let mut flipped = encoder.finish().unwrap();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    fs::write(at("flipped"), flipped).unwrap();
    fs::write(at("kdump"), b"KDUMP   and more").unwrap();
    fs::write(at("empty"), b"").unwrap();
    let whole = fs::read(at("core")).unwrap();
    fs::write(at("short core"), &whole[..100]).unwrap();
    fs::write(at("program"), [&whole[..16], &[2, 0], &whole[18..]].concat()).unwrap();
    fs::write(at("text"), b"no memory at all").unwrap();
    for (name, words) in [
        ("cut", "zstd"),
        ("flipped", "not valid zstd"),
        ("kdump", "makedumpfile -E"),
        ("empty", "the file is empty"),
        ("short core", "not valid ELF"),
        ("program", "no core"),
        ("text", "no KHO root"),
        ("nowhere", "check that it exists"),
    ] {
        let (exit, shown, said) = dump(&at(name));
        assert_eq!(exit, 30, "{name}: {shown}{said}");
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn a_folder_of_several_moments_wants_one_named() {
    let temporary = tempfile::tempdir().unwrap();
    for (name, from) in [("a-x-1000.page", 1), ("b-x-1000.page", 2)] {
        fs::write(temporary.path().join(name), vec![from; 4096]).unwrap();
    }
    let (exit, _, said) = dump(temporary.path());
    assert_eq!(exit, 30);
    assert!(said.contains("pages of these moments: a, b; name one with --stage"), "{said}");
}

/// Boot parameters at `at` whose chain of `setup_data` is one foreign node, one of KHO's that names
/// `root`, and back to the first; with a list of two scratch areas.
fn put_boot_params(memory: &mut Written, at: u64, root: u64) {
    let mut page = vec![0; 4096];
    page[0x1fe..0x208].copy_from_slice(b"\x55\xaa\xeb\x6aHdrS\x0f\x02");
    page[0x250..0x258].copy_from_slice(&(at + 0x1100).to_le_bytes());
    memory.put(PhysAddr(at), &page);
    let words =
        |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    // Each node: next; type and length; what it holds.
    memory.put(PhysAddr(at + 0x1100), &words(&[at + 0x1200, 9 | 8 << 32, 0]));
    let kho = [root, 4096, at + 0x1300, 32];
    memory.put(PhysAddr(at + 0x1200), &words(&[&[at + 0x1100, 10 | 32 << 32][..], &kho].concat()));
    memory.put(PhysAddr(at + 0x1300), &words(&[0x3000_0000, 16 << 20, 0x100_0000, 4 << 20]));
}

/// The capture, and a second root that is as good: a copy whose own page is preserved.
fn two_roots() -> (Written, u64, u64) {
    let source = state::open(&folder(), Choice::default(), &mut |_| {}).unwrap();
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap();
    let mut json = Vec::new();
    dump.json(&mut json, &folder(), true).unwrap();
    let mut memory = rebuild::memory(&json).unwrap().0;
    let root = dump.handover().root.clone();
    let first = root.at.unwrap().0;
    // Any preserved page that nothing is read from: the first one of a memfd.
    let sessions = dump.luo().unwrap().sessions.as_ref().unwrap();
    let Content::Memfd(memfd) = &sessions[0].files[0].content else { panic!() };
    let copy = dump.folios(memfd)[0].key.frame << 12;
    memory.put(PhysAddr(copy), &root.tree());
    (memory, first, copy)
}

fn find_in(memory: Written) -> Result<Dump, String> {
    let source = Source { memory: Box::new(memory), hint: Hint::Search };
    Dump::read(source, Pages::OF_4K, &mut |_| {}).map_err(|error| error.to_string())
}

#[test]
fn of_several_roots_it_is_the_one_that_the_boot_parameters_name() {
    let (memory, first, copy) = two_roots();
    let error = find_in(memory.clone()).err().unwrap();
    assert!(error.contains("several KHO roots"), "{error}");
    for root in [first, copy] {
        let mut memory = memory.clone();
        put_boot_params(&mut memory, 0x5000, root);
        let dump = find_in(memory).unwrap();
        assert_eq!(dump.handover().root.at, Some(PhysAddr(root)));
        let mut text = Vec::new();
        dump.text(&mut text, Default::default()).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("├ scratch 0x30000000, 16 MiB\n├ scratch 0x1000000, 4 MiB\n"),
            "{text}"
        );
    }
}

#[test]
fn boot_parameters_that_lead_nowhere_name_nothing() {
    let (memory, first, _) = two_roots();
    // A chain into memory that is not there; one that bites its tail; a root where there is none.
    for (at, bytes) in [
        (0x5250, 0x7fff_0000_0000_u64.to_le_bytes()),
        (0x6108, 9_u64.to_le_bytes()),
        (0x6210, 0x5000_u64.to_le_bytes()),
        (0x5206, [0x08, 0x02, 0, 0, 0, 0, 0, 0]),
    ] {
        let mut memory = memory.clone();
        put_boot_params(&mut memory, 0x5000, first);
        if at == 0x6108 {
            memory.put(PhysAddr(0x6100), &0x6100_u64.to_le_bytes());
        }
        memory.put(PhysAddr(at), &bytes);
        assert!(find_in(memory).is_err_and(|error| error.contains("several")), "{at:#x}");
    }
}
