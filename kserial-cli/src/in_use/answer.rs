//! From conditions to answers.

use kserial::Grade;

use super::{record_of, required, FileInUse, InUse, Owner, Place};
use crate::judge::{Condition, Finding, Otherwise, Verdict};
use crate::kernel::{Carrier, Effect, Kernel, Part};
use crate::name::Name;
use crate::rules;

/// How many files a finding names.
const NAMED: usize = 20;

/// The bytes of a handle.
const HANDLE: u32 = 8;

impl InUse {
    /// Makes of `verdict`, on state that `writer` hands to `reader`, the one on this state.
    pub fn answer(&self, writer: &Kernel, reader: &Kernel, verdict: &mut Verdict) {
        let no_images = self.no_images(writer, reader);
        // What was not read may be just what a condition is about.
        let is_read = self.unread.is_empty() && no_images.is_none();
        if self.is_memory && is_read {
            self.answer_rows(writer, reader, verdict);
        }
        let findings = std::mem::take(&mut verdict.findings);
        for finding in findings {
            // What names a piece of the state has been answered.
            let answered = match is_read && finding.in_use.is_empty() {
                true => self.answered(writer, reader, finding),
                false => Some(finding),
            };
            verdict.findings.extend(answered);
        }
        verdict.order(writer, reader);
        for handler in self.handlers() {
            if !takes(reader, &handler) {
                self.lost_handler(reader, &handler, verdict);
            }
        }
        self.unknown_flbs(reader, verdict);
        self.other_writer(writer, verdict);
        let unread = |what| not_read().because(what);
        let other = self.other_machine(writer, reader);
        let unread = self.unread.iter().map(|what| unread(what));
        let unread: Vec<_> = unread.chain(no_images).chain(other).collect();
        verdict.incomplete |= !unread.is_empty();
        verdict.findings.extend(unread);
        for finding in verdict.findings.iter_mut().filter(|finding| finding.sentence.is_empty()) {
            if let Some(rule) = rules::get(finding.rule) {
                finding.sentence = rule.says(finding.untold, writer.release(), reader.release());
            }
        }
        for part in &mut verdict.parts {
            let about = verdict.findings.iter().filter(|finding| finding.subject == part.name);
            let worst = about.map(|finding| finding.grade).max().unwrap_or(Grade::Compatible);
            part.today = part.today.min(worst);
        }
        let parts = verdict.parts.iter().map(|part| part.today);
        let findings = verdict.findings.iter().map(|finding| finding.grade);
        verdict.grade = parts.chain(findings).max().unwrap_or(Grade::Identical);
    }

    /// The handlers that any file needs.
    fn handlers(&self) -> Vec<String> {
        let text = |file: &FileInUse| String::from_utf8_lossy(&file.handler).into_owned();
        let mut handlers: Vec<String> = self.files.iter().map(text).collect();
        handlers.sort();
        handlers.dedup();
        handlers
    }

    pub(super) fn files_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a FileInUse> {
        self.files.iter().filter(move |file| {
            let handler = String::from_utf8_lossy(&file.handler);
            handler == name || record_of(&handler) == name
        })
    }

    /// What remains of a finding: nothing, where the state does not meet what it is about.
    fn answered(&self, writer: &Kernel, reader: &Kernel, finding: Finding) -> Option<Finding> {
        let subject = finding.subject.clone();
        if finding.rule == "KS0305" {
            return self.huge_folios(writer, reader, finding);
        }
        if let Some(carrier) = required::carrier(reader, &finding) {
            return self.required(carrier, finding);
        }
        let part = [writer, reader].iter().find_map(|kernel| kernel.component(&subject));
        match part.map(|component| component.part) {
            Some(Part::FileHandler) if self.files_of(&subject).next().is_none() => return None,
            Some(Part::FileHandler) => {}
            Some(Part::Sessions) if self.sessions == 0 => return None,
            Some(Part::Flbs) if finding.rule == "KS0207" => {
                return (!self.flbs.is_empty()).then(|| certain(finding));
            }
            Some(Part::Subtree) if finding.rule == "KS0207" => {
                let Some(subtrees) = &self.subtrees else { return Some(finding) };
                return subtrees.contains(&subject).then(|| certain(finding));
            }
            Some(_) => return Some(finding),
            None => {
                let file = |kernel: &Kernel| {
                    let mut records = kernel.records.iter();
                    records.any(|r| r.layout.name == subject && r.carrier == Carrier::File)
                };
                if (file(writer) || file(reader)) && self.files_of(&subject).next().is_none() {
                    return None;
                }
            }
        }
        self.values(finding)
    }

