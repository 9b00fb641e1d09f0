//! The order in which findings would happen, and which of them never do.
//!
//! A kernel reads what it is handed from the KHO root down. What it refuses early hides what it
//! would have refused later: a kernel that does not accept the KHO root never sees LUO's string.

use kserial::Grade;

use super::{Finding, Pair, Verdict};
use crate::rules;

pub(super) fn order(pair: Pair<'_>, verdict: &mut Verdict) {
    // Components were judged from the root down and are in order; among the findings about one of
    // them, or what comes before them all, what fails for certain comes first.
    let place = |finding: &Finding| {
        let at = verdict.parts.iter().position(|part| part.name == finding.subject);
        let switch = matches!(finding.rule, "KS0302" | "KS0303" | "KS0304" | "KS0308");
        (at.map_or(0, |at| at + 1), !switch)
    };
    let mut keyed: Vec<_> =
        verdict.findings.iter().cloned().map(|finding| (place(&finding), finding)).collect();
    keyed.sort_by_key(|(place, _)| *place);
    let mut findings: Vec<Finding> = keyed.into_iter().map(|(_, finding)| finding).collect();

    for index in 0..findings.len() {
        let (before, rest) = findings.split_at_mut(index);
        let Some(finding) = rest.first_mut() else { break };
        let fails = |earlier: &&Finding| earlier.grade == Grade::Incompatible;
        let masks = |earlier: &&Finding| {
            has_nothing(earlier)
                || earlier.subject != finding.subject
                    && (earlier.effect.ends_it()
                        || is_above(pair, &earlier.subject, &finding.subject))
        };
        let mask = before.iter().filter(|e| e.masked_by.is_none()).filter(fails).find(masks);
        finding.masked_by = mask.map(|earlier| earlier.subject.clone());
    }
    for finding in &mut findings {
        if let Some(rule) = rules::get(finding.rule) {
            finding.sentence =
                rule.says(finding.untold, pair.writer.release(), pair.reader.release());
        }
    }
    verdict.findings = findings;
}

/// Whether nothing at all is handed over, or taken up.
fn has_nothing(finding: &Finding) -> bool {
    matches!(finding.rule, "KS0302" | "KS0303" | "KS0304" | "KS0308" | "KS0306" | "KS0307")
}

/// Whether the component `below` is only looked at once `above` is accepted.
fn is_above(pair: Pair<'_>, above: &str, below: &str) -> bool {
    let component = |name: &str| pair.writer.component(name).or(pair.reader.component(name));
    let mut at = component(below);
    // No chain is longer than there are parts; a circle in an extract ends here.
    for _ in 0..8 {
        match at.and_then(|component| component.under.as_deref()) {
            Some(under) if under == above => return true,
            Some(under) => at = component(under),
            None => return false,
        }
    }
    false
}
