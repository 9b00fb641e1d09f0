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
    let text = fs::read_to_string(cache::checkout().join(&mutant.file)).unwrap_or_default();
    let line =
        text.lines().nth(mutant.span.start.line.saturating_sub(1)).unwrap_or_default().trim();
    survivors.iter().find(|survivor| {
        survivor.file == mutant.file
            && survivor.changes.iter().any(|change| change == mutant.change())
            && survivor.line.as_ref().is_none_or(|wanted| wanted == line)
    })
}
