//! What a kernel of today makes of another's structs: it reads them where it expects them.
//!
//! Without an ID in the data nothing but equality helps. Names do not matter to a C struct, and to
//! a device tree nothing else does.

use kserial::{Cause, Change, Grade, Verdict, What};

use super::{Finding, Pair};
use crate::kernel::{Component, Effect, Part};
use crate::schema::{Carried, LayoutDoc, MemberDoc};

/// What is found about one record of a component.
pub(super) struct Found {
    pub(super) rule: &'static str,
    pub(super) grade: Grade,
    record: String,
    details: Vec<String>,
    effect: Effect,
}

impl Found {
    pub(super) fn finding(&self, finding: Finding, pair: Pair<'_>, rows: &str) -> Finding {
        let mut finding = finding.doing(pair, self.effect, rows);
        finding.details.push(format!("in {}:", self.record));
        finding.details.extend(self.details.iter().cloned());
        finding
    }
}

/// What stands between the structs of two components whose strings agree.
pub(super) fn judge(writer: &Component, reader: &Component) -> Vec<Found> {
    let mut all = Vec::new();
    for layout in &writer.layouts {
        match reader.layout(&layout.name) {
            Some(other) if layout == other => {}
            Some(other) => all.extend(of_record(writer, layout, other)),
            None if is_envelope(layout) || is_missing(layout, reader) => {}
            None => all.push(Found {
                rule: "KS0205",
                // What only the writer has is lost; nothing else goes wrong.
                grade: Grade::Conditional,
                record: layout.name.clone(),
                details: vec!["the reader has no such struct: what is in it is lost".to_owned()],
                effect: Effect::Leaked,
            }),
        }
    }
    // A struct that came or went says nothing new where another one already fails.
    if all.iter().any(|found: &Found| found.rule != "KS0205" && found.grade == Grade::Incompatible)
    {
        all.retain(|found| found.rule != "KS0205");
        return all;
    }
    for layout in &reader.layouts {
        let is_excused = is_envelope(layout) || is_missing(layout, writer);
        if writer.layout(&layout.name).is_none() && !is_excused {
            all.push(Found {
                rule: "KS0205",
                grade: Grade::Incompatible,
                record: layout.name.clone(),
                details: vec![
                    "the writer has no such struct: what is read was never written".into()
                ],
                effect: Effect::Misread,
            });
        }
    }
    all
}

/// How two components' structs differ, a line each, whatever their strings say.
pub(super) fn differences(writer: &Component, reader: &Component) -> Vec<String> {
    let mut lines = Vec::new();
    for layout in &writer.layouts {
        let Some(other) = reader.layout(&layout.name).filter(|other| *other != layout) else {
            continue;
        };
        let (_, found) = compare(layout, other);
        if !found.is_empty() {
            lines.push(format!("in {}:", layout.name));
            lines.extend(found);
        }
    }
    lines
}

/// Whether it is not known what became of the struct in `other`: a finding of its own says so.
fn is_missing(layout: &LayoutDoc, other: &Component) -> bool {
    layout.struct_name.as_ref().is_some_and(|name| other.missing.contains(name))
}

fn is_envelope(layout: &LayoutDoc) -> bool {
    layout.members.iter().all(|member| member.envelope)
}

fn of_record(writer: &Component, old: &LayoutDoc, new: &LayoutDoc) -> Option<Found> {
    let (grade, details) = compare(old, new);
    if details.is_empty() {
        return None;
    }
    let (rule, effect) = match grade {
        Grade::Incompatible if writer.part == Part::MemoryMap => ("KS0402", writer.on_other),
        Grade::Incompatible => ("KS0202", Effect::Misread),
        _ => ("KS0206", Effect::Nothing),
    };
    Some(Found { rule, grade, record: old.name.clone(), details, effect })
}

