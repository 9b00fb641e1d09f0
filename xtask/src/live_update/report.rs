//! The table and the JSON report of a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{bail, Context, Error, Result};
use serde::Serialize;

use super::chain::Chain;
use super::preflight::Foretold;
use super::scenario::{Evidence, Scenario};

/// The outcome of a run that did not go as it should, or not as was foretold.
const FAILED: &str = "FAILED";

/// The rows of a run.
#[derive(Serialize)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

/// One scenario in one direction.
#[derive(Serialize)]
pub(crate) struct Row {
    scenario: &'static str,
    way: String,
    verdict: String,
    outcome: &'static str,
    good: Vec<String>,
    bad: Vec<String>,
    seconds: f64,
    evidence: PathBuf,
}

impl Row {
    /// A row of what was seen, with the folder that holds console and transcript.
    pub(crate) fn new(
        scenario: &Scenario,
        chain: &Chain<'_>,
        foretold: &Foretold,
        seen: &Evidence,
        took: Duration,
        run: &Path,
    ) -> Self {
        Self {
            scenario: scenario.name,
            way: chain.name(),
            verdict: foretold.verdict.clone(),
            outcome: match seen.bad.is_empty() {
                true => scenario.outcome,
                false => FAILED,
            },
            good: seen.good.clone(),
            bad: seen.bad.clone(),
            seconds: took.as_secs_f64(),
            evidence: run.to_owned(),
        }
    }
}

impl Row {
    /// A row of what came to no end, and why.
    pub(crate) fn without_end(
        scenario: &Scenario,
        chain: &Chain<'_>,
        error: &Error,
        run: &Path,
    ) -> Self {
        Self {
            scenario: scenario.name,
            way: chain.name(),
            verdict: "–".to_owned(),
            outcome: FAILED,
            good: Vec::new(),
            bad: vec![format!("{error:#}")],
            seconds: 0.0,
            evidence: run.to_owned(),
        }
    }
}

impl Report {
    /// Of these rows, in this order.
    pub(crate) fn of(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// Prints the table, and below it what was wrong.
    pub(crate) fn print(&self) {
        println!(
            "\n{:<18} {:<13} {:<13} {:<11} {:>4}  {:>6}",
            "scenario", "way", "verdict", "outcome", "seen", "time"
        );
        for row in &self.rows {
            println!(
                "{:<18} {:<13} {:<13} {:<11} {:>4}  {:>5.1}s",
                row.scenario,
                row.way,
                row.verdict,
                row.outcome,
                row.good.len(),
                row.seconds
            );
        }
        for row in &self.rows {
            for bad in &row.bad {
                println!("{} {}: {bad}", row.scenario, row.way);
            }
        }
    }

    /// Writes the report as JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, serde_json::to_string_pretty(self)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Fails unless every row came across as it should.
    pub(crate) fn verdict(&self) -> Result<()> {
        let failed = self.rows.iter().filter(|row| row.outcome == FAILED).count();
        if failed > 0 {
            bail!("{failed} of {} live updates did not go as they should", self.rows.len());
        }
        Ok(())
    }
}
