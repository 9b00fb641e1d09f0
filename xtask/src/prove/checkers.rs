//! What other compatibility checkers say of the corpus of layout changes.
//!
//! `tests/changes` writes every change in the language of each checker that can say it. A checker is
//! asked yes or no, kindly: any complaint counts, whatever it is about; so are `kserial`'s plan and
//! lock. What it should have said is whether some row comes to harm in that direction, which the
//! reference interpreter knows. Where one of them cannot be asked, the page stays as it is.

mod page;
mod tools;

use std::fs;

use anyhow::{anyhow, Context, Result};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::outcome::not_run;
use crate::tool::Tool;

/// A change as the checkers got it.
#[derive(Deserialize)]
struct Case {
    number: usize,
    change: String,
    known_as: Option<String>,
    /// Update, rollback: whether a row comes to harm.
    harmful: [bool; 2],
    /// Update, rollback: whether the plan of `kserial` complains.
    plan: [bool; 2],
    /// Whether its lock does.
    lock: bool,
    languages: Vec<String>,
}

/// What one checker said.
#[derive(Serialize)]
struct Answers {
    /// Its name and what it was asked by.
    checker: String,
    /// Its version as it tells it.
    version: String,
    /// By case: whether it complained about the update, about the rollback; none where its language
    /// cannot say the change.
    said: Vec<Option<[bool; 2]>>,
}

/// Asks every checker that can be had, and writes `docs/CHECKERS.md`.
pub(super) fn run() -> Result<()> {
    let folder = cache::folder("prove/checkers")?;
    fs::remove_dir_all(&folder)?;
    fs::create_dir_all(&folder)?;
    Tool::cargo()
        .args(["run", "--quiet", "--package", "kserial-changes", "--bin", "verdicts", "--"])
        .args(["--render".as_ref(), folder.as_path()])
        .dir(cache::checkout())
        .what("writing the corpus for other checkers")
        .run()?;
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(folder.join("cases.json"))?)?;
    let of_kserial = |what: &str, said: fn(&Case) -> [bool; 2]| Answers {
        checker: format!("`kserial`: {what}"),
        version: "this tree".to_owned(),
        said: cases.iter().map(|case| Some(said(case))).collect(),
    };
    let mut answers = vec![
        of_kserial("the plan", |case| case.plan),
        of_kserial("plan and lock", |case| case.plan.map(|complains| complains || case.lock)),
    ];
    let mut missing = Vec::new();
    for checker in tools::ALL {
        eprintln!("  {}", checker.name);
        match checker.ask(&folder, &cases) {
            Ok(said) => answers.push(said),
            Err(error) => missing.push(format!("{}: {error:#}", checker.name)),
        }
    }
    if !missing.is_empty() {
        return Err(not_run(&anyhow!("docs/CHECKERS.md is left alone: {}", missing.join("; "))));
    }
    let json = cache::folder("prove")?.join("checkers.json");
    fs::write(&json, serde_json::to_vec_pretty(&answers)?)?;
    let page = page::page(&cases, &answers);
    let path = cache::checkout().join("docs/CHECKERS.md");
    fs::write(&path, &page).with_context(|| path.display().to_string())?;
    println!("{}", page::summary(&cases, &answers));
    println!("{} and {}", path.display(), json.display());
    Ok(())
}
