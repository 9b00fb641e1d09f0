//! `cargo xtask ci`: the stages of CI, in order, each of which can be run by hand.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{anyhow, Context, Result};

use crate::bench;
use crate::cache;
use crate::cargo_tool;
use crate::coverage;
use crate::fuzz;
use crate::guest_memory;
use crate::live_update;
use crate::miri;
use crate::msrv;
use crate::outcome::{not_run, Outcome, Summary};
use crate::prove;
use crate::setup;
use crate::stock;
use crate::tool::Tool;

/// Runs the stages of CI and prints a summary.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these stages; without any, all.
    #[arg(value_enum)]
    stages: Vec<Stage>,
    /// Only what takes a minute: no tools to install, no kernels.
    #[arg(long, conflicts_with = "stages")]
    short: bool,
    /// `cargo test --workspace` has just passed: count it, and do not run it again.
    #[arg(long)]
    after_tests: bool,
}

/// A stage of CI.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Stage {
    /// rustfmt.
    Fmt,
    /// clippy, with warnings as errors, in each workspace, as its lock file has it.
    Clippy,
    /// `cargo test --workspace`.
    Test,
    /// KSerial and its peers, on little data and with no verdict on time.
    Bench,
    /// The core's object code cannot panic; every flipped bit and truncation of images is found; verdicts
    /// are those of the reference; every tenth of the deliberate mistakes is caught.
    Prove,
    /// Every place that bytes come in, replayed from its corpus and fuzzed for seconds more.
    Fuzz,
    /// The tests run at least 95 % of the core's regions.
    Coverage,
    /// What the derive makes, interpreted.
    Miri,
    /// The second reader of the format, in C, with sanitizers.
    CReader,
    /// Licences, sources and wildcards of what each workspace builds on.
    Deny,
    /// What goes into kernels, with the oldest compiler that it must build with.
    Msrv,
    /// Debian's stock kernels, as real input for the tests that want them.
    Stock,
    /// Real kernels, updated one into the other, both ways.
    LiveUpdate,
    /// The memory of such a machine, as QEMU writes it.
    GuestMemory,
    /// The tests that hold answers against those of other tools, on stock kernels and on those that
    /// the stages before have built.
    Ignored,
}

impl Stage {
    const ALL: [Self; 15] = [
        Self::Fmt,
        Self::Clippy,
        Self::Test,
        Self::Bench,
        Self::Prove,
        Self::Fuzz,
        Self::Coverage,
        Self::Miri,
        Self::CReader,
        Self::Deny,
        Self::Msrv,
        Self::Stock,
        Self::LiveUpdate,
        Self::GuestMemory,
        Self::Ignored,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Test => "test",
            Self::Bench => "bench",
            Self::Prove => "prove",
            Self::Fuzz => "fuzz",
            Self::Coverage => "coverage",
            Self::Miri => "miri",
            Self::CReader => "c-reader",
            Self::Deny => "deny",
            Self::Msrv => "msrv",
            Self::Stock => "stock",
            Self::Ignored => "ignored",
            Self::LiveUpdate => "live-update",
            Self::GuestMemory => "guest-memory",
        }
    }

    fn is_short(self) -> bool {
        matches!(self, Self::Fmt | Self::Clippy | Self::Test)
    }

    fn run(self) -> Outcome {
        match self {
            Self::Fmt => Outcome::from(cargo(&["fmt", "--all", "--check"]).run()),
            Self::Clippy => Outcome::from(clippy()),
            Self::Test => Outcome::from(
                cargo(&["test", "--quiet", "--workspace"]).limit(Duration::from_secs(1800)).run(),
            ),
            Self::Bench => bench::run(&bench::Options::smoke()),
            Self::Prove => prove::run(&prove::Options::for_ci()),
            Self::Fuzz => fuzz::run(&fuzz::Options::for_ci()),
            Self::Coverage => coverage::run(&coverage::Options::for_ci()),
            Self::Miri => miri::run(),
            Self::CReader => Outcome::from(c_reader()),
            Self::Deny => Outcome::from(deny()),
            Self::Msrv => Outcome::from(msrv::run()),
            Self::Stock => Outcome::from(stock::fetch(&[]).map(drop)),
            Self::Ignored => Outcome::from(ignored()),
            Self::LiveUpdate => live_update::run(&live_update::Options::for_ci()),
            Self::GuestMemory => guest_memory::run(&guest_memory::Options::for_ci()),
        }
    }
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let wanted = |stage: &Stage| match options.stages.as_slice() {
        [] => !options.short || stage.is_short(),
        named => named.contains(stage),
    };
    let mut summary = Summary::default();
    for stage in Stage::ALL.into_iter().filter(wanted) {
        if options.after_tests && stage == Stage::Test {
            summary.add(stage.name(), Outcome::Passed, Duration::ZERO);
            continue;
        }
        eprintln!("== {}", stage.name());
        let started = Instant::now();
        let outcome = unless_full(stage.run());
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(error) => eprintln!("failed: {error:#}"),
            Outcome::NotRun(reason) => eprintln!("not run: {reason}"),
        }
        summary.add(stage.name(), outcome, started.elapsed());
    }
    // Who names a stage wants it run; on the whole way, what the world outside keeps from running is said.
    summary.print(!options.stages.is_empty())
}

