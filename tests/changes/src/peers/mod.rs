//! The corpus in the languages of other compatibility checkers, as far as they can say it.
//!
//! A change that leaves no trace in a language cannot be held against its checker: there both
//! versions read the same, or a member that every row must have cannot be said to be one.
//!
//! - [`c`]: a packed struct, for checkers that read debug information (`abidiff`).
//! - [`proto`]: a proto2 message, for `buf breaking`.
//! - [`fbs`]: a FlatBuffers table with IDs, for `flatc --conform`.

pub mod c;
pub mod fbs;
pub mod proto;

use std::fs;
use std::io;
use std::path::Path as FilePath;

use kserial_reference::history::Version;
use kserial_reference::{cells, Kind, Member};
use serde::Serialize;

use crate::case::Case;
use crate::judged::{Judged, Way};

/// A case as other checkers get it.
#[derive(Debug, Serialize)]
pub struct Rendered {
    /// The number that its files are named by.
    pub number: usize,
    /// The case.
    pub name: String,
    /// The change.
    pub change: String,
    /// The name that it has among those who compare checkers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// Whether some row of the first version comes to harm in the last, and the reverse.
    pub harmful: [bool; 2],
    /// Whether the plan of `kserial` says so.
    pub plan: [bool; 2],
    /// Whether the lock complains of anything, which no direction has.
    pub lock: bool,
    /// The languages that can say it.
    pub languages: Vec<&'static str>,
}

type Render = fn(&Version, &Version, Option<&[u16]>) -> Option<String>;

const LANGUAGES: [(&str, Render); 3] =
    [("c", c::render), ("proto", proto::render), ("fbs", fbs::render)];

/// Writes every single change into `folder`: `old/N.c` and `new/N.c`, and so on.
///
/// # Errors
/// Where a file cannot be written.
pub fn render(cases: &[(Case, Judged)], folder: &FilePath) -> io::Result<Vec<Rendered>> {
    let mut all = Vec::new();
    for (number, (case, judged)) in cases.iter().enumerate() {
        if case.changes.len() > 1 || case.cannot_know {
            continue;
        }
        let (Some(old), Some(new)) = (case.versions.first(), case.versions.last()) else {
            continue;
        };
        let mut languages = Vec::new();
        for (language, render) in LANGUAGES {
            let texts = (render(old, new, None), render(new, old, case.float.as_deref()));
            let (Some(a), Some(b)) = texts else { continue };
            let same =
                case.float.is_none() && cells::encode(&old.shape) == cells::encode(&new.shape);
            if a == b && !same || language == "fbs" && asks_for_a_number(old, new) {
                continue;
            }
            for (side, text) in [("old", a), ("new", b)] {
                let path = folder.join(language).join(side);
                fs::create_dir_all(&path)?;
                fs::write(
                    path.join(format!("{number}.{language}")),
                    text.replace("NUMBER", &number.to_string()),
                )?;
            }
            languages.push(language);
        }
        let is_harmful = |way: &Way| way.misread || !is_harmless(&way.truth);
        let alarm = |way: &Way| !is_harmless(&way.kserial);
        all.push(Rendered {
            number,
            name: case.name.clone(),
            change: case.changes.concat(),
            known_as: case.known_as.clone(),
            harmful: [&judged.update, &judged.rollback].map(is_harmful),
            plan: [&judged.update, &judged.rollback].map(alarm),
            lock: judged.lock.kserial.is_some(),
            languages,
        });
    }
    Ok(all)
}

fn is_harmless(grade: &str) -> bool {
    matches!(grade, "identical" | "compatible")
}

/// Whether a number comes or goes that must be there: a FlatBuffers number is never required.
fn asks_for_a_number(old: &Version, new: &Version) -> bool {
    let lacks = |version: &Version, member: &Member| version.shape.member(&member.path).is_none();
    let asks = |a: &Version, b: &Version| {
        a.shape
            .held()
            .any(|m| lacks(b, m) && m.default.is_none() && !m.array && m.kind != Kind::End)
    };
    asks(old, new) || asks(new, old)
}

/// The members that have bits, in the order of their bits.
fn in_place(version: &Version) -> Vec<&Member> {
    let mut members: Vec<&Member> = version.shape.members.iter().collect();
    members.retain(|member| member.kind != Kind::Group);
    members.sort_by_key(|member| member.bit);
    members
}

/// The name that a member has in a language that nests nothing.
fn flat_name(member: &Member) -> String {
    match member.path.as_slice() {
        [_] => member.name.clone(),
        _ => format!("nested_{}", member.name),
    }
}

/// A number's width where only whole words can be said.
fn word(bits: u8) -> u8 {
    bits.next_power_of_two().max(8)
}
