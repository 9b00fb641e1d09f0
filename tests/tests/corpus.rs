//! Every generation reads every other, both ways, as the reference interpreter says: from the images
//! in `compat-corpus/format-1`, which nobody writes anew once version 1 is frozen.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path as FilePath;

use kserial::image::segments;
use kserial::{Image, Verified};
use kserial_reference::Path;
use kserial_schemas::{luo_flb, luo_session, memfd, memfd_folio};
use kserial_tests::corpus::{
    self, crossed, folder, images, notes, records, refresh, stale, CorpusError, Known, Outcome,
    FROZEN, HERE,
};
use object::read::elf::{FileHeader, SectionHeader};
use object::{elf, LittleEndian};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The image in `bytes`, opened as the machine that it is for and verified.
fn with_image<R>(bytes: &[u8], read: impl FnOnce(&Verified<'_>) -> R) -> R {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    for length in segments(bytes).unwrap() {
        let (part, more) = rest.split_at(length);
        parts.push(part);
        rest = more;
    }
    assert_eq!(rest, [0; 0], "the file ends with the last segment");
    read(&Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap())
}

fn dotted(path: &Path) -> String {
    path.iter().map(u16::to_string).collect::<Vec<_>>().join(".")
}

/// Holds what a reader made of a table against what the corpus says that it must.
fn hold(outcome: &Outcome, known: &Known, expected: &Value, cell: &str) {
    let record = &known.shape.record;
    match (outcome, &expected["refused"]) {
        (Outcome::Refused(path), Value::Array(paths)) => {
            assert!(paths.contains(&dotted(path).into()), "{cell}: {record} refused for {path:?}");
        }
        (Outcome::Read(rows, losses), Value::Null) => {
            let read: Vec<Value> =
                rows.iter().map(|row| corpus::values(&known.shape, row)).collect();
            assert_eq!(Value::from(read), expected["data"], "{cell}: {record}");
            let lost: BTreeSet<String> =
                serde_json::from_value(expected["losses"].clone()).unwrap();
            assert_eq!(losses.iter().map(dotted).collect::<BTreeSet<_>>(), lost, "{cell}");
        }
        _ => panic!("{cell}: {record} is {outcome:?}, and should be {expected}"),
    }
}

#[test]
fn every_generation_reads_what_every_other_wrote() {
    let (mut cells, mut refused, mut lossy) = (0, 0, 0);
    for image in images() {
        let bytes = fs::read(folder().join(format!("{}.image", image.name))).unwrap();
        for reader in image.readers() {
            let name = format!("{}.as-gen{reader}", image.name);
            let json = fs::read(folder().join(format!("{name}.json"))).unwrap();
            let expected: Value = serde_json::from_slice(&json).unwrap();
            let tables = expected["tables"].as_array().unwrap();
            let known = records(image.state.family, reader);
            assert_eq!(tables.len(), known.len());
            with_image(&bytes, |image| {
                for (known, expected) in known.iter().zip(tables) {
                    hold(&known.read(image).unwrap(), known, expected, &name);
                    cells += 1;
                    refused += u32::from(expected.get("refused").is_some());
                    lossy +=
                        u32::from(expected["losses"].as_array().is_some_and(|l| !l.is_empty()));
                }
            });
        }
    }
    // Were nothing refused and nothing lost, there would be little to agree on.
    assert!(cells > 100 && refused >= 12 && lossy >= 8, "{cells} {refused} {lossy}");
}

