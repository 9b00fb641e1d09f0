//! The components of upstream's live update, from the KHO root down.

use kserial::Grade;

use super::{in_place, switches, with_ids, Condition, Finding, Pair, PartVerdict, Verdict};
use crate::kernel::{Component, Effect, Evidence, Kernel, Part};
use crate::schema::LayoutDoc;

pub(super) fn judge(pair: Pair<'_>, verdict: &mut Verdict) {
    let mut names: Vec<(Part, &str)> = Vec::new();
    for component in pair.writer.components.iter().chain(&pair.reader.components) {
        if !names.iter().any(|(_, name)| *name == component.name) {
            names.push((component.part, &component.name));
        }
    }
    names.sort_by_key(|(part, _)| *part);
    for (_, name) in names {
        let sides = Sides {
            pair,
            name,
            writer: loaded(pair.writer, name).next(),
            reader: reading(pair, name),
        };
        if sides.writer.is_none() && sides.reader.is_none() {
            continue;
        }
        let mut findings = sides.findings();
        // What is refused is not followed either.
        if findings.iter().all(|finding| finding.grade < Grade::Incompatible) {
            findings.extend(sides.pointers());
        }
        sides.in_module(&mut findings);
        let worst = findings.iter().map(|finding| finding.grade).max();
        let today = worst.unwrap_or(match (sides.writer, sides.reader) {
            (Some(w), Some(r)) if w.layouts == r.layouts => Grade::Identical,
            _ => Grade::Compatible,
        });
        let mut part = PartVerdict {
            name: name.to_owned(),
            today,
            with_ids: None,
            with_ids_taking: Vec::new(),
            with_ids_if: Vec::new(),
            with_ids_not: Vec::new(),
        };
        with_ids::judge(sides.writer, sides.reader, &mut part);
        verdict.parts.push(part);
        verdict.findings.extend(findings);
    }
}

/// The components of this name: what is built in first, then those of modules that are not known to
/// be left out. The first is the one that writes: LUO asks handlers in the order of registering.
fn loaded<'k>(kernel: &'k Kernel, name: &'k str) -> impl Iterator<Item = &'k Component> {
    let named = kernel.components.iter().filter(move |component| component.name == name);
    named.filter(|component| kernel.may_have(component.module.as_deref()))
}

/// The component that would read what the writer writes: a handler is found by its string, so a
/// module may bring a version that is not built in.
fn reading<'k>(pair: Pair<'k>, name: &'k str) -> Option<&'k Component> {
    let written = loaded(pair.writer, name).next().map_or(&[][..], |writer| &writer.writes);
    let accepts = |c: &&Component| written.iter().any(|string| c.accepts.contains(string));
    let best = loaded(pair.reader, name).find(accepts);
    best.or_else(|| loaded(pair.reader, name).next())
}

/// One component in both kernels.
struct Sides<'k> {
    pair: Pair<'k>,
    name: &'k str,
    writer: Option<&'k Component>,
    reader: Option<&'k Component>,
}