/// The grade of reading `old` as `new`, and each difference in words.
fn compare(old: &LayoutDoc, new: &LayoutDoc) -> (Grade, Vec<String>) {
    if old.carried != new.carried {
        let name = |carried| match carried {
            Carried::Struct => "a C struct",
            Carried::Fdt => "properties of a device tree",
        };
        let line = format!("{} became {}", name(old.carried), name(new.carried));
        return (Grade::Incompatible, vec![line]);
    }
    let (Ok(old_cells), Ok(new_cells)) = (old.cells(), new.cells()) else {
        // Parsing an extract or the catalogue admits no such layout.
        return (Grade::Incompatible, vec!["the layout is not valid".to_owned()]);
    };
    let (mut grade, mut lines) = (Grade::Compatible, Vec::new());
    let mut say = |found: Grade, line: String| {
        grade = grade.max(found);
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    Verdict::of(old_cells.layout(), new_cells.layout()).findings(|finding| {
        let member = |layout: &LayoutDoc| finding.path.and_then(|p| layout.member(p).cloned());
        let (source, target) = (member(old), member(new));
        match (old.carried, source, target) {
            (Carried::Struct, Some(s), Some(t)) => match finding.what {
                What::Change(Change::Name) => {
                    say(Grade::Compatible, format!("{} is now called {}", s.name, t.name));
                }
                What::Change(Change::Place | Change::Size) => {
                    say(Grade::Incompatible, format!("{}, then {}", old.place(&s), new.place(&t)));
                }
                What::Change(_) => {}
                What::Check(_) => say(Grade::Incompatible, narrower(&s, &t)),
                What::Incompatible(cause) => say(Grade::Incompatible, meaning(cause, &s, &t)),
            },
            (Carried::Fdt, Some(s), Some(t)) => match finding.what {
                What::Change(Change::Name) => {
                    say(Grade::Incompatible, format!("property {} became {}", s.name, t.name));
                }
                What::Change(_) => {}
                What::Check(_) => say(Grade::Incompatible, narrower(&s, &t)),
                What::Incompatible(cause) => say(Grade::Incompatible, meaning(cause, &s, &t)),
            },
            (carried, Some(s), None) => {
                let ignored = carried == Carried::Fdt;
                let grade = if ignored { Grade::Compatible } else { Grade::Incompatible };
                say(grade, format!("{}; the reader has no such member", old.place(&s)));
            }
            (carried, None, Some(t)) => {
                let optional = carried == Carried::Fdt && t.default.is_some();
                let grade = if optional { Grade::Compatible } else { Grade::Incompatible };
                say(grade, format!("{}; the writer has no such member", new.place(&t)));
            }
            (_, None, None) => {}
        }
    });
    if old.carried == Carried::Struct && old.row != new.row {
        say(Grade::Incompatible, format!("{} bytes, then {}", old.row, new.row));
    }
    (grade, lines)
}

fn narrower(old: &MemberDoc, new: &MemberDoc) -> String {
    match (value(old), value(new)) {
        (Some(o), Some(n)) => format!("{}: {o}, then {n}", old.name),
        _ => format!("{} holds values that the reader does not take", old.name),
    }
}

fn meaning(cause: Cause, old: &MemberDoc, new: &MemberDoc) -> String {
    match (cause, value(old), value(new)) {
        (Cause::Disjoint, Some(o), Some(n)) => format!("{}: {o}, then {n}", old.name),
        (Cause::Unit, ..) => {
            format!("{}: in {}, then in {}", old.name, named(&old.unit), named(&new.unit))
        }
        _ => format!("{}: {}, then {}", old.name, old.kind, new.kind),
    }
}

fn named(unit: &str) -> &str {
    if unit.is_empty() {
        "no unit"
    } else {
        unit
    }
}

/// The one value of a constant.
fn value(member: &MemberDoc) -> Option<String> {
    use crate::schema::ValueDoc;
    match member.values.as_slice() {
        [ValueDoc::Range { low, high }] if low == high => Some(low.to_string()),
        _ => None,
    }
}
