//! The lock files of the records in `schemas/`: every generation that there was is written down.
//!
//! `KSERIAL_LOCK=write cargo test -p kserial-generations --test locks` writes down a new one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use kserial::lock::History;
use kserial::{Grade, Layout, Record, Verdict};
use kserial_cli::lock::{append, Lock};
use kserial_cli::observe;
use kserial_schemas::{
    iommu_device, iommu_entry, iommu_table, luo_file, luo_flb, luo_session, memfd, memfd_folio,
    pci_device,
};

/// Each record's generations, oldest first, from its modules.
fn records() -> [Vec<Layout<'static>>; 9] {
    macro_rules! generations {
        ($record:ident: $row:ident, $($generation:ident),+) => {
            vec![$($record::$generation::$row::SHAPE),+]
        };
    }
    [
        generations!(luo_session: Session, gen1, gen2, gen3),
        generations!(luo_file: File, gen1, gen2, gen3),
        generations!(luo_flb: Flb, gen1, gen2, gen3),
        generations!(memfd: Memfd, gen1, gen2, gen3),
        generations!(memfd_folio: Folio, gen1, gen2, gen3),
        generations!(pci_device: PciDevice, gen1, gen2),
        generations!(iommu_device: Device, gen1, gen2),
        generations!(iommu_table: Table, gen1, gen2),
        generations!(iommu_entry: Entry, gen1, gen2),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/locks")
}

#[test]
fn every_generation_is_written_down() {
    for generations in records() {
        let file = folder().join(format!("{}.toml", generations[0].record()));
        let text = std::fs::read_to_string(&file).unwrap();
        if std::env::var_os("KSERIAL_LOCK").is_some_and(|word| word == "write") {
            let written = Lock::parse(&text).unwrap().generations().count();
            let text =
                generations[written..].iter().fold(text, |text, new| append(&text, *new).unwrap());
            std::fs::write(&file, text).unwrap();
            continue;
        }
        let lock = Lock::parse(&text).unwrap();
        let written: Vec<Layout<'_>> = lock.generations().collect();
        assert_eq!(written, generations, "{}", file.display());
    }
}

#[test]
fn every_lock_is_of_a_record() {
    let known: Vec<String> =
        records().iter().map(|generations| format!("{}.toml", generations[0].record())).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} is the lock of no record here");
    }
}

/// Records of state that no released Linux hands over.
const AHEAD_OF_LINUX: [&str; 4] = ["pci-device", "iommu-device", "iommu-table", "iommu-entry"];

/// The catalogue's layouts of Linux's C structs and the records here have one set of IDs between
/// them: what Linux hands over could be handed over as these records, and every row would cross or
/// meet a check.
#[test]
fn the_records_are_layouts_of_what_linux_hands_over() {
    for release in ["linux:7.0", "linux:7.3"] {
        let linux = observe::open(release).unwrap();
        for generations in records() {
            let name = generations[0].record();
            if AHEAD_OF_LINUX.contains(&name) {
                let known = linux.layouts().any(|layout| layout.name == name);
                assert!(!known, "{release} has {name}: hold the record against it");
                continue;
            }
            let doc = linux.layouts().find(|layout| layout.name == name).unwrap().in_image();
            let cells = doc.cells().unwrap();
            let history = History { generations: &[cells.layout()], renamed: &[] };
            let newest = generations[generations.len() - 1];
            assert_eq!(history.judge(newest), Ok(()), "{release} {name}");
            for record in generations {
                let grade = Verdict::of(cells.layout(), record).grade();
                assert!(grade <= Grade::Conditional, "{release} {name}");
            }
        }
    }
}
