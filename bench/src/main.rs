//! `kserial-bench`: measures in several processes and prints ratios to memcpy.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{bail, Context, Result};
use clap::Parser;
use kserial_bench::codec::{all, Workloads};
use kserial_bench::measure::{measure, pin, Times};
use kserial_bench::report::{report, MAX_SPREAD};

/// KSerial beside its peers, as multiples of one memcpy.
#[derive(Parser)]
struct Options {
    /// Processes, each pinned to one processor.
    #[arg(long, default_value_t = 6)]
    processes: usize,
    /// Rounds in each process.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Only codecs whose name contains this; memcpy is always measured.
    #[arg(long)]
    only: Option<String>,
    /// Where the results go as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// A hundredth of the data, once, with no verdict on time: whether everything still decodes.
    #[arg(long)]
    smoke: bool,
    /// Measure in this process, pinned to this processor, and print the times as JSON.
    #[arg(long, hide = true)]
    process: Option<usize>,
}

const SEED: u64 = 20_261_101;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error:#}");
            ExitCode::from(20)
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if let Some(number) = options.process {
        println!("{}", serde_json::to_string(&measured(options, number))?);
        return Ok(());
    }
    let processes = if options.smoke {
        vec![measured(options, 0)]
    } else {
        (0..options.processes).map(|number| spawned(options, number)).collect::<Result<_>>()?
    };
    let report = report(&processes);
    if !options.smoke && !report.is_steady() {
        for (workload, spread) in &report.memcpy_spread {
            eprintln!("memcpy of {workload} spread by {spread:.2} between processes");
        }
        bail!(
            "not reported: memcpy itself spread by more than {MAX_SPREAD} between processes; \
             leave the machine alone and run again"
        );
    }
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    if options.smoke {
        println!(
            "{} operations: what is read sums to the reference, what is written reads so, and plans \
             write what loops by hand do",
            report.rows.len()
        );
    } else {
        report.print();
    }
    Ok(())
}

/// The times of this process.
fn measured(options: &Options, number: usize) -> Vec<Times> {
    let (part, rounds) = if options.smoke { (100, 1) } else { (1, options.rounds) };
    pin(number);
    let workloads = Workloads::generate(SEED, part);
    let mut operations = all(&workloads);
    if let Some(only) = &options.only {
        operations.retain(|o| o.codec.contains(only.as_str()) || o.codec == "memcpy");
    }
    measure(&mut operations, rounds, SEED + number as u64)
}

/// The times of a process of its own: its memory lies elsewhere than the last one's.
fn spawned(options: &Options, number: usize) -> Result<Vec<Times>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--process", &number.to_string(), "--rounds", &options.rounds.to_string()]);
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("process {number}: {}", output.status);
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
