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
}

const FILE: &str = "known.json";

impl Known {
    /// What the cache knows of files as they are, and what a run left behind that was ended.
    pub(super) fn read(output: &Path) -> Result<Self> {
        let mut known = match fs::read(output.join(FILE)) {
            Ok(json) => serde_json::from_slice(&json).context(FILE)?,
            Err(_) => Self::default(),
        };
        let found = output.join("mutants.out");
        for (list, is_noticed) in
            [("missed", false), ("caught", true), ("timeout", true), ("unviable", true)]
        {
            for name in
                fs::read_to_string(found.join(format!("{list}.txt"))).unwrap_or_default().lines()
            {
                known.add(name, is_noticed);
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
        self.0.get(&mutant.file).is_some_and(|of| of.noticed.contains(&mutant.name))
    }

    pub(super) fn is_tried(&self, mutant: &Mutant) -> bool {
        let survived = |of: &OfFile| of.survived.contains(&mutant.name);
        self.is_noticed(mutant) || self.0.get(&mutant.file).is_some_and(survived)
    }

    fn add(&mut self, name: &str, is_noticed: bool) {
        let Some(of) = name.split(':').next().and_then(|file| self.0.get_mut(file)) else { return };
        if is_noticed {
            of.survived.remove(name);
            of.noticed.insert(name.to_owned());
        } else if !of.noticed.contains(name) {
            of.survived.insert(name.to_owned());
        }
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
