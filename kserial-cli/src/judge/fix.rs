//! What to do, computed from the kernels at hand.

use kserial::Grade;

use super::{Finding, Pair, Verdict};
use crate::kernel::Kernel;

/// Proposes a way for every finding that has none yet; where there is none, none stays.
pub(super) fn propose(pair: Pair<'_>, at_hand: &[&Kernel], verdict: &mut Verdict) {
    if verdict.grade < Grade::Conditional {
        return;
    }
    for finding in &mut verdict.findings {
        if finding.fix.is_some() || finding.masked_by.is_some() {
            continue;
        }
        finding.fix = match (finding.rule, finding.grade) {
            ("KS0401" | "KS0201" | "KS0202" | "KS0208" | "KS0219" | "KS0402", _) => {
                find_bridge(pair, &finding.subject, at_hand)
            }
            (_, Grade::Conditional) => {
                not_loaded(pair.reader, finding).or_else(|| in_time(pair, finding))
            }
            _ => None,
        };
    }
}

/// A kernel that takes what the writer hands over of `subject` and hands on what the reader takes.
fn find_bridge(pair: Pair<'_>, subject: &str, at_hand: &[&Kernel]) -> Option<String> {
    let passes = |writer: &Kernel, reader: &Kernel| {
        let verdict = Verdict::of(writer, reader);
        // A kernel that has no such component only drops what it should carry.
        let carries = verdict.part(subject).is_some_and(|part| part.today < Grade::Conditional);
        carries && verdict.grade <= Grade::Conditional && !verdict.incomplete
    };
    let ends = [pair.writer.name(), pair.reader.name()];
    let between = at_hand.iter().filter(|kernel| !ends.contains(&kernel.name()));
    let mut ways = between.filter(|k| passes(pair.writer, k) && passes(k, pair.reader));
    let name = ways.next()?.name();
    Some(format!("go by way of {name}, which takes the one and writes the other"))
}

/// What the reader does not know may be in a module that it is said not to load.
fn not_loaded(reader: &Kernel, finding: &Finding) -> Option<String> {
    if !matches!(finding.rule, "KS0207" | "KS0213" | "KS0214") {
        return None;
    }
    let of_components = reader.components.iter().filter(|c| c.name == finding.subject);
    let of_components = of_components.filter_map(|component| component.module.as_deref());
    let of_records = reader.records.iter().filter(|r| r.layout.name == finding.subject && r.reads);
    let mut modules = of_components.chain(of_records.filter_map(|r| r.module.as_deref()));
    let module = modules.find(|module| reader.has_loaded(module) == Some(false))?;
    let name = reader.name();
    Some(format!(
        "load {module} early in {name}, where it is not among the loaded modules, and say so with \
         --new-modules or --old-modules"
    ))
}

fn in_time(pair: Pair<'_>, finding: &Finding) -> Option<String> {
    use super::Condition;
    let writer = pair.writer.name();
    match finding.condition.as_ref()? {
        Condition::None { of } => {
            Some(format!("before the update, see that {writer} holds no {of}"))
        }
        Condition::Values { record, .. } => {
            Some(format!("see with --state whether every {record} row of {writer} meets it"))
        }
        Condition::Known { .. } if finding.rule == "KS0209" => {
            Some("give a kernel image with KSerial notes: they say what is written".to_owned())
        }
        Condition::Known { .. } => {
            Some("give a kernel image with BTF, or with KSerial notes".to_owned())
        }
        Condition::Module { .. } | Condition::Boot { .. } => None,
    }
}
