//! What a run of one target came to, read from what libFuzzer says.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Error, Result};
use serde::Serialize;

use crate::cache;

/// The head of the table whose rows runs are.
pub(super) const HEAD: &str =
    "target            time       execs   execs/s   edges  (new)   kept  outcome";

/// One target's run.
#[derive(Serialize)]
pub(super) struct Run {
    pub(super) target: String,
    seconds: u64,
    executions: u64,
    /// Edges of the program that were reached before the first new input, and after the last.
    edges_before: u64,
    edges: u64,
    /// Inputs that reached something new.
    kept: u64,
    /// The end of the log, where something was found.
    pub(super) found: Option<String>,
    /// The input.
    input: Option<PathBuf>,
}

impl Run {
    /// Reads the log of a run.
    pub(super) fn of(target: &str, log: &Path, time: Duration, error: Option<Error>) -> Self {
        let log = fs::read(log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let edges = |line: &str| number_after(line, "cov: ");
        let mut status = log.lines().filter(|line| line.starts_with('#'));
        let mut started = status.clone().filter(|line| line.contains("INITED"));
        let stat = |name: &str| {
            let line = log.lines().find(|line| line.starts_with(name))?;
            line.rsplit(' ').next()?.parse().ok()
        };
        let written = log.lines().find_map(|line| line.split("Test unit written to ").nth(1));
        Self {
            target: target.to_owned(),
            seconds: time.as_secs(),
            executions: stat("stat::number_of_executed_units").unwrap_or(0),
            edges_before: started.next().and_then(edges).unwrap_or(0),
            edges: status.rfind(|line| line.contains("cov: ")).and_then(edges).unwrap_or(0),
            kept: stat("stat::new_units_added").unwrap_or(0),
            found: error.map(|error| said(&log).unwrap_or_else(|| format!("{error:#}"))),
            input: written.map(PathBuf::from),
        }
    }

    /// What was found, and how to see it again.
    pub(super) fn finding(&self) -> String {
        let mut text =
            format!("\n{}: {}\n", self.target, self.found.as_deref().unwrap_or("nothing"));
        if let Some(input) = &self.input {
            text += &format!(
                "  the input: {}\n  put it into fuzz/corpus/{}, and `cargo test -p \
                 kserial-fuzz-targets {}` shows it again\n",
                input.display(),
                self.target,
                self.target
            );
        }
        text
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.found.is_some() { "FOUND SOMETHING" } else { "nothing found" };
        write!(
            f,
            "{:<14} {:>6}s {:>11} {:>9} {:>7} {:>6} {:>6}  {outcome}",
            self.target,
            self.seconds,
            self.executions,
            self.executions / self.seconds.max(1),
            self.edges,
            format!("(+{})", self.edges.saturating_sub(self.edges_before)),
            self.kept,
        )
    }
}

/// Writes the runs beside each other, as JSON.
pub(super) fn write(runs: &[Run]) -> Result<()> {
    let path = cache::folder("fuzz")?.join("summary.json");
    fs::write(&path, serde_json::to_vec_pretty(runs)?)?;
    println!("as JSON: {}", path.display());
    Ok(())
}

/// What the panic, or libFuzzer, said.
fn said(log: &str) -> Option<String> {
    let mut lines = log
        .lines()
        .skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR: libFuzzer"));
    let said: Vec<&str> = lines.by_ref().take(4).collect();
    (!said.is_empty()).then(|| said.join("\n  "))
}

fn number_after(line: &str, word: &str) -> Option<u64> {
    line.split(word).nth(1)?.split(' ').next()?.parse().ok()
}
