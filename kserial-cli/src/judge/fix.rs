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
            ("KS0401" | "KS0201" | "KS0202" | "KS0208" | "KS0402", _) => {
                find_bridge(pair, &finding.subject, at_hand)
            }
            (_, Grade::Conditional) => in_time(pair, finding),
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
            Some("give an image with KSerial notes: they say what is written".to_owned())
        }
        Condition::Known { .. } => Some("give an image with BTF, or with KSerial notes".to_owned()),
        Condition::Module { .. } | Condition::Boot { .. } => None,
    }
}
