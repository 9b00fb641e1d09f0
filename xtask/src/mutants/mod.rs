//! `cargo xtask mutants`: small changes of the core, made by a machine, that some test must notice.
//!
//! Beside [deliberate mistakes](crate::prove), which people thought of, cargo-mutants changes every
//! function of the core in every way it knows: another operator, another constant, nothing at all. A
//! change that no test notices is either one that nobody could notice, and then
//! [`survivors.toml`](survivor) says why, or a test is missing.
//!
//! There are some 1,700, so each must be cheap and none tried twice for nothing:
//!
//! - The tests must pass on the core as it is: where they fail anyway, they would notice everything.
//! - The quick tests run first, as one program that ends at the first failure; what survives them is
//!   tried again with all the others.
//! - A test that does not end is ended by its processor time. The clock would call a busy machine a
//!   finding: what it stops is tried once more alone, and never counts as noticed.
//! - What was noticed stays noticed while its file is the same: [`known`] remembers it in the cache.
//!   A run that was ended goes on where it was.

mod known;
mod report;
mod survivor;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::cache;
use crate::cargo_tool;
use crate::outcome::Outcome;
use crate::tool::Tool;

use known::Known;

/// Changes the core in small ways, and lists what no test notices.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these files, such as `kserial/src/plan.rs`.
    files: Vec<PathBuf>,
    /// Ends after this long; what was not tried is tried next time.
    #[arg(long, default_value_t = 24 * 60)]
    minutes: u64,
    /// How many are tried at once, each in a copy of the tree.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Only this part of them, such as `0/4`: for several machines.
    #[arg(long)]
    shard: Option<String>,
    /// Forgets what was noticed before, and tries the survivors with a reason again as well.
    #[arg(long)]
    again: bool,
    /// Tries nothing, and says what is known.
    #[arg(long)]
    list: bool,
}

/// A change, as `cargo mutants --list --json` tells of it.
#[derive(Debug, Deserialize)]
struct Mutant {
    /// File, line, column and what is changed.
    name: String,
    file: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Start,
}

#[derive(Debug, Deserialize)]
struct Start {
    line: usize,
}

impl Mutant {
    /// What is changed, without the place, which moves.
    fn change(&self) -> &str {
        self.name.splitn(4, ':').nth(3).unwrap_or(&self.name).trim()
    }
}

/// Seconds of processor time that no program of tests ever needs: one that does not end is ended by
/// this, whatever else the machine does meanwhile.
const ENOUGH: u32 = 60;

/// Which tests must notice.
#[derive(Clone, Copy)]
enum Tests {
    /// Those that take seconds, as one program.
    Quick,
    /// All that hold the core against the reference, and its own.
    All,
    /// These, of one mutant at a time: for those that the clock stopped.
    Alone,
}

impl Tests {
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Quick => &["kserial-mutants"],
            Self::All | Self::Alone => &[
                "kserial",
                "kserial-schemas",
                "kserial-tests",
                "kserial-fuzz-targets",
                "kserial-changes",
            ],
        }
    }

    /// What `cargo test` is told of them, without and with a change.
    fn arguments(self) -> Vec<String> {
        let targets: &[&str] = match self {
            Self::Quick => &["--test", "quick"],
            Self::All | Self::Alone => &["--tests"],
        };
        let runner = format!("target.'cfg(all())'.runner=['prlimit', '--cpu={ENOUGH}']");
        let arguments = targets.iter().map(|argument| (*argument).to_owned());
        arguments.chain(["--config".to_owned(), runner]).collect()
    }

    /// Runs them on the core as it is: where they fail anyway, or cannot be built, they would notice
    /// everything. cargo-mutants itself would try those of the changed package alone.
    fn pass_without_a_change(self) -> Result<()> {
        let packages = self.packages().iter().flat_map(|package| ["--package", *package]);
        Tool::cargo()
            .args(["test", "--quiet", "--profile", "mutants"])
            .args(packages)
            .args(self.arguments())
            .dir(cache::checkout())
            .what("the tests, without a change")
            .limit(Duration::from_secs(3600))
            .run_logged(&cache::folder("logs")?.join("mutants-none.log"))
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(mutate(options))
}

fn mutate(options: &Options) -> Result<()> {
    // Nobody waits for hours to see a list.
    let _lock = if options.list { None } else { Some(cache::lock("mutants")?) };
    let output = cache::folder("mutants")?;
    let mutants = listed(options)?;
    let survivors = survivor::read()?;
    let mut known = if options.again { Known::default() } else { Known::read(&output)? };
    let end = Instant::now() + Duration::from_secs(options.minutes.saturating_mul(60));
    for tests in [Tests::Quick, Tests::All, Tests::Alone] {
        let is_open = |mutant: &Mutant| match tests {
            _ if !options.again && survivor::of(&survivors, mutant).is_some() => false,
            Tests::Quick => !known.is_noticed(mutant) && !known.is_survivor(mutant),
            Tests::All => !known.is_noticed(mutant),
            Tests::Alone => known.is_stopped(mutant),
        };
        let (open, skipped): (Vec<_>, Vec<_>) = mutants.iter().partition(|mutant| is_open(mutant));
        if !options.list && !open.is_empty() {
            let skipped: Vec<&str> = skipped.iter().map(|mutant| mutant.name.as_str()).collect();
            known.begin(&output, &skipped)?;
            let ended =
                attempt(options, tests, &output, end.saturating_duration_since(Instant::now()));
            known = Known::read(&output)?;
            ended?;
        }
    }
    let is_whole = options.files.is_empty() && options.shard.is_none();
    let stale = if is_whole { survivor::stale(&survivors, &mutants) } else { Vec::new() };
    report::report(&mutants, &known, &survivors, &stale)
}

/// Every change that there is of the files asked for.
fn listed(options: &Options) -> Result<Vec<Mutant>> {
    let list = mutants_of(options)?.args(["--list", "--json"]).output()?;
    serde_json::from_str(&list).context("what cargo-mutants lists")
}

fn mutants_of(options: &Options) -> Result<Tool> {
    let files = options.files.iter().flat_map(|file| ["--file".as_ref(), file.as_os_str()]);
    let shard = options.shard.iter().flat_map(|shard| ["--shard", shard]);
    Ok(Tool::new(cargo_tool::program("cargo-mutants")?)
        .args(["mutants", "--package", "kserial"])
        .args(files)
        .args(shard)
        .dir(cache::checkout())
        .what("mutants"))
}

/// Tries what is not known yet. Survivors are an error of cargo-mutants', and none of ours: what
/// survives is told by its lists.
fn attempt(options: &Options, tests: Tests, output: &Path, limit: Duration) -> Result<()> {
    tests.pass_without_a_change()?;
    let log = cache::folder("logs")?.join("mutants.log");
    let jobs = if matches!(tests, Tests::Alone) { 1 } else { options.jobs };
    let ended = mutants_of(options)?
        .args(["--iterate", "--baseline=skip", "--timeout=900", "--colors=never"])
        .args(["--jobs", &jobs.to_string(), "--output"])
        .args([output])
        .args(tests.packages().iter().map(|package| format!("--test-package={package}")))
        .args(["--"])
        .args(tests.arguments())
        // A copy of the tree that is built in its own folder; a failing property need not be made small.
        .env_remove("CARGO_TARGET_DIR")
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1")
        .limit(limit)
        .run_logged(&log);
    let Err(error) = ended else { return Ok(()) };
    let done = fs::read_to_string(&log).unwrap_or_default();
    let done = done.lines().last().is_some_and(|line| line.contains("mutants tested"));
    if done {
        Ok(())
    } else {
        Err(error)
    }
}
