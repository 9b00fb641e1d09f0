//! What is known of all mutants, and whether that is enough.

use anyhow::{ensure, Result};

use super::known::Known;
use super::survivor::{self, Survivor};
use super::Mutant;

/// Says what is known. Fails unless every mutant is noticed or has a reason, and every reason a mutant.
pub(super) fn report(
    mutants: &[Mutant],
    known: &Known,
    survivors: &[Survivor],
    stale: &[String],
) -> Result<()> {
    let (mut noticed, mut reasoned, mut untried) = (0, 0, 0);
    let (mut open, mut stopped) = (Vec::new(), Vec::new());
    for mutant in mutants {
        if known.is_noticed(mutant) {
            noticed += 1;
        } else if survivor::of(survivors, mutant).is_some() {
            reasoned += 1;
        } else if known.is_survivor(mutant) {
            open.push(mutant.name.as_str());
        } else if known.is_stopped(mutant) {
            stopped.push(mutant.name.as_str());
        } else {
            untried += 1;
        }
    }
    println!(
        "{} changes: {noticed} noticed or not valid, {reasoned} that nobody could notice \
         (tests/mutants/survivors.toml), {} that no test notices, {} that the clock stopped, \
         {untried} not tried",
        mutants.len(),
        open.len(),
        stopped.len(),
    );
    list("no test notices", &open);
    list("stopped by the clock, which says nothing", &stopped);
    list("a reason for what is no change any more: take it out of survivors.toml", stale);
    ensure!(open.is_empty(), "{} mutants survive without a reason", open.len());
    ensure!(stale.is_empty(), "reasons that are for no mutant: {}", stale.len());
    ensure!(
        stopped.is_empty(),
        "{} mutants took longer than the clock allows, though not their processor time: run the same \
         command again on a machine with less to do",
        stopped.len()
    );
    ensure!(untried == 0, "{untried} mutants were not tried yet: run the same command again");
    Ok(())
}

fn list(what: &str, names: &[impl AsRef<str>]) {
    for name in names {
        println!("  {what}: {}", name.as_ref());
    }
}