    /// A condition on values, where all of them are known.
    fn values(&self, finding: Finding) -> Option<Finding> {
        let Some(Condition::Values { record, member, allowed, otherwise, .. }) = &finding.condition
        else {
            return Some(finding);
        };
        let files: Vec<_> = self.files_of(record).collect();
        let known = |file: &&FileInUse| file.members.contains_key(member);
        if files.is_empty() || !files.iter().all(known) {
            return Some(finding);
        }
        let met = |file: &&FileInUse| {
            let value = file.members.get(member).copied().unwrap_or(0).into();
            allowed.iter().any(|[low, high]| (low.0..=high.0).contains(&value))
        };
        let unmet: Vec<_> = files.into_iter().filter(|file| !met(file)).collect();
        if unmet.is_empty() {
            return None;
        }
        let mut finding = happens(finding.clone(), *otherwise);
        name_files(&mut finding, &unmet);
        Some(finding)
    }

    /// A handler that the next kernel lacks: found before the kexec.
    fn lost_handler(&self, reader: &Kernel, handler: &str, verdict: &mut Verdict) {
        let files: Vec<_> = self.files_of(handler).collect();
        let others = self.files.len() - files.len();
        let with_it = format!(
            "with it: every session ({} in all, {others} other file{})",
            self.sessions,
            if others == 1 { "" } else { "s" },
        );
        // That its files lose every session says more than that it is not known.
        verdict.findings.retain(|finding| match finding.rule {
            "KS0207" => finding.subject != record_of(handler),
            "KS0213" | "KS0214" => finding.subject != handler,
            _ => true,
        });
        let about = |finding: &&mut Finding| {
            finding.grade == Grade::Incompatible && finding.subject == record_of(handler)
        };
        if let Some(finding) = verdict.findings.iter_mut().find(about) {
            name_files(finding, &files);
            finding.details.push(with_it);
            return;
        }
        let mut finding = Finding::new("KS0207", Grade::Incompatible, handler)
            .between("in use", "no handler takes it up")
            .fixed_by(format!(
                "finish the files above before the update, or give {} a handler that accepts \
                 \"{handler}\"",
                reader.name()
            ));
        name_files(&mut finding, &files);
        finding.details.push(with_it);
        finding.effect = Effect::SessionsLost;
        finding.then = Effect::SessionsLost.sentence(reader.release(), "files");
        let mask = verdict.findings.iter().find(|earlier| {
            earlier.grade == Grade::Incompatible
                && earlier.effect.ends_it()
                && earlier.masked_by.is_none()
        });
        finding.masked_by = mask.map(|earlier| earlier.subject.clone());
        verdict.findings.push(finding);
    }

    /// An FLB is taken up by code that registers for it, which leaves no trace in an image unless a
    /// note declares it. One that nobody takes up is leaked without a word, and harms nobody else.
    fn unknown_flbs(&self, reader: &Kernel, verdict: &mut Verdict) {
        for (name, users) in &self.flbs {
            let text = String::from_utf8_lossy(name);
            let declared = reader.records.iter().any(|record| record.layout.name == text);
            let component = reader.components.iter().any(|component| {
                component.part == Part::FlbUser && component.accepts.iter().any(|a| *a == text)
            });
            if !declared && !component {
                let s = if *users == 1 { "" } else { "s" };
                let mut finding =
                    Finding::new("KS0207", Grade::Compatible, &Name(name).to_string())
                        .between(format!("an FLB of {users} file{s}"), "no note declares it")
                        .because(
                            "if nobody registers for it, its memory stays preserved and unclaimed",
                        );
                finding.effect = Effect::Leaked;
                let reader = reader.release();
                finding.sentence =
                    format!("no note of {reader} tells whether its code takes it up");
                verdict.findings.push(finding);
            }
        }
    }