#[test]
fn every_generation_writes_for_every_other() {
    let mut refused = 0;
    for image in images() {
        for reader in image.readers() {
            let cell = format!("{} for generation {reader}", image.name);
            let known = records(image.state.family, reader);
            let crossed: Vec<_> = known
                .iter()
                .map(|known| {
                    let tables = image.tables();
                    let same = |t: &&_| table_record(t) == known.shape.record;
                    crossed(tables.iter().find(same).unwrap(), &known.shape)
                })
                .collect();
            match image.written_for(reader) {
                Ok(written) => with_image(&written.concat(), |written| {
                    for (known, crossed) in known.iter().zip(crossed) {
                        let (rows, _) = crossed.unwrap_or_else(|_| panic!("{cell}: written"));
                        // A legacy member is the reader's own default again.
                        let outcome = Outcome::Read(rows, BTreeSet::new());
                        assert_eq!(known.read(written).unwrap(), outcome, "{cell}");
                    }
                }),
                Err(error) => {
                    assert!(crossed.iter().any(Result::is_err), "{cell}: {error:?}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused >= 10, "{refused}");
}

fn table_record(table: &kserial_reference::image::Table) -> &str {
    &table.shape.record
}

#[test]
fn the_corpus_is_what_its_writers_and_the_reference_make_of_it() {
    assert_eq!(stale(&folder()).unwrap(), [""; 0], "version 1 is frozen: undo what changed it");
}

/// What this program declares of itself, in each generation's words.
mod declared {
    use super::{luo_flb, luo_session, memfd, memfd_folio};

    macro_rules! declare {
        ($($record:ty)*, $requires:literal, $writes:literal, $carrier:ident) => {
            $(kserial::note!(
                $record,
                Roles { writes: $writes, reads: true, requires: $requires },
                Carrier::$carrier
            );)*
        };
    }
    declare!(memfd::gen1::Memfd memfd::gen2::Memfd memfd::gen3::Memfd, false, true, File);
    declare!(memfd_folio::gen1::Folio memfd_folio::gen2::Folio memfd_folio::gen3::Folio, false, true, Rows);
    declare!(luo_flb::gen1::Flb luo_flb::gen2::Flb luo_flb::gen3::Flb, true, true, Flb);
    declare!(luo_session::gen1::Session luo_session::gen2::Session luo_session::gen3::Session, false, false, Subtree);
}

/// The descriptions of KSerial's notes in this program.
#[cfg(target_os = "linux")]
fn own_notes() -> Vec<Vec<u8>> {
    let program = fs::read(std::env::current_exe().unwrap()).unwrap();
    let bytes = program.as_slice();
    let file = elf::FileHeader64::<LittleEndian>::parse(bytes).unwrap();
    let sections = file.sections(LittleEndian, bytes).unwrap();
    let mut found = Vec::new();
    for section in sections.iter() {
        let Some(mut notes) = section.notes(LittleEndian, bytes).unwrap() else { continue };
        while let Some(note) = notes.next().unwrap() {
            if note.name() == b"KSerial" && note.n_type(LittleEndian).0 == 1 {
                found.push(note.desc().to_vec());
            }
        }
    }
    found
}

#[test]
#[cfg(target_os = "linux")]
fn the_notes_of_a_program_are_those_of_the_corpus() {
    let own = own_notes();
    let names: Vec<_> = notes::all().into_iter().map(|note| note.name).collect();
    assert!(names.len() > 8, "{names:?}");
    for name in names {
        let golden = fs::read(folder().join(format!("notes/{name}.note"))).unwrap();
        assert!(own.contains(&golden), "{name}: not what is written today");
    }
}

/// Every file of the frozen folder with its sum, as `sha256sum` prints it.
fn sums(folder: &FilePath) -> String {
    let mut sums = BTreeMap::new();
    for family in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if !family.is_dir() {
            continue;
        }
        for file in fs::read_dir(&family).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            let digest = Sha256::digest(fs::read(&file).unwrap());
            let mut hex = String::new();
            digest.iter().for_each(|byte| write!(hex, "{byte:02x}").unwrap());
            sums.insert(name, hex);
        }
    }
    sums.iter().map(|(name, hex)| format!("{hex}  {name}\n")).collect()
}

#[test]
fn version_1_is_frozen() {
    // The list is never written again. Where this fails, what changed is the format: undo it.
    let frozen = fs::read_to_string(folder().join(FROZEN)).unwrap();
    assert_eq!(sums(&folder()), frozen, "{FROZEN}");
}

#[test]
fn a_frozen_corpus_is_not_written() {
    let copy = tempfile::tempdir().unwrap();
    let image = copy.path().join("memfds/gen1-plain.image");
    fs::create_dir_all(image.parent().unwrap()).unwrap();
    fs::write(&image, "something else").unwrap();
    fs::write(copy.path().join(FROZEN), "").unwrap();
    assert!(matches!(refresh(copy.path()), Err(CorpusError::Frozen(_))));
    assert_eq!(fs::read(&image).unwrap(), b"something else");
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 2, "nothing was added");

    fs::remove_file(copy.path().join(FROZEN)).unwrap();
    let changed = refresh(copy.path()).unwrap();
    assert!(changed.contains(&"memfds/gen1-plain.image".to_owned()));
    assert_eq!(stale(copy.path()).unwrap(), [""; 0]);
    let committed = folder().join("memfds/gen1-plain.image");
    assert_eq!(fs::read(&image).unwrap(), fs::read(committed).unwrap());
}