/// Below this much room, what fails fails for that.
const LITTLE: u64 = 1 << 30;

/// A full disk makes everything fail, each thing with words of its own, or keeps it from running.
fn unless_full(outcome: Outcome) -> Outcome {
    let left = match cache::room() {
        Ok(left) if left < LITTLE => left,
        _ => return outcome,
    };
    let full = format!("the disk is full, {} MiB are left", left >> 20);
    match outcome {
        Outcome::Passed => Outcome::Passed,
        Outcome::Failed(error) => Outcome::Failed(error.context(full)),
        Outcome::NotRun(reason) => Outcome::Failed(anyhow!(reason).context(full)),
    }
}

fn cargo(args: &[&str]) -> Tool {
    Tool::cargo().args(args).dir(cache::checkout()).what(format!("cargo {}", args.join(" ")))
}

/// The benchmarks and the fuzzers are workspaces of their own, for what they depend on.
const WORKSPACES: [&str; 3] = ["", "bench", "fuzz"];

fn place(workspace: &str) -> String {
    format!("in `{}`", if workspace.is_empty() { "." } else { workspace })
}

fn clippy() -> Result<()> {
    for workspace in WORKSPACES {
        cargo(&["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--all-features"])
            .args(["--", "-D", "warnings"])
            .dir(cache::checkout().join(workspace))
            .limit(Duration::from_secs(1800))
            .run()
            .with_context(|| place(workspace))?;
    }
    // What `cargo xtask mutants` runs is no target of the others' kind: nothing else compiles it.
    cargo(&["check", "--quiet", "--locked", "--package", "kserial-mutants", "--test", "quick"])
        .limit(Duration::from_secs(1800))
        .run()
}

/// The reader in C was written from the page alone, and so were its samples. Then it reads what
/// `kserial` wrote: the corpus's images of every generation, as every generation.
fn c_reader() -> Result<()> {
    setup::install(setup::TESTS).map_err(|error| not_run(&error))?;
    let make = || {
        Tool::new("make")
            .args(["--silent", "check"])
            .dir(cache::checkout().join("tests/c-reader"))
            .limit(Duration::from_secs(900))
    };
    make().run()?;
    let images = cache::checkout().join("compat-corpus/format-1");
    make().args([format!("IMAGES={}", images.display())]).run()
}

/// cargo-deny, from the cache or installed into it. Advisories are left out: they live on a host
/// that need not be reachable.
fn deny() -> Result<()> {
    let (program, config) =
        (cargo_tool::program("cargo-deny")?, cache::checkout().join("deny.toml"));
    for workspace in WORKSPACES {
        Tool::new(&program)
            .args(["--all-features", "--config"])
            .args([&config])
            .args(["check", "bans", "licenses", "sources"])
            .dir(cache::checkout().join(workspace))
            .run()
            .with_context(|| place(workspace))?;
    }
    Ok(())
}

/// Tests marked `#[ignore]` need tools or fetched kernels. Those of speed and size, which are nobody's
/// verdict here, exist in optimized builds only: that they build is seen.
fn ignored() -> Result<()> {
    setup::install(setup::TESTS).map_err(|error| not_run(&error))?;
    cargo(&["check", "--quiet", "--release", "--package", "kserial-cli"])
        .args(["--test", "large", "--test", "speed"])
        .limit(Duration::from_secs(1800))
        .run()?;
    cargo(&["test", "--quiet", "--workspace", "--", "--ignored"])
        .env("KSERIAL_CACHE", cache::root()?)
        .limit(Duration::from_secs(1800))
        .run()
}
