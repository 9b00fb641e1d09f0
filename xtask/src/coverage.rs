//! `cargo xtask coverage`: how much of the core the tests run.
//!
//! Regions are what LLVM counts: stretches of code between branches. The core is `kserial/src`
//! without what only hosts have, and without what only runs while a crate is compiled. The tools
//! that read LLVM's counters must be of the compiler's own version: rustup's, where they are
//! installed, and otherwise Debian's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{bail, ensure, Context, Result};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::cargo_tool;
use crate::outcome::{not_run, Outcome};
use crate::prove::LEFT_OUT;
use crate::setup::{self, Need};
use crate::tool::Tool;

/// Of the core's regions, at least so many in a hundred are run.
const MARK: f64 = 95.0;

/// The packages whose tests are run. The derive's start compilers, which count on their own.
const PACKAGES: [&str; 5] =
    ["kserial", "kserial-schemas", "kserial-tests", "kserial-testing", "kserial-fuzz-targets"];

/// Debian's tools of the LLVM that the pinned compiler is made with.
const DEBIAN: &[Need] = &[Need::program("llvm-cov-22", "llvm-22")];
const DEBIAN_VERSION: &str = "22";

/// Measures how much of the core the tests run.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// List the lines that no test runs.
    #[arg(long)]
    missing: bool,
}

impl Options {
    /// What CI runs.
    pub(crate) fn for_ci() -> Self {
        Self { missing: false }
    }
}

/// What `llvm-cov export` writes, as far as it is of interest.
#[derive(Deserialize)]
struct Export {
    data: Vec<Data>,
}

#[derive(Deserialize)]
struct Data {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: PathBuf,
    summary: Summary,
    #[serde(default)]
    segments: Vec<(u64, u64, u64, bool, bool, bool)>,
}

#[derive(Deserialize)]
struct Summary {
    regions: Count,
    lines: Count,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
struct Count {
    count: u64,
    covered: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.covered += other.covered;
    }

    fn percent(self) -> f64 {
        100.0 * self.covered as f64 / self.count.max(1) as f64
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(measure(options))
}

fn measure(options: &Options) -> Result<()> {
    let json = cache::folder("coverage")?.join("export.json");
    let (cov, profdata) = tools()?;
    let packages = PACKAGES.iter().flat_map(|package| ["--package", *package]);
    Tool::new(cargo_tool::program("cargo-llvm-cov")?)
        .args(["llvm-cov", "test", "--json", "--output-path"])
        .args([&json])
        .args(packages)
        .env("LLVM_COV", cov)
        .env("LLVM_PROFDATA", profdata)
        .dir(cache::checkout())
        .limit(Duration::from_secs(3600))
        .what("the tests, counted")
        .run_logged(&cache::folder("logs")?.join("coverage.log"))?;
    let export: Export = serde_json::from_slice(&fs::read(&json)?).context("llvm-cov's JSON")?;
    let core = cache::checkout().join("kserial/src");
    let mut files: BTreeMap<String, (Count, Count)> = BTreeMap::new();
    for file in export.data.iter().flat_map(|data| &data.files) {
        let Ok(name) = file.filename.strip_prefix(&core) else { continue };
        let name = name.to_string_lossy().into_owned();
        if LEFT_OUT.iter().any(|(folder, _)| name.split('/').next() == Some(*folder)) {
            continue;
        }
        if options.missing {
            list_missing(&name, &file.segments);
        }
        files.insert(name, (file.summary.regions, file.summary.lines));
    }
    report(&files)
}

fn report(files: &BTreeMap<String, (Count, Count)>) -> Result<()> {
    ensure!(!files.is_empty(), "no file of the core was counted");
    let (mut regions, mut lines) = (Count::default(), Count::default());
    println!("{:<24} {:>8} {:>8} {:>8}   {:>8}", "file", "regions", "run", "%", "lines %");
    for (name, (in_regions, in_lines)) in files {
        regions.add(*in_regions);
        lines.add(*in_lines);
        println!("{}", row(name, *in_regions, *in_lines));
    }
    println!("{}", row("the core", regions, lines));
    let path = cache::folder("coverage")?.join("core.json");
    fs::write(&path, serde_json::to_vec_pretty(files)?)?;
    println!("as JSON: {}", path.display());
    if regions.percent() < MARK {
        bail!("{:.2} % of the core's regions are run, {MARK} % are wanted", regions.percent());
    }
    Ok(())
}

fn row(name: &str, regions: Count, lines: Count) -> String {
    let (count, covered) = (regions.count, regions.covered);
    let (of_regions, of_lines) = (regions.percent(), lines.percent());
    format!("{name:<24} {count:>8} {covered:>8} {of_regions:>8.2}   {of_lines:>8.2}")
}

/// Where regions begin that no test runs.
fn list_missing(name: &str, segments: &[(u64, u64, u64, bool, bool, bool)]) {
    for (line, column, count, has_count, is_entry, is_gap) in segments {
        if *has_count && *is_entry && !*is_gap && *count == 0 {
            println!("kserial/src/{name}:{line}:{column}");
        }
    }
}

/// `llvm-cov` and `llvm-profdata` of the compiler's LLVM.
fn tools() -> Result<(PathBuf, PathBuf)> {
    let rustc = || Tool::new("rustc").dir(cache::checkout());
    let about = rustc().args(["-vV"]).output()?;
    let line = |word: &str| about.lines().find_map(|line| line.strip_prefix(word));
    let (host, llvm) = (line("host: "), line("LLVM version: "));
    let (host, llvm) = host.zip(llvm).context("rustc -vV names no host and no LLVM")?;
    let sysroot = rustc().args(["--print", "sysroot"]).output()?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
    if !own.join("llvm-cov").exists() {
        // It may be that no rustup is here, or no network; Debian's are the other way.
        let add = ["component", "add", "llvm-tools"];
        let log = cache::folder("logs")?.join("llvm-tools.log");
        let _ = Tool::new("rustup").args(add).dir(cache::checkout()).run_logged(&log);
    }
    if own.join("llvm-cov").exists() {
        return Ok((own.join("llvm-cov"), own.join("llvm-profdata")));
    }
    if llvm.split('.').next() != Some(DEBIAN_VERSION) {
        let why = format!("neither rustup nor Debian has the tools of rustc's LLVM, {llvm}");
        return Err(not_run(&anyhow::Error::msg(why)));
    }
    setup::install(DEBIAN).map_err(|error| not_run(&error))?;
    let debian = |tool: &str| PathBuf::from(format!("/usr/bin/{tool}-{DEBIAN_VERSION}"));
    Ok((debian("llvm-cov"), debian("llvm-profdata")))
}
