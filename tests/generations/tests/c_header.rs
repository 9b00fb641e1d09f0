//! A struct of C with a member table declares what the same struct of Rust derives: to the byte.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

use kserial::{KSerial, Layout, PhysAddr, Record, Rows};
use zerocopy::IntoBytes;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The first 24 bytes of a note of ours hold three lengths and numbers, and its owner.
const OWNER: &[u8; 8] = b"KSerial\0";

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "c-device", critical, retired(17, 18 = "speed"))]
#[repr(C)]
struct Device {
    #[kserial(id = 1, key)]
    serial: u64,
    #[kserial(id = 2, unit = "dB", default = -3)]
    offset: i32,
    #[kserial(id = 3, default = 0, critical)]
    flags: u16,
    #[kserial(id = 4, open(idle = 0, busy = 1))]
    state: u8,
    #[kserial(id = 5, bool, default = 1)]
    on: u8,
    #[kserial(id = 6)]
    table: PhysAddr,
    #[kserial(id = 7)]
    bars: [u32; 6],
    #[kserial(id = 8)]
    uuid: [u8; 16],
    #[kserial(id = 9, text)]
    label: [u8; 8],
    #[kserial(id = 10, closed(keep = 2, drop = 5))]
    policy: u8,
    #[kserial(pad)]
    pad: [u8; 3],
    #[kserial(id = 11)]
    queues: Rows<Queue, u32>,
    #[kserial(
        bits(id = 12, name = "pfn", at = 0..52),
        bits(id = 13, name = "order", at = 52..64, unit = "log2", default = 0)
    )]
    word: u64,
    #[kserial(id = 14, default = -1, range = -8..=7)]
    gains: [i16; 4],
    #[kserial(id = 15, sensitive)]
    secret: u64,
    #[kserial(id = 16, default = 0, legacy)]
    old: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "c-queue", required)]
#[repr(C)]
struct Queue {
    #[kserial(id = 1, unit = "entries", range = 1..=4096)]
    depth: u16,
}

/// A note as it lies in a file.
fn note(roles: u8, carrier: u8, layout: Layout<'_>) -> Vec<u8> {
    let description =
        [&[1, roles, carrier, 0, 0, 0, 0, 0], layout.head().as_bytes(), layout.cells().as_bytes()]
            .concat();
    let lengths = [8, u32::try_from(description.len()).unwrap(), 1].map(u32::to_le_bytes);
    [lengths.as_flattened(), OWNER, &description].concat()
}

#[test]
#[ignore = "needs gcc, clang and objcopy"]
fn a_member_table_in_c_yields_the_note_that_the_derive_does() {
    let (device, queue) = (note(3, 1, Device::SHAPE), note(2, 0, Queue::SHAPE));
    for compiler in ["gcc", "clang"] {
        let notes = compiled(compiler, &["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]);
        // gcc puts what it compiles last first. What matters is that nothing lies between them.
        let expected = if notes[8 + 4..].starts_with(&device[8 + 4..80]) {
            [&*device, &queue].concat()
        } else {
            [&*queue, &device].concat()
        };
        assert_eq!(notes.len(), expected.len(), "{compiler}");
        let different = notes.iter().zip(&expected).position(|(c, derived)| c != derived);
        assert_eq!(different, None, "{compiler}: bytes from there on");
    }
}

#[test]
#[ignore = "needs gcc and clang"]
fn a_member_that_no_record_can_have_does_not_compile() {
    let tables = [
        "KSERIAL_MEMBER(1, struct s, pointer)",
        "KSERIAL_MEMBER(1, struct s, missing)",
        "KSERIAL_MEMBER(1, struct s, real)",
        "KSERIAL_BITS(1, struct s, word, 0, 4, \"a_name_of_more_than_24_letters\")",
        "KSERIAL_RETIRED(1, \"a_name_of_more_than_24_letters\")",
    ];
    let body = "#include \"kserial.h\"\nstruct s { void *pointer; double real; uint32_t word; };";
    for compiler in ["gcc", "clang"] {
        let right = [("KSERIAL_MEMBER(1, struct s, word)", true)];
        for (member, right) in tables.map(|table| (table, false)).into_iter().chain(right) {
            let record = format!("KSERIAL_RECORD(n, struct s, \"s\", 0, 1, 1, {member});");
            let source = format!("{body}\n{record}\n");
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join("table.c");
            fs::write(&file, source).unwrap();
            let compiled = compile(compiler, &file, &dir.path().join("table.o"), &[]);
            assert_eq!(compiled, right, "{compiler}: {member}");
        }
    }
}

/// The notes in the object that a compiler makes of `device.c`.
fn compiled(compiler: &str, flags: &[&str]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/device.c");
    let (object, notes) = (dir.path().join("device.o"), dir.path().join("notes"));
    assert!(compile(compiler, &source, &object, flags), "{compiler}");
    let objcopy = Command::new("objcopy")
        .args(["-O", "binary", "--only-section=.note.KSerial"])
        .args([&object, &notes])
        .status();
    assert!(objcopy.unwrap().success());
    fs::read(notes).unwrap()
}

fn compile(compiler: &str, source: &Path, object: &Path, flags: &[&str]) -> bool {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../kernel-bindings/include");
    let output = Command::new(compiler)
        .arg("-c")
        .args(flags)
        .arg("-I")
        .arg(include)
        .args(["-o".as_ref(), object, source])
        .output()
        .unwrap();
    output.status.success()
}
