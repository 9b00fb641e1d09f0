//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer.
//!
//! libFuzzer needs nothing of a nightly compiler: what it wants of the code under test is a pass of
//! LLVM, and passes are options of every compiler. A compiler for C++ builds libFuzzer itself. What
//! fuzzing finds is kept in the cache and goes on from there next time, with what failed; `--keep` takes
//! from it what reaches something new into `fuzz/corpus`, which `cargo test` replays.

mod build;
mod corpus;
mod report;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{bail, ensure, Result};

use crate::cache;
use crate::outcome::Outcome;
use crate::tool::Tool;
use report::Run;

/// The targets, each a program of `fuzz/`.
const TARGETS: [&str; 12] = [
    "image",
    "second_reader",
    "pair",
    "layout",
    "records",
    "handover",
    "tree",
    "btf",
    "source",
    "schema",
    "manifest",
    "state",
];

/// Fuzzes every place that bytes come in.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// How long in all; the targets share it.
    #[arg(long, default_value_t = 12.0)]
    minutes: f64,
    /// Only this target; may be given several times.
    #[arg(long = "target", value_name = "T", value_parser = TARGETS)]
    targets: Vec<String>,
    /// Take what reaches something new into `fuzz/corpus`.
    #[arg(long)]
    keep: bool,
}

impl Options {
    /// What CI runs: about a minute, beside the build.
    pub(crate) fn for_ci() -> Self {
        Self { minutes: 1.2, targets: Vec::new(), keep: false }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(fuzz(options))
}

fn fuzz(options: &Options) -> Result<()> {
    let wanted = |target: &&str| {
        options.targets.is_empty() || options.targets.iter().any(|wanted| wanted == target)
    };
    let targets: Vec<&str> = TARGETS.into_iter().filter(wanted).collect();
    ensure!(
        options.minutes >= 0.0 && options.minutes.is_finite(),
        "minutes are a number from 0 on"
    );
    let each = Duration::try_from_secs_f64(options.minutes * 60.0 / targets.len() as f64)?;
    let programs = build::programs()?;
    let mut runs = Vec::new();
    println!("{}", report::HEAD);
    for target in targets {
        let run = fuzz_one(target, &programs, each)?;
        println!("{run}");
        runs.push(run);
    }
    report::write(&runs)?;
    if options.keep {
        for run in runs.iter().filter(|run| run.found.is_none()) {
            corpus::keep(&run.target, &programs)?;
        }
    }
    let found: Vec<&Run> = runs.iter().filter(|run| run.found.is_some()).collect();
    for run in &found {
        print!("{}", run.finding());
    }
    if !found.is_empty() {
        let names: Vec<&str> = found.iter().map(|run| run.target.as_str()).collect();
        bail!("found something: {}", names.join(", "));
    }
    Ok(())
}

fn fuzz_one(target: &str, programs: &Path, time: Duration) -> Result<Run> {
    let work = cache::folder(&format!("fuzz/corpus/{target}"))?;
    let artifacts = cache::folder(&format!("fuzz/artifacts/{target}"))?;
    let log = cache::folder("logs")?.join(format!("fuzz-{target}.log"));
    let seconds = time.as_secs().max(1);
    let ended = Tool::new(programs.join(target))
        .args([
            format!("-max_total_time={seconds}"),
            format!("-artifact_prefix={}/", artifacts.display()),
            // An input that takes this long, or this much memory, is a finding too.
            "-timeout=25".to_owned(),
            "-rss_limit_mb=2048".to_owned(),
            "-print_final_stats=1".to_owned(),
        ])
        // What is found new goes into the first. The last has what failed before: nothing else keeps
        // it, and a short run would not find it again.
        .args([&work, &checked_in(target), &artifacts])
        .env("RUST_BACKTRACE", "0")
        .limit(time + Duration::from_secs(300))
        .what(format!("fuzzing {target}"))
        .run_logged(&log);
    Ok(Run::of(target, &log, time, ended.err()))
}

/// The inputs of a target that are part of the project.
fn checked_in(target: &str) -> PathBuf {
    cache::checkout().join("fuzz/corpus").join(target)
}
