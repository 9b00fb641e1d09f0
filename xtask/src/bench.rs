//! `cargo xtask bench`: KSerial beside its peers, in the workspace `bench/`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::outcome::Outcome;
use crate::tool::Tool;

/// Measures KSerial and its peers: prints multiples of one memcpy, writes JSON.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Processes, each pinned to one processor.
    #[arg(long, default_value_t = 6)]
    processes: usize,
    /// Rounds in each process.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only codecs whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Where the results go as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// A hundredth of the data, once, with no verdict on time: whether everything still decodes, and
    /// without allocating where that is said.
    #[arg(long)]
    smoke: bool,
}

impl Options {
    /// What CI runs.
    pub(crate) fn smoke() -> Self {
        let json = PathBuf::from("target/bench-smoke.json");
        Self { processes: 1, rounds: 1, only: None, json, smoke: true }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(measure(options))
}

fn measure(options: &Options) -> Result<()> {
    let folder = cache::checkout().join("bench");
    let json = cache::checkout().join(&options.json);
    let mut args = vec!["run".to_owned(), "--quiet".to_owned(), "--locked".to_owned()];
    // Of a smoke run only what is decoded counts: it need not wait for an optimised build.
    if !options.smoke {
        args.push("--release".to_owned());
    }
    args.extend(["--".to_owned(), "--json".to_owned(), json.display().to_string()]);
    args.extend(["--processes".to_owned(), options.processes.to_string()]);
    args.extend(["--rounds".to_owned(), options.rounds.to_string()]);
    if let Some(only) = &options.only {
        args.extend(["--only".to_owned(), only.clone()]);
    }
    if options.smoke {
        args.push("--smoke".to_owned());
    }
    if let Some(parent) = json.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let limit = Duration::from_secs(3600);
    Tool::cargo().args(args).dir(&folder).what("bench").limit(limit).run()?;
    if options.smoke {
        let test = ["test", "--quiet", "--locked"];
        Tool::cargo().args(test).dir(&folder).what("the tests of bench").limit(limit).run()?;
    }
    Ok(())
}
