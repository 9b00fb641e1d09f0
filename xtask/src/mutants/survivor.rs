//! Survivors with a reason: `tests/mutants/survivors.toml`.
//!
//! A survivor is named by its file, by what is changed and by the line that it is changed in, as it
//! stands there: line numbers move, lines say what they mean.

use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Mutant;
use crate::cache;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Survivor {
    file: String,
    /// The source's line, without what it is indented by; with none given, any of the file.
    line: Option<String>,
    /// As cargo-mutants says it; one reason may do for several.
    changes: Vec<String>,
    /// Why nobody could notice.
    #[allow(dead_code, reason = "for people")]
    why: String,
}

#[derive(Deserialize)]
struct Page {
    survivor: Vec<Survivor>,
}

pub(super) fn read() -> Result<Vec<Survivor>> {
    let file = cache::checkout().join("tests/mutants/survivors.toml");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let page: Page = toml::from_str(&text).with_context(|| file.display().to_string())?;
    Ok(page.survivor)
}

/// The reason that there is for a mutant to survive.
pub(super) fn of<'s>(survivors: &'s [Survivor], mutant: &Mutant) -> Option<&'s Survivor> {
    let line = line(mutant);
    survivors.iter().find(|survivor| {
        survivor.changes.iter().any(|change| survivor.means(change, mutant, &line))
    })
}

/// Changes with a reason that no mutant is any more: each as its file and what is changed.
pub(super) fn stale(survivors: &[Survivor], mutants: &[Mutant]) -> Vec<String> {
    let mutants: Vec<_> = mutants.iter().map(|mutant| (mutant, line(mutant))).collect();
    let changes = survivors.iter().flat_map(|s| s.changes.iter().map(move |change| (s, change)));
    changes
        .filter(|(s, change)| !mutants.iter().any(|(mutant, line)| s.means(change, mutant, line)))
        .map(|(s, change)| match &s.line {
            Some(line) => format!("{}: {change}: {line}", s.file),
            None => format!("{}: {change}", s.file),
        })
        .collect()
}

impl Survivor {
    fn means(&self, change: &str, mutant: &Mutant, line: &str) -> bool {
        self.file == mutant.file
            && change == mutant.change()
            && self.line.as_ref().is_none_or(|wanted| wanted == line)
    }
}

/// The line of the source that is changed, without what it is indented by.
fn line(mutant: &Mutant) -> String {
    let text = fs::read_to_string(cache::checkout().join(&mutant.file)).unwrap_or_default();
    let line = text.lines().nth(mutant.span.start.line.saturating_sub(1));
    line.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Start};
    use super::*;

    fn survivor(line: Option<&str>, changes: &[&str]) -> Survivor {
        Survivor {
            file: "xtask/src/mutants/survivor.rs".to_owned(),
            line: line.map(str::to_owned),
            changes: changes.iter().map(|change| (*change).to_owned()).collect(),
            why: String::new(),
        }
    }

    /// A mutant of this file's first line.
    fn mutant() -> Mutant {
        let file = "xtask/src/mutants/survivor.rs".to_owned();
        let name = format!("{file}:1:5: replace a with b");
        Mutant { name, file, span: Span { start: Start { line: 1 } } }
    }

    #[test]
    fn a_reason_for_what_no_mutant_is_any_more_is_stale() {
        let first = "//! Survivors with a reason: `tests/mutants/survivors.toml`.";
        let fresh =
            [survivor(None, &["replace a with b"]), survivor(Some(first), &["replace a with b"])];
        assert_eq!(stale(&fresh, &[mutant()]), Vec::<String>::new());
        let gone = [
            survivor(None, &["replace a with b", "replace a with c"]),
            survivor(Some("another line"), &["replace a with b"]),
        ];
        let file = &gone[0].file;
        assert_eq!(
            stale(&gone, &[mutant()]),
            [
                format!("{file}: replace a with c"),
                format!("{file}: replace a with b: another line")
            ]
        );
    }
}
