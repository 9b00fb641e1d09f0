//! KSerial records, as notes declare them.

use std::collections::BTreeSet;

use kserial::Grade;

use super::component::in_module;
use super::{contradiction, member, Condition, Finding, Pair, PartVerdict, Verdict};
use crate::kernel::{Carrier, Declared, Effect, Evidence, Kernel};
use crate::schema::LayoutDoc;

pub(super) fn judge(pair: Pair<'_>, verdict: &mut Verdict) {
    let declared = pair.writer.records.iter().chain(&pair.reader.records);
    let names: BTreeSet<&str> = declared.map(|record| record.layout.name.as_str()).collect();
    for name in names {
        let writers = writing(pair, name);
        let readers = reading(pair, name);
        let (today, findings) = match (writers.as_slice(), readers.as_slice()) {
            ([], []) => continue,
            ([], readers) => absent(pair, name, readers),
            (writers, []) => unknown(pair, name, writers),
            (writers, readers) => {
                // Where they differ, it is of modules that may be loaded, each on a condition of its own.
                let easiest = |writer: &&Declared| {
                    let ways = readers.iter().map(|reader| of_pair(pair, writer, reader));
                    ways.min_by_key(|(grade, _)| *grade)
                };
                let found = writers.iter().filter_map(easiest);
                let found = found.max_by_key(|(grade, _)| *grade);
                let (grade, mut findings) = found.unwrap_or((Grade::Identical, Vec::new()));
                if counts(pair.reader, name) && !counts(pair.writer, name) {
                    let critical = writers.iter().any(|writer| writer.layout.critical);
                    findings.push(orphaned(pair, name, critical));
                }
                findings.extend(needed(pair, name));
                findings.extend(contradiction::judge(pair.writer, name));
                findings.extend(contradiction::judge(pair.reader, name));
                (findings.iter().map(|finding| finding.grade).fold(grade, Grade::max), findings)
            }
        };
        verdict.parts.push(PartVerdict {
            name: name.to_owned(),
            today,
            with_ids: Some(today),
            with_ids_taking: Vec::new(),
            with_ids_if: findings.iter().filter_map(|finding| finding.condition.clone()).collect(),
            with_ids_not: Vec::new(),
        });
        verdict.findings.extend(findings);
    }
}

/// The notes of those that write the record.
pub(super) fn writing<'k>(pair: Pair<'k>, name: &str) -> Vec<&'k Declared> {
    surest(pair.writer, may_have(pair.writer, name, |record| record.writes))
}

/// The notes of those that would read it.
pub(super) fn reading<'k>(pair: Pair<'k>, name: &str) -> Vec<&'k Declared> {
    surest(pair.reader, may_have(pair.reader, name, |record| record.reads || record.requires))
}

/// Of these, the ones that are there for certain; if there are none, all of them.
fn surest<'k>(kernel: &Kernel, mut notes: Vec<&'k Declared>) -> Vec<&'k Declared> {
    if notes.iter().any(|note| contradiction::surely_has(kernel, note)) {
        notes.retain(|note| contradiction::surely_has(kernel, note));
    }
    notes
}

/// The notes of the record, built in or in modules that may be loaded.
pub(super) fn may_have<'k>(
    kernel: &'k Kernel,
    name: &str,
    has_role: impl Fn(&Declared) -> bool,
) -> Vec<&'k Declared> {
    let notes = kernel.records.iter().filter(|record| record.layout.name == name);
    let notes = notes.filter(|record| has_role(record));
    notes.filter(|record| kernel.may_have(record.module.as_deref())).collect()
}

fn of_pair(pair: Pair<'_>, writer: &Declared, reader: &Declared) -> (Grade, Vec<Finding>) {
    let (old, new) = (&writer.layout, &reader.layout);
    let mut findings = Vec::new();
    if writer.carrier != reader.carrier {
        findings.push(
            Finding::new("KS0212", Grade::Incompatible, &old.name)
                .between(writer.carrier.name(), reader.carrier.name())
                .known(writer.evidence, reader.evidence)
                .doing(
                    pair,
                    effect_of_unknown(writer.carrier),
                    &carried(writer.carrier, &old.name),
                ),
        );
    }
    let mut grade = Grade::Identical;
    if old != new {
        match (old.cells(), new.cells()) {
            (Ok(old_cells), Ok(new_cells)) => {
                let verdict = kserial::Verdict::of(old_cells.layout(), new_cells.layout());
                grade = verdict.grade();
                verdict.findings(|found| {
                    let finding = member::finding(pair, (old, new), &found);
                    findings.push(finding.known(writer.evidence, reader.evidence));
                });
            }
            (Err(error), _) | (_, Err(error)) => {
                let finding = Finding::new("KS0501", Grade::Incompatible, &old.name).by(pair);
                findings.push(finding.because(&error.to_string()));
            }
        }
    }
    if let Some(finding) = in_module(pair, &old.name, reader.module.as_deref()) {
        let effect = effect_of_unknown(writer.carrier);
        let rows = carried(writer.carrier, &old.name);
        findings.push(finding.known(writer.evidence, reader.evidence).doing(pair, effect, &rows));
    }
    let worst = findings.iter().map(|finding| finding.grade).fold(grade, Grade::max);
    (worst, findings)
}

