//! Notes of one record that contradict each other.
//!
//! A kernel and its modules declare one layout and one carrier of a record (FORMAT.md, section 4). Where
//! they do not, nothing is known of it: the running kernel calls the kexec off when it is told such notes,
//! and LUO has one handler of a name, whichever registers first.

use kserial::Grade;

use super::records::may_have;
use super::{Condition, Finding};
use crate::kernel::{Declared, Effect, Kernel};

/// What keeps the record `name` of `kernel` from being known: of notes that are there for certain, or of
/// those of modules that may be loaded.
pub(super) fn judge(kernel: &Kernel, name: &str) -> Option<Finding> {
    let notes = may_have(kernel, name, |_| true);
    let is_certain = |note: &&&Declared| surely_has(kernel, note);
    let grade = if differ(notes.iter().filter(is_certain)) {
        Grade::Incompatible
    } else if differ(notes.iter()) {
        Grade::Conditional
    } else {
        return None;
    };
    let mut finding = Finding::new("KS0217", grade, name);
    finding.details = notes.iter().map(|note| place(note)).collect();
    finding.evidence = notes.iter().map(|note| note.evidence).min();
    finding.effect = Effect::Lost;
    finding.then = format!("nothing is known of {name} in {}: who needs it refuses", kernel.name());
    let one = format!("build {} and its modules with one layout of {name}", kernel.name());
    Some(match grade {
        Grade::Incompatible => finding.fixed_by(one),
        _ => finding
            .unless(Condition::Known {
                what: format!("what {} has built in and loads agrees on {name}", kernel.name()),
            })
            .fixed_by(format!("{one}, or say with --old-modules or --new-modules what is loaded")),
    })
}

/// Whether the note is built in, or known to be loaded in time.
pub(super) fn surely_has(kernel: &Kernel, note: &Declared) -> bool {
    note.module.as_ref().is_none_or(|module| kernel.has_loaded(module) == Some(true))
}

fn differ<'k>(mut notes: impl Iterator<Item = &'k &'k Declared>) -> bool {
    let Some(first) = notes.next() else { return false };
    notes.any(|note| !agree(first, note))
}

/// Whether two notes say the same, in whatever order of members; roles add up.
fn agree(one: &Declared, other: &Declared) -> bool {
    let same_layout = || match (one.layout.cells(), other.layout.cells()) {
        (Ok(one), Ok(other)) => one.layout() == other.layout(),
        _ => false,
    };
    one.carrier == other.carrier && (one.layout == other.layout || same_layout())
}

/// Where a note is, and what it says in short.
fn place(note: &Declared) -> String {
    let at = note.module.as_ref().map_or_else(|| "built in".to_owned(), |m| format!("module {m}"));
    let layout = &note.layout;
    let (carrier, row, members) = (note.carrier.name(), layout.row, layout.members.len());
    let s = if members == 1 { "" } else { "s" };
    format!("{at}: {carrier}, {row} bytes a row, {members} member{s}")
}