    /// What a note declares to be an image, and is none: its rows cannot be looked at. A row that has
    /// room in the handle may be the handle.
    fn no_images(&self, writer: &Kernel, reader: &Kernel) -> Option<Finding> {
        let row = |o: &Owner| [writer, reader].iter().filter_map(|k| o.declared_row(k)).max();
        let opaque = self.opaque.iter().filter(|owner| row(owner).is_some());
        let handles = self.handles.iter().filter(|owner| row(owner) > Some(HANDLE));
        let declared: Vec<Owner> = opaque.chain(handles).cloned().collect();
        if declared.is_empty() {
            return None;
        }
        let mut finding = not_read().because("a note declares these as KSerial images:");
        name(&mut finding, declared.into_iter());
        Some(finding)
    }

    /// The state must be that of the old kernel.
    fn other_writer(&self, writer: &Kernel, verdict: &mut Verdict) {
        for (name, version) in &self.versions {
            let Some(component) = writer.component(name).filter(|c| !c.writes.is_empty()) else {
                continue;
            };
            if !component.writes.contains(version) {
                let writes = component.writes.join(" or ");
                let name = writer.name();
                let finding = Finding::new("KS0501", Grade::Conditional, "the state")
                    .because(&format!("it was written as {version}, and {name} writes {writes}"))
                    .fixed_by(format!("give what {name} preserved"));
                verdict.findings.push(finding);
                verdict.incomplete = true;
            }
        }
    }
}

/// Whether `kernel` has a handler for these files, be it in a module that may be loaded: then a finding
/// of its own says what that depends on.
fn takes(kernel: &Kernel, handler: &str) -> bool {
    let component = kernel.components.iter().any(|component| {
        component.part == Part::FileHandler
            && component.accepts.iter().any(|accepted| accepted == handler)
            && kernel.may_have(component.module.as_deref())
    });
    component
        || kernel.records.iter().any(|record| {
            record.carrier == Carrier::File
                && record.layout.name == handler
                && (record.reads || record.requires)
                && kernel.may_have(record.module.as_deref())
        })
}

/// A finding whose condition is known to be met.
pub(super) fn certain(mut finding: Finding) -> Finding {
    finding.grade = Grade::Incompatible;
    finding.condition = None;
    finding
}

/// A finding of which the state shows that it will happen, to what it names.
pub(super) fn happens(finding: Finding, otherwise: Otherwise) -> Finding {
    let finding = match otherwise {
        Otherwise::Refuses => certain(finding),
        Otherwise::Loses => Finding { condition: None, ..finding },
    };
    finding.fixed_by("before the update, finish with what is named above, or change what it holds")
}

/// That some of the state is in doubt.
pub(super) fn not_read() -> Finding {
    Finding::new("KS0501", Grade::Conditional, "the state").fixed_by(
        "kserial dump --verify shows all that is wrong; give the whole memory, as it is on the way \
         into the kexec",
    )
}

fn name_files(finding: &mut Finding, files: &[&FileInUse]) {
    name(finding, files.iter().map(|file| file.owner()));
}

/// Names what a finding is about.
pub(super) fn name(finding: &mut Finding, owners: impl ExactSizeIterator<Item = Owner>) {
    finding.more_in_use = owners.len().saturating_sub(NAMED) as u64;
    finding.in_use = owners.take(NAMED).map(|owner| Place { owner, row: None }).collect();
}
