//! What earlier runs have found out, as long as it holds: while the changed file is the same.
//!
//! Another file, or a test, can change what is noticed as well. That is what `--again` is for; a test
//! that someone takes away is rarer than a run that someone ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Mutant;
use crate::cache;

/// File → what is known of its mutants.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Known(BTreeMap<String, OfFile>);

/// The mutants of one file, by their names.
#[derive(Debug, Default, Serialize, Deserialize)]
struct OfFile {
    /// Of the file that they are mutants of.
    sha256: String,
    /// Noticed by a test, by never ending or by the compiler.
    noticed: BTreeSet<String>,
    /// Noticed by no test that ran.
    survived: BTreeSet<String>,
    /// Stopped by the clock, which a machine with much to do is reason enough for: not known yet.
    #[serde(default)]
    stopped: BTreeSet<String>,
}

/// What a run found out of a mutant.
#[derive(Clone, Copy)]
enum Found {
    Noticed,
    Survived,
    Stopped,
}

/// The lists that cargo-mutants writes. What never ends is among the caught: its processor time ends it.
const LISTS: [(&str, Found); 4] = [
    ("missed.txt", Found::Survived),
    ("caught.txt", Found::Noticed),
    ("timeout.txt", Found::Stopped),
    ("unviable.txt", Found::Noticed),
];

const FILE: &str = "known.json";

impl Known {
    /// What the cache knows of files as they are, and what a run left behind that was ended.
    pub(super) fn read(output: &Path) -> Result<Self> {
        let mut known = match fs::read(output.join(FILE)) {
            Ok(json) => serde_json::from_slice(&json).context(FILE)?,
            Err(_) => Self::default(),
        };
        for (list, found) in LISTS {
            let names = fs::read_to_string(output.join("mutants.out").join(list));
            for name in names.unwrap_or_default().lines() {
                known.add(name, found);
            }
        }
        known.0.retain(|file, of| sha256(file).is_some_and(|now| now == of.sha256));
        known.write(output)?;
        Ok(known)
    }

    /// Before a run: the files as they are, and what cargo-mutants need not try, in its own words.
    pub(super) fn begin(&mut self, output: &Path, skipped: &[&str]) -> Result<()> {
        for (file, sha256) in core() {
            let of = self.0.entry(file).or_default();
            if of.sha256 != sha256 {
                *of = OfFile { sha256, ..OfFile::default() };
            }
        }
        self.write(output)?;
        let found = output.join("mutants.out");
        let _ = fs::remove_dir_all(&found);
        fs::create_dir_all(&found)?;
        fs::write(found.join("previously_caught.txt"), skipped.join("\n") + "\n")?;
        Ok(())
    }

    pub(super) fn is_noticed(&self, mutant: &Mutant) -> bool {
        self.of(mutant).is_some_and(|of| of.noticed.contains(&mutant.name))
    }

    pub(super) fn is_survivor(&self, mutant: &Mutant) -> bool {
        self.of(mutant).is_some_and(|of| of.survived.contains(&mutant.name))
    }

    pub(super) fn is_stopped(&self, mutant: &Mutant) -> bool {
        self.of(mutant).is_some_and(|of| of.stopped.contains(&mutant.name))
    }

    fn of(&self, mutant: &Mutant) -> Option<&OfFile> {
        self.0.get(&mutant.file)
    }

    /// The last word counts, but for what was noticed once.
    fn add(&mut self, name: &str, found: Found) {
        let Some(of) = name.split(':').next().and_then(|file| self.0.get_mut(file)) else { return };
        if of.noticed.contains(name) {
            return;
        }
        of.survived.remove(name);
        of.stopped.remove(name);
        let set = match found {
            Found::Noticed => &mut of.noticed,
            Found::Survived => &mut of.survived,
            Found::Stopped => &mut of.stopped,
        };
        set.insert(name.to_owned());
    }

    fn write(&self, output: &Path) -> Result<()> {
        fs::write(output.join(FILE), serde_json::to_string_pretty(self)?).context(FILE)
    }
}

/// The files of the core, and what is in them.
fn core() -> impl Iterator<Item = (String, String)> {
    let source = "kserial/src";
    let folders = ["", "image", "layout"].map(|folder| Path::new(source).join(folder));
    folders.into_iter().flat_map(|folder| {
        let files = fs::read_dir(cache::checkout().join(&folder)).into_iter().flatten().flatten();
        files.filter_map(move |file| {
            let name = folder.join(file.file_name()).to_string_lossy().replace("src//", "src/");
            name.ends_with(".rs").then(|| sha256(&name).map(|sha| (name, sha))).flatten()
        })
    })
}

fn sha256(file: &str) -> Option<String> {
    let bytes = fs::read(cache::checkout().join(file)).ok()?;
    Some(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{Span, Start};
    use super::*;

    const NAME: &str = "kserial/src/plan.rs:7:5: replace + with - in Plan::of";

    fn after(found: &[Found]) -> (Known, Mutant) {
        let file = "kserial/src/plan.rs".to_owned();
        let mut known = Known(BTreeMap::from([(file.clone(), OfFile::default())]));
        found.iter().for_each(|found| known.add(NAME, *found));
        let mutant =
            Mutant { name: NAME.to_owned(), file, span: Span { start: Start { line: 7 } } };
        (known, mutant)
    }

    #[test]
    fn what_the_clock_stopped_is_neither_noticed_nor_a_survivor() {
        let (known, mutant) = after(&[Found::Stopped]);
        assert!(known.is_stopped(&mutant));
        assert!(!known.is_noticed(&mutant) && !known.is_survivor(&mutant));
    }

    #[test]
    fn what_the_clock_stopped_in_the_last_tests_did_not_survive_them() {
        let (known, mutant) = after(&[Found::Survived, Found::Stopped]);
        assert!(known.is_stopped(&mutant) && !known.is_survivor(&mutant));
    }

    #[test]
    fn what_the_clock_stopped_once_may_be_noticed_or_survive_later() {
        let (known, mutant) = after(&[Found::Stopped, Found::Survived]);
        assert!(known.is_survivor(&mutant) && !known.is_stopped(&mutant));
        let (known, mutant) = after(&[Found::Stopped, Found::Noticed, Found::Stopped]);
        assert!(known.is_noticed(&mutant) && !known.is_stopped(&mutant));
    }

    #[test]
    fn knowledge_from_before_there_were_stopped_ones_is_read() {
        let old = r#"{"a.rs": {"sha256": "", "noticed": ["a.rs:1:1: x"], "survived": []}}"#;
        let known: Known = serde_json::from_str(old).expect("a page of before");
        assert_eq!(known.0["a.rs"].noticed.len(), 1);
    }
}
