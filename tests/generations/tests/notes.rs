//! The notes of the two programs, as tools that know nothing of KSerial find them.
//!
//! What a note must hold is put together here from the format: eight bytes, then the layout's cells.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use kserial::{Layout, Record};
use kserial_schemas::{memfd, memfd_folio};
use object::elf::FileHeader64;
use object::read::elf::{FileHeader, SectionHeader};
use object::Endianness;
use zerocopy::IntoBytes;

const GEN1: &str = env!("CARGO_BIN_EXE_memfd-gen1");
const GEN2: &str = env!("CARGO_BIN_EXE_memfd-gen2");

/// The description of a note that says "writes and reads" of this layout.
fn description(carrier: u8, layout: Layout<'_>) -> Vec<u8> {
    let start = [1, 3, carrier, 0, 0, 0, 0, 0];
    [&start, layout.head().as_bytes(), layout.cells().as_bytes()].concat()
}

/// What each program declares: `memfd`, carried by a file, and `memfd-folio`, its rows.
fn programs() -> [(&'static str, [Vec<u8>; 2]); 2] {
    use memfd::{gen1, gen2};
    use memfd_folio::{gen1 as folio1, gen2 as folio2};
    [
        (GEN1, [description(1, gen1::Memfd::SHAPE), description(0, folio1::Folio::SHAPE)]),
        (GEN2, [description(1, gen2::Memfd::SHAPE), description(0, folio2::Folio::SHAPE)]),
    ]
}

#[test]
fn a_reader_of_elf_finds_them_in_note_sections_by_their_owner() {
    for (program, expected) in programs() {
        let data = std::fs::read(program).unwrap();
        let header = FileHeader64::<Endianness>::parse(&*data).unwrap();
        let endian = header.endian().unwrap();
        let mut found = Vec::new();
        for section in header.sections(endian, &*data).unwrap().iter() {
            let Some(mut notes) = section.notes(endian, &*data).unwrap() else { continue };
            while let Some(note) = notes.next().unwrap() {
                if note.name() == b"KSerial" {
                    assert_eq!(note.n_type(endian), object::elf::NoteType(1));
                    found.push(note.desc().to_vec());
                }
            }
        }
        found.sort_by_key(|note| std::cmp::Reverse(note.len()));
        assert_eq!(found, expected, "{program}");
    }
}

#[test]
#[ignore = "needs readelf and strip of binutils"]
fn binutils_show_them_and_leave_them_when_stripping() {
    let dir = std::env::temp_dir().join(format!("kserial-notes-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    for (program, expected) in programs() {
        let stripped = dir.join("stripped");
        assert!(Command::new("strip")
            .arg("-o")
            .arg(&stripped)
            .arg(program)
            .status()
            .unwrap()
            .success());
        for file in [program.as_ref(), stripped.as_path()] {
            assert_eq!(shown_by_readelf(file), expected, "{}", file.display());
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

/// The descriptions of our notes in `readelf -n`, longest first.
fn shown_by_readelf(file: &std::path::Path) -> Vec<Vec<u8>> {
    let output = Command::new("readelf").args(["--notes", "--wide"]).arg(file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut shown = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("KSerial") {
            let data =
                if line.contains("description data:") { line } else { lines.next().unwrap() };
            let hex = data.split("description data:").nth(1).unwrap();
            let bytes = hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap());
            shown.push(bytes.collect::<Vec<u8>>());
        }
    }
    shown.sort_by_key(|note| std::cmp::Reverse(note.len()));
    shown
}
