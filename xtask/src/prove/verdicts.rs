//! Every verdict on the corpus of layout changes, beside what happened to rows.
//!
//! `tests/changes` judges; here its list becomes a table with a line for each change, or for each
//! case, and a file of JSON.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{ensure, Context, Result};
use serde::Deserialize;

use crate::cache;
use crate::tool::Tool;

/// A case as `verdicts` prints it; what a table does not show is left to the JSON.
#[derive(Deserialize)]
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) changes: Vec<String>,
    pub(super) known_as: Option<String>,
    pub(super) update: Way,
    pub(super) rollback: Way,
    pub(super) lock: Lock,
    differs: Vec<String>,
}

/// One direction.
#[derive(Deserialize)]
pub(super) struct Way {
    pub(super) truth: String,
    kserial: String,
    meets: Option<String>,
    fails: Option<String>,
    pub(super) misread: bool,
}

/// The lock.
#[derive(Deserialize)]
pub(super) struct Lock {
    pub(super) truth: Vec<String>,
    kserial: Option<String>,
}

/// Judges the corpus and prints it: a line for each change, or with `list` for each case.
pub(super) fn run(list: bool) -> Result<()> {
    let all = judge()?;
    let single: Vec<&Judged> = all.iter().filter(|judged| judged.changes.len() == 1).collect();
    if list {
        all.iter().for_each(print_case);
    } else {
        print_changes(&single);
        print_known(&single);
    }
    let differ: Vec<&Judged> = all.iter().filter(|judged| !judged.differs.is_empty()).collect();
    for judged in &differ {
        println!("{}: {}", judged.name, judged.differs.join("; "));
    }
    let ways = || all.iter().flat_map(|judged| [&judged.update, &judged.rollback]);
    let shown = ways().filter(|way| way.meets.is_some() && way.fails.is_some()).count();
    let one_sided = ways().filter(|way| way.meets.is_none() && way.fails.is_some()).count();
    println!(
        "{} changes and {} pairs of them, both directions: {} verdicts, {} of them wrong; \
         {shown} conditions shown on rows that meet them and rows that do not, {one_sided} more that \
         no row can meet",
        single.len(),
        all.len() - single.len(),
        ways().count(),
        differ.len(),
    );
    ensure!(differ.is_empty(), "{} verdicts are not what happened", differ.len());
    Ok(())
}

/// The corpus, judged; its JSON is kept in the cache.
pub(super) fn judge() -> Result<Vec<Judged>> {
    let json = cache::folder("prove")?.join("verdicts.json");
    // It also fails where a verdict is wrong, and then what it wrote says more than its exit code.
    if json.exists() {
        fs::remove_file(&json)?;
    }
    let ran = Tool::cargo()
        .args(["run", "--quiet", "--package", "kserial-changes", "--bin", "verdicts", "--"])
        .args(["--to".as_ref(), json.as_path()])
        .dir(cache::checkout())
        .limit(Duration::from_secs(1800))
        .what("judging the corpus of changes")
        .run();
    let text = fs::read(&json);
    let text = match (ran, text) {
        (Err(error), Err(_)) => return Err(error),
        (_, text) => text.with_context(|| json.display().to_string())?,
    };
    println!("JSON: {}", json.display());
    serde_json::from_slice(&text).context("the corpus's JSON")
}

fn print_changes(single: &[&Judged]) {
    let mut by_change: Vec<(&str, Vec<&Judged>)> = Vec::new();
    for judged in single {
        let name = judged.changes.first().map_or("", String::as_str);
        match by_change.iter_mut().find(|(other, _)| *other == name) {
            Some((_, cases)) => cases.push(judged),
            None => by_change.push((name, vec![judged])),
        }
    }
    println!("{:<52} {:<34} {:<34} the lock", "change", "update", "rollback");
    for (change, cases) in by_change {
        let update = counted(cases.iter().map(|judged| judged.update.kserial.as_str()));
        let rollback = counted(cases.iter().map(|judged| judged.rollback.kserial.as_str()));
        let lock = counted(cases.iter().filter_map(|judged| judged.lock.kserial.as_deref()));
        println!("{change:<52} {update:<34} {rollback:<34} {lock}");
    }
}

/// The changes by which the field compares its checkers, by their names there.
fn print_known(single: &[&Judged]) {
    println!("\n{:<52} {:<34} {:<34} the lock", "known as", "update", "rollback");
    for judged in single {
        if let Some(name) = &judged.known_as {
            let lock = judged.lock.kserial.as_deref().unwrap_or("");
            println!(
                "{name:<52} {:<34} {:<34} {lock}",
                judged.update.kserial, judged.rollback.kserial
            );
        }
    }
    println!();
}

fn counted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let words: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
    words.join(", ")
}

fn print_case(judged: &Judged) {
    let way = |way: &Way| {
        let example = |what: &str, row: &Option<String>| match row {
            Some(row) => format!("\n        {what}: {row}"),
            None => String::new(),
        };
        let right = if way.truth == way.kserial { "" } else { " WRONG" };
        let misread = if way.misread { ", but about something else" } else { "" };
        format!(
            "{}{misread}{right}{}{}",
            way.kserial,
            example("meets it", &way.meets),
            example("does not", &way.fails)
        )
    };
    println!("{}", judged.name);
    println!("    update: {}", way(&judged.update));
    println!("    rollback: {}", way(&judged.rollback));
    if let Some(lock) = &judged.lock.kserial {
        println!("    the lock: {lock} (history shows {})", judged.lock.truth.join(", "));
    }
}