/// Whether a record of the kernel counts rows of `name` as its children.
fn counts(kernel: &Kernel, name: &str) -> bool {
    let mut members = kernel.records.iter().flat_map(|record| &record.layout.members);
    members.any(|member| member.child.as_deref() == Some(name))
}

/// The reader looks for the rows below parents that the writer does not know as such.
fn orphaned(pair: Pair<'_>, name: &str, critical: bool) -> Finding {
    let finding = Finding::new("KS0216", Grade::Conditional, name)
        .between("rows of their own", "rows of another record")
        .known(Evidence::Note, Evidence::Note)
        .unless(Condition::None { of: format!("{name} rows") });
    untaken(pair, finding, Carrier::Rows, critical)
}

/// What becomes of rows, or of images of them, that the reader does not look for.
fn untaken(pair: Pair<'_>, finding: Finding, carrier: Carrier, critical: bool) -> Finding {
    let rows = carried(carrier, &finding.subject);
    let finding = finding.doing(pair, effect_of_unknown(carrier), &rows);
    match (carrier, critical) {
        (Carrier::Rows, true) => {
            let then = format!("{} refuses an image that has such rows", pair.reader.release());
            Finding { then, ..finding }
        }
        _ => finding,
    }
}

/// What readers would meet in rows that lie in `layout`: the findings of each reader that might take
/// them, none of which looked at a row. `is_child` says whether the image counts them as children.
pub(crate) fn of_layout(pair: Pair<'_>, layout: &LayoutDoc, is_child: bool) -> Vec<Vec<Finding>> {
    let writers = writing(pair, &layout.name);
    let mut writer = match writers.first() {
        Some(writer) => Declared::clone(writer),
        None => Declared::plain(layout.clone()),
    };
    // The image says what its rows are; the kernel only what it would write.
    (writer.layout, writer.evidence) = (layout.clone(), Evidence::Note);
    let readers = reading(pair, &layout.name);
    if readers.is_empty() {
        return vec![unknown(pair, &layout.name, &[&writer]).1];
    }
    let mut of_reader = |reader: &&Declared| {
        if writers.is_empty() {
            writer.carrier = reader.carrier;
        }
        let mut findings = of_pair(pair, &writer, reader).1;
        if counts(pair.reader, &layout.name) && !is_child {
            findings.push(orphaned(pair, &layout.name, layout.critical));
        }
        findings.extend(contradiction::judge(pair.reader, &layout.name));
        findings
    };
    readers.iter().map(&mut of_reader).collect()
}

/// The reader does not know the record.
fn unknown(pair: Pair<'_>, name: &str, writers: &[&Declared]) -> (Grade, Vec<Finding>) {
    let critical = writers.iter().any(|writer| writer.layout.critical);
    let (rule, words) = match critical {
        true => ("KS0213", "critical, not known to the reader"),
        false => ("KS0214", "not known to the reader"),
    };
    let carrier = writers.first().map_or(Carrier::Rows, |writer| writer.carrier);
    let finding = Finding::new(rule, Grade::Conditional, name)
        .between("writes it", words)
        .known(Evidence::Note, Evidence::Note)
        .unless(Condition::None { of: format!("{name} rows") });
    (Grade::Conditional, vec![untaken(pair, finding, carrier, critical)])
}

/// The writer does not know the record.
fn absent(pair: Pair<'_>, name: &str, readers: &[&Declared]) -> (Grade, Vec<Finding>) {
    let in_image = readers.iter().any(|reader| reader.layout.required);
    if !in_image && !requires(pair.reader, name) {
        return (Grade::Compatible, Vec::new());
    }
    let finding = missing(pair, "KS0211", Grade::Incompatible, name)
        .between("does not write it", "requires it")
        .fixed_by(format!("go by way of a kernel that writes {name}, or make it optional"));
    (Grade::Incompatible, vec![finding])
}

/// The reader does not come up without the record, and that the writer can hand it over does not say
/// that it will.
fn needed(pair: Pair<'_>, name: &str) -> Option<Finding> {
    let (old, new) = (pair.writer.name(), pair.reader.name());
    requires(pair.reader, name).then(|| {
        missing(pair, "KS0218", Grade::Conditional, name)
            .between("may write it", "requires it")
            .unless(Condition::Known { what: format!("{old} hands over some {name}") })
            .fixed_by(format!("see with --state whether {old} holds any before it starts {new}"))
    })
}

fn requires(kernel: &Kernel, name: &str) -> bool {
    !may_have(kernel, name, |record| record.requires).is_empty()
}

fn missing(pair: Pair<'_>, rule: &'static str, grade: Grade, name: &str) -> Finding {
    let mut finding = Finding::new(rule, grade, name).known(Evidence::Note, Evidence::Note);
    finding.effect = Effect::Lost;
    finding.then = match requires(pair.reader, name) {
        true => format!("{} does not come up without any {name}", pair.reader.release()),
        false => Effect::Lost.sentence(pair.reader.release(), name),
    };
    finding
}

/// What of a record is preserved, in a sentence.
fn carried(carrier: Carrier, name: &str) -> String {
    let what = if carrier == Carrier::Rows { "rows" } else { "images" };
    format!("{name} {what}")
}

/// What becomes of state whose carrier the reader does not know.
fn effect_of_unknown(carrier: Carrier) -> Effect {
    match carrier {
        Carrier::File => Effect::SessionsLost,
        Carrier::Flb | Carrier::Subtree => Effect::Leaked,
        Carrier::Rows => Effect::Lost,
    }
}
