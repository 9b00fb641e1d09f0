//! Every posted version of a component against every other one, judged beside the reference
//! interpreter.
//!
//! The truth is what happens to rows. *Today* a kernel reads the other's struct in place, where it has
//! the same version string: a row is written as the one has it, and taken apart as the other has it.
//! *With member IDs* it is read by the conversions of the format.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::collections::HashMap;

use kserial::Grade as KGrade;
use kserial_cli::catalogue::CatalogueError;
use kserial_cli::judge::Verdict;
use kserial_cli::kernel::{Component, Kernel, Part};
use kserial_cli::schema::{Carried, LayoutDoc};
use kserial_reference::drawn::{rows, Dice};
use kserial_reference::{cells, grade, row, Grade, Kind, Shape};
use zerocopy::IntoBytes as _;

/// Every series of the catalogue, and the releases.
fn kernels() -> Vec<Kernel> {
    let Err(CatalogueError::Unknown { known, .. }) = Kernel::of_linux("?") else {
        panic!("there is a release \"?\"")
    };
    let mut names: Vec<&str> =
        known.iter().map(String::as_str).filter(|name| name.starts_with("posted/")).collect();
    names.extend(["6.19", "7.0", "7.1", "7.2", "7.3"]);
    names.iter().map(|name| Kernel::of_linux(name).unwrap()).collect()
}

/// The layout as the reference has it: from the bytes of its encoding.
fn shape(layout: &LayoutDoc) -> Shape {
    let cells = layout.cells().unwrap();
    let layout = cells.layout();
    let bytes: Vec<u8> = [layout.head().as_bytes(), layout.cells().as_bytes()].concat();
    cells::decode(&bytes).unwrap().0
}

/// What becomes of `old`'s rows when they are taken for `new`'s, byte for byte.
fn in_place(old: &Shape, new: &Shape) -> Grade {
    if old.row != new.row {
        return Grade::Incompatible;
    }
    let members = || new.members.iter().filter(|member| member.kind != Kind::Group);
    let same = rows(old, new, 64, &mut Dice(25)).iter().all(|values| {
        let seen = row::decode(members(), &row::encode(old, values));
        seen == *values
    });
    if same {
        Grade::Compatible
    } else {
        Grade::Incompatible
    }
}

/// Today: strings first, then structs in place.
fn today(old: &Component, new: &Component) -> Grade {
    if !old.writes.iter().all(|string| new.accepts.contains(string)) {
        return Grade::Incompatible;
    }
    let mut worst = Grade::Compatible;
    for layout in &old.layouts {
        let found = new.layouts.iter().find(|other| other.name == layout.name);
        worst = worst.max(match found {
            Some(other) => in_place(&shape(layout), &shape(other)),
            None => Grade::Conditional,
        });
        if layout.members.iter().any(|member| member.pointer) {
            worst = worst.max(Grade::Conditional);
        }
    }
    let unwritten = |layout: &&LayoutDoc| old.layouts.iter().all(|own| own.name != layout.name);
    if new.layouts.iter().any(|layout| unwritten(&layout)) {
        worst = Grade::Incompatible;
    }
    worst
}

/// With member IDs: record by record, and a record that the reader lacks or must have.
fn with_ids(old: &Component, new: &Component) -> Grade {
    let images = |component: &Component| -> Vec<Shape> {
        let all = component.layouts.iter().map(LayoutDoc::in_image);
        all.filter(|layout| !layout.members.is_empty()).map(|layout| shape(&layout)).collect()
    };
    let (old, new) = (images(old), images(new));
    let mut worst = Grade::Identical;
    for layout in &old {
        let found = new.iter().find(|other| other.record == layout.record);
        worst = worst.max(found.map_or(Grade::Conditional, |other| grade(layout, other)));
    }
    for layout in new.iter().filter(|n| old.iter().all(|o| o.record != n.record)) {
        worst = worst.max(if layout.required { Grade::Incompatible } else { Grade::Compatible });
    }
    worst
}

fn word(grade: KGrade) -> Grade {
    match grade {
        KGrade::Identical => Grade::Identical,
        KGrade::Compatible => Grade::Compatible,
        KGrade::Conditional => Grade::Conditional,
        KGrade::Incompatible => Grade::Incompatible,
    }
}

#[test]
fn every_version_against_every_other_is_what_happens_to_rows() {
    let kernels = kernels();
    let (mut pairs, mut same_string, mut wrong) = (0, 0, Vec::new());
    let mut truths = HashMap::new();
    for writer in &kernels {
        for reader in &kernels {
            let verdict = Verdict::of(writer, reader);
            for old in &writer.components {
                let Some(new) = reader.component(&old.name) else { continue };
                // What is found by name, or guarded by the string above, has tests of its own.
                let by_offset =
                    |c: &Component| c.layouts.iter().all(|l| l.carried == Carried::Struct);
                let guarded = |c: &Component| c.writes.is_empty() || c.part == Part::MemoryMap;
                if !by_offset(old) || !by_offset(new) || guarded(old) || guarded(new) {
                    continue;
                }
                pairs += 1;
                same_string += usize::from(old.writes == new.writes && old.layouts != new.layouts);
                let part = verdict.part(&old.name).unwrap();
                let said = (word(part.today).max(Grade::Compatible), word(part.with_ids.unwrap()));
                // Most kernels share most components.
                let key = format!("{:?}", [old, new].map(|c| (&c.writes, &c.accepts, &c.layouts)));
                let truth =
                    *truths.entry(key).or_insert_with(|| (today(old, new), with_ids(old, new)));
                if said != truth {
                    wrong.push(format!(
                        "{} to {}, {}: {said:?}, and rows say {truth:?}",
                        writer.name(),
                        reader.name(),
                        old.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {pairs}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(pairs > 500, "{pairs} pairs");
    // The dangerous ones: nothing but the struct tells the two apart.
    assert!(same_string >= 6, "{same_string} pairs of one string and two layouts");
}