impl Sides<'_> {
    fn findings(&self) -> Vec<Finding> {
        match (self.writer, self.reader) {
            (Some(writer), Some(reader)) => self.both(writer, reader),
            (Some(writer), None) => self.unknown(writer).into_iter().collect(),
            (None, Some(reader)) => self.absent(reader).into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }

    fn both(&self, writer: &Component, reader: &Component) -> Vec<Finding> {
        if [writer, reader].iter().any(|side| side.evidence == Evidence::Btf) {
            return self.without_strings(writer, reader);
        }
        if writer.writes.len() > 1 {
            let why = format!("{}: nobody can tell which of them it writes", says(writer));
            let accepted = writer.writes.iter().any(|string| reader.accepts.contains(string));
            if accepted {
                return vec![self
                    .finding("KS0209", Grade::Conditional)
                    .because(&why)
                    .unless(Condition::Known { what: format!("which {} is written", self.name) })];
            }
        }
        let accepted = match writer.writes.as_slice() {
            [] => reader.accepts.is_empty(),
            strings => strings.iter().all(|string| reader.accepts.contains(string)),
        };
        if !accepted {
            return vec![self.refused(writer, reader)];
        }
        if !writer.has_known_structs() || !reader.has_known_structs() {
            return vec![self
                .finding("KS0203", Grade::Conditional)
                .doing(self.pair, Effect::Misread, &writer.rows)
                .unless(Condition::Known {
                    what: format!("the structs behind {} are the same in both", says(writer)),
                })];
        }
        let with_its_guard = writer.writes.is_empty() && self.guard_is_refused(writer);
        let finding = |found: in_place::Found| {
            let rule = if with_its_guard && found.rule == "KS0202" { "KS0204" } else { found.rule };
            found.finding(self.finding(rule, found.grade), self.pair, &writer.rows)
        };
        let found = in_place::judge(writer, reader).into_iter().map(finding);
        found.chain(self.missing(writer, reader)).collect()
    }

    /// The structs that the version has and the BTF of one of the two has not, a line each.
    fn missing_structs(&self, writer: &Component, reader: &Component) -> Vec<String> {
        let sides = [(self.pair.writer, writer), (self.pair.reader, reader)];
        let missing = |(kernel, side): (&Kernel, &Component)| {
            let line = |name| format!("the BTF of {} has no struct {name}", kernel.name());
            side.missing.iter().map(line).collect::<Vec<_>>()
        };
        sides.into_iter().flat_map(missing).collect()
    }

    /// Structs of which it is not known what became of them.
    fn missing(&self, writer: &Component, reader: &Component) -> Option<Finding> {
        let details = self.missing_structs(writer, reader);
        if details.is_empty() {
            return None;
        }
        let what = format!("the structs behind {} are the same in both", says(writer));
        let finding = self
            .finding("KS0203", Grade::Conditional)
            .doing(self.pair, Effect::Misread, &writer.rows)
            .unless(Condition::Known { what })
            .fixed_by("see in the sources of both what became of the struct");
        Some(Finding { details, ..finding })
    }

    /// Whether the string of the component above, which guards this one too, tells the two apart.
    fn guard_is_refused(&self, component: &Component) -> bool {
        let above = component.under.as_deref();
        let side = |kernel: &'_ Kernel| above.and_then(|above| kernel.component(above)).cloned();
        match (side(self.pair.writer), side(self.pair.reader)) {
            (Some(writer), Some(reader)) => {
                !writer.writes.iter().all(|string| reader.accepts.contains(string))
            }
            _ => false,
        }
    }

    /// Types without bytes: the structs can be compared, the strings not.
    fn without_strings(&self, writer: &Component, reader: &Component) -> Vec<Finding> {
        let condition =
            Condition::Known { what: format!("both have one version of {}", self.name) };
        let untold = self.finding("KS0210", Grade::Conditional).unless(condition);
        for (kernel, side) in [(self.pair.writer, writer), (self.pair.reader, reader)] {
            if !side.has_known_structs() {
                return vec![untold.because(&format!("no structs of {} are known", kernel.name()))];
            }
        }
        let found = in_place::judge(writer, reader);
        let is_refused = found.iter().any(|found| found.grade == Grade::Incompatible);
        let details = self.missing_structs(writer, reader);
        let untold = (!is_refused).then_some(Finding { details, ..untold });
        let finding = |f: in_place::Found| {
            // One string on both sides is what nobody can see here.
            let rule = if f.rule == "KS0202" { "KS0219" } else { f.rule };
            let mut finding = f.finding(self.finding(rule, f.grade), self.pair, &writer.rows);
            if rule == "KS0219" {
                finding.then += ", or refuses it for its version";
            }
            finding
        };
        untold.into_iter().chain(found.into_iter().map(finding)).collect()
    }

    fn refused(&self, writer: &Component, reader: &Component) -> Finding {
        let rule = match writer.part {
            Part::Root => "KS0401",
            _ => "KS0201",
        };
        let mut finding =
            self.finding(rule, Grade::Incompatible).doing(self.pair, reader.on_other, &writer.rows);
        if writer.has_known_structs() && reader.has_known_structs() {
            finding.details = in_place::differences(writer, reader);
        }
        finding
    }

    /// The reader has no such component.
    fn unknown(&self, writer: &Component) -> Option<Finding> {
        if writer.on_unknown == Effect::Nothing || switches::is_switched(writer) {
            return None;
        }
        // The memory map is a matter of the root, and the root one of the switches.
        if matches!(writer.part, Part::Root | Part::MemoryMap) {
            return None;
        }
        // Without the component above it, nobody would look for it.
        if self.has_nothing_above(writer, self.pair.reader) {
            return None;
        }
        let of = if writer.rows.is_empty() { self.name } else { &writer.rows };
        Some(
            self.finding("KS0207", Grade::Conditional)
                .doing(self.pair, writer.on_unknown, of)
                .unless(Condition::None { of: format!("preserved {of}") }),
        )
    }

    /// The writer has no such component.
    fn absent(&self, reader: &Component) -> Option<Finding> {
        if reader.on_absent == Effect::Nothing || switches::is_switched(reader) {
            return None;
        }
        if matches!(reader.part, Part::Root | Part::MemoryMap) {
            return None;
        }
        if self.has_nothing_above(reader, self.pair.writer) {
            return None;
        }
        Some(self.finding("KS0208", Grade::Incompatible).doing(
            self.pair,
            reader.on_absent,
            &reader.rows,
        ))
    }

    /// Whether `kernel` lacks what the component is under.
    fn has_nothing_above(&self, component: &Component, kernel: &Kernel) -> bool {
        component.under.as_deref().is_some_and(|above| kernel.component(above).is_none())
    }

    /// Addresses of the running kernel in what it hands over: wrong in the next one even where nothing
    /// has changed.
    fn pointers(&self) -> Option<Finding> {
        let (writer, _) = self.writer.zip(self.reader)?;
        let of = |layout: &LayoutDoc| {
            let pointers = layout.members.iter().filter(|member| member.pointer);
            pointers.map(|member| format!("{}: {}", layout.name, member.name)).collect::<Vec<_>>()
        };
        let pointers: Vec<String> = writer.layouts.iter().flat_map(of).collect();
        if pointers.is_empty() {
            return None;
        }
        let (old, new) = (self.pair.writer.release(), self.pair.reader.release());
        let mut finding = self
            .finding("KS0215", Grade::Conditional)
            .doing(self.pair, Effect::Misread, &writer.rows)
            .unless(Condition::Known { what: format!("{new} never follows one") })
            .fixed_by("leave the member out of the struct; hand over the key of the object");
        finding.then = format!("{new} takes whatever lies there for the object of {old}");
        finding.details = pointers;
        Some(finding)
    }

    fn in_module(&self, findings: &mut Vec<Finding>) {
        let Some(reader) = self.reader.filter(|_| self.writer.is_some()) else { return };
        if let Some(finding) = in_module(self.pair, self.name, reader.module.as_deref()) {
            let effect = self.writer.map_or(Effect::Lost, |writer| writer.on_unknown);
            findings.push(finding.doing(self.pair, effect, &reader.rows));
        }
    }

    fn finding(&self, rule: &'static str, grade: Grade) -> Finding {
        let says = |side: Option<&Component>| side.map_or_else(|| "nothing".to_owned(), says);
        Finding::new(rule, grade, self.name)
            .between(says(self.writer), says(self.reader))
            .from(&[self.writer, self.reader])
    }
}

/// What is loaded late, or not at all, is missing when the first session is asked for.
pub(super) fn in_module(pair: Pair<'_>, subject: &str, module: Option<&str>) -> Option<Finding> {
    let module = module.filter(|module| pair.reader.has_loaded(module) != Some(true))?;
    let condition =
        Condition::Module { module: module.to_owned(), kernel: pair.reader.name().to_owned() };
    Some(
        Finding::new("KS0301", Grade::Conditional, subject)
            .between("", format!("only in the module {module}"))
            .fixed_by(format!(
                "load {module} early, then say so with --new-modules or --old-modules"
            ))
            .unless(condition),
    )
}

/// The version strings in words.
fn says(component: &Component) -> String {
    match (component.writes.as_slice(), component.evidence) {
        ([], Evidence::Btf) => "version string not known".to_owned(),
        ([], _) => match &component.under {
            Some(_) if !component.form.is_empty() => component.form.clone(),
            Some(above) => format!("under {above}'s version"),
            None => "no version".to_owned(),
        },
        (strings, _) => strings.join(" or "),
    }
}
