//! Memory is memory, in whatever it comes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use kserial::kho::Memory;
use kserial_cli::dump::{rebuild, Dump};
use kserial_cli::state::{self, Choice};

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
    let dump = Dump::read(source, kserial::kho::Pages::OF_4K, &mut |_| {}).unwrap();
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
        memory.read(kserial::PhysAddr(part.start), &mut memory_of).unwrap();
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
