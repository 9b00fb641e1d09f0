//! What the core finds in a pair of layouts, as findings with rules.

use kserial::{Cause, Change, Check, Effect as Failing, Grade, What};

use super::{Condition, Finding, MemberRef, Pair};
use crate::kernel::{Effect, Evidence};
use crate::schema::LayoutDoc;

/// The finding that the core's finding about `record` is.
pub(super) fn finding(
    pair: Pair<'_>,
    (old, new): (&LayoutDoc, &LayoutDoc),
    found: &kserial::Finding<'_>,
) -> Finding {
    let (rule, grade) = match found.what {
        What::Incompatible(cause) => (rule_of_cause(cause), Grade::Incompatible),
        What::Check(check) => (rule_of_check(&check, found.target.is_some()), Grade::Conditional),
        What::Change(change) => (rule_of_change(change), Grade::Compatible),
    };
    let says = |layout: &LayoutDoc| {
        let member = found.path.and_then(|path| layout.member(path));
        member.map_or_else(|| "no such member".to_owned(), |member| spelled(layout, member))
    };
    let mut finding = Finding::new(rule, grade, &old.name)
        .between(says(old), says(new))
        .known(Evidence::Note, Evidence::Note);
    finding.member = found
        .path
        .zip(found.source.or(found.target))
        .map(|(path, member)| MemberRef { path: path.to_string(), name: member.name().to_owned() });
    match found.what {
        What::Incompatible(_) => {
            finding = finding.doing(pair, Effect::Lost, &old.name);
            finding.then = format!("{} refuses every row of {}", pair.reader.release(), old.name);
        }
        What::Check(check) => {
            finding.condition = Some(Condition::of_check(&old.name, &check));
            finding.effect = Effect::Lost;
            finding.then = match check.effect() {
                Failing::Refuse => format!(
                    "{} refuses the table if any row does not meet it",
                    pair.reader.release()
                ),
                Failing::Lose => {
                    format!("{} reports the loss and takes the rest", pair.reader.release())
                }
            };
        }
        What::Change(_) => {}
    }
    finding
}

/// A member in words, with what matters when two are compared.
fn spelled(layout: &LayoutDoc, member: &crate::schema::MemberDoc) -> String {
    let mut words = format!("{}, {}", layout.place(member), member.kind);
    if !member.unit.is_empty() {
        words.push_str(&format!(" in {}", member.unit));
    }
    if let Some(default) = member.default {
        words.push_str(&format!(", default {default}"));
    }
    let values: Vec<String> = member.values.iter().map(ToString::to_string).collect();
    // A longer list would bury what differs.
    if !values.is_empty() && values.len() <= 8 {
        words.push_str(&format!(", values {}", values.join(", ")));
    }
    for (flag, word) in [
        (member.critical, ", critical"),
        (member.key, ", key"),
        (member.legacy, ", legacy"),
        (member.sensitive, ", sensitive"),
    ] {
        if flag {
            words.push_str(word);
        }
    }
    words
}

fn rule_of_cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Kind => "KS0102",
        Cause::Array => "KS0103",
        Cause::Unit => "KS0104",
        Cause::Child => "KS0105",
        Cause::Renumbered => "KS0106",
        Cause::Disjoint => "KS0107",
        Cause::Required => "KS0108",
        Cause::Critical => "KS0109",
        // Records are paired by name, and the core may learn of others before this list does.
        _ => "KS0100",
    }
}

fn rule_of_check(check: &Check<'_>, reader_knows: bool) -> &'static str {
    match (reader_knows, check.elements().start, check.effect()) {
        (true, 0, _) => "KS0110",
        (true, ..) => "KS0111",
        (false, _, Failing::Lose) => "KS0112",
        (false, _, Failing::Refuse) => "KS0113",
    }
}

fn rule_of_change(change: Change) -> &'static str {
    match change {
        Change::Name => "KS0120",
        Change::Place => "KS0121",
        Change::Size => "KS0122",
        Change::Default => "KS0123",
        Change::Values => "KS0124",
        Change::Policy => "KS0125",
        Change::Added => "KS0126",
        // As above.
        _ => "KS0100",
    }
}

/// Why no row crosses, as the end of a sentence that begins with the member's name; `is_common` says
/// whether both sides have the member.
pub(super) fn cause_in_words(cause: Cause, is_common: bool) -> &'static str {
    match cause {
        Cause::Required if is_common => "has elements that the reader needs and the writer lacks",
        Cause::Critical if is_common => {
            "is critical, or a key, and the reader lacks elements of it"
        }
        Cause::Record => "belongs to another record",
        Cause::Kind => "is of another kind",
        Cause::Array => "is an array on one side only",
        Cause::Unit => "is in another unit",
        Cause::Child => "counts rows of another record",
        Cause::Renumbered => "has renumbered values",
        Cause::Disjoint => "has no value that both sides allow",
        Cause::Required => "is needed by the reader and unknown to the writer",
        Cause::Critical => "is critical, or a key, and unknown to the reader",
        Cause::NotUnderstood => "is in a layout of a later version of the format",
        Cause::Room => "has no room in the plan",
        _ => "cannot cross",
    }
}
