//! `cargo xtask live-update`: real kernels, updated one into the other in QEMU.
//!
//! A run has separate steps: the [kernels](crate::kernels) are built (or found in the cache), the
//! [guest program](guest) and the project's [modules] are built, and for each [scenario] and direction an [initrd] is packed
//! that holds the next kernel and *its* initrd. The [pre-flight](preflight) says what will happen.
//! Then a [machine] boots. The guest does the steps
//! of each stage and says what came of them, without knowing what is expected; between two kernels
//! the machine's [memory] can be looked at, and disturbed. The [transcript] is judged here, and a
//! [report] holds the answers side by side. A judge is tried, too: it must notice what a
//! [self-test](self_test) falsifies.

mod blackout;
pub(crate) mod chain;
mod damage;
mod failing;
mod held;
pub(crate) mod initrd;
mod iommu;
mod kunit;
mod label;
mod lineage;
mod machine;
mod many;
mod master;
mod memfd;
mod memory;
mod modules;
mod pci;
mod pinned;
pub(crate) mod preflight;
pub(crate) mod program;
mod report;
mod rows;
mod scenario;
mod self_test;
mod selftests;
mod together;
mod transcript;
pub(crate) mod unclaimed;
mod vtd;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{bail, ensure, Context, Result};
use rayon::prelude::*;

use crate::cache;
use crate::kernels::{self, Cached, Generation, Variant};
use crate::outcome::{not_run, Outcome};
use crate::setup;
use chain::{Chain, Stage};
use machine::{AtKexec, Machine};
use memory::{Memory, Snapshot};
use preflight::Preflight;
use report::{Report, Row};
use scenario::Scenario;

/// Updates one kernel into another in QEMU, and judges what came across.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The minor version that is running; by default the older of the two newest offered.
    #[arg(long, value_name = "MINOR")]
    from: Option<String>,
    /// The minor version that is updated to; by default the newest offered.
    #[arg(long, value_name = "MINOR")]
    to: Option<String>,
    /// Also the way back, and there and back again.
    #[arg(long)]
    back: bool,
    /// Which scenarios, or `all`.
    #[arg(long, value_delimiter = ',', default_value = "all")]
    scenario: Vec<String>,
    /// Only this way, such as `7.3-7.2`.
    #[arg(long)]
    way: Option<String>,
    /// Also the scenarios that take minutes.
    #[arg(long)]
    slow: bool,
    /// Take the kernels as they were built, though what is built in has changed since.
    #[arg(long)]
    as_built: bool,
    /// Which configuration of the kernels.
    #[arg(long, value_enum, default_value_t = Variant::Plain)]
    variant: Variant,
    /// The older kernel as distributions configure it, the newer with what finds mistakes.
    #[arg(long, conflicts_with = "variant")]
    mixed: bool,
    /// Where to write the report as JSON; by default into the run's folder in the cache.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many machines run at a time; by default one for each processor.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// Also falsify each run in every way there is: its judge must notice.
    #[arg(long)]
    self_test: bool,
    /// Count the instructions of the blackout, instead of judging.
    #[arg(long)]
    instructions: bool,
    /// List the scenarios.
    #[arg(long)]
    list: bool,
}

/// What CI runs: every user, every way to refuse, and what is found; in less than eight minutes. The
/// others are variations of these, and `--scenario all` has them.
const CI: [&str; 21] = [
    "together",
    "memfd-upstream",
    "memfd-critical",
    "memfd-last-word",
    "memfd-refrozen",
    "memfd-huge-refused",
    "rows-last-word",
    "pci-no-handler",
    "pinned",
    "required",
    "failing-preserve",
    "failing-retrieve",
    "label",
    "label-in-turn",
    "label-last-word",
    "label-refrozen",
    "flipped-image",
    "flipped-session",
    "misled-handle",
    "selftests",
    "kunit",
];

impl Options {
    /// What CI runs.
    pub(crate) fn for_ci() -> Self {
        Self {
            from: None,
            to: None,
            back: true,
            scenario: CI.map(str::to_owned).to_vec(),
            way: None,
            slow: false,
            as_built: false,
            // One kernel as distributions build it, one that finds mistakes.
            variant: Variant::Plain,
            mixed: true,
            json: None,
            jobs: 0,
            self_test: true,
            instructions: false,
            list: false,
        }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    if options.list {
        for scenario in scenario::all() {
            println!("{:<22} {}", scenario.name, scenario.about);
        }
        return Outcome::Passed;
    }
    Outcome::from(update(options))
}

fn update(options: &Options) -> Result<()> {
    let all = scenario::all();
    let named = |name: &str| name == "all" || all.iter().any(|s| s.name == name);
    if let Some(unknown) = options.scenario.iter().find(|name| !named(name.as_str())) {
        bail!("there is no scenario {unknown}: see --list");
    }
    let takes = |s: &Scenario| {
        options
            .scenario
            .iter()
            .any(|name| name == s.name || (name == "all" && (options.slow || !s.slow)))
    };
    let scenarios: Vec<Scenario> = all.into_iter().filter(takes).collect();
    let [from, to] = match (&options.from, &options.to) {
        (Some(from), Some(to)) => [from.clone(), to.clone()],
        (from, to) => {
            let [older, newer] = kernels::two_newest()?;
            [from.clone().unwrap_or(older), to.clone().unwrap_or(newer)]
        }
    };
    setup::install(setup::QEMU).map_err(|error| not_run(&error))?;
    let _lock = cache::lock("live-update")?;
    let cached = if options.as_built { Cached::AsBuilt } else { Cached::Update };
    let kernel = |minor: &str, generation| {
        let variant = if options.mixed { Variant::of(generation) } else { options.variant };
        kernels::prepare(minor, generation, variant, cached)
    };
    let older = kernel(&from, Generation::First)?;
    // A version updated into itself is one kernel, with one shape of its records.
    let other = (from != to).then(|| kernel(&to, Generation::Second)).transpose()?;
    let to = other.as_ref().unwrap_or(&older);
    let guest = program::init()?;
    let (older, newer) = (Stage::prepare(&older)?, Stage::prepare(to)?);
    let folder = cache::folder("runs")?.join("live-update");
    if options.instructions {
        return blackout::count(&Chain(vec![older, newer]), &guest, &folder.join("blackout"));
    }
    let preflight = Preflight::build()?;

    let mut chains = vec![Chain(vec![older.clone(), newer.clone()])];
    if options.back {
        chains.push(Chain(vec![newer.clone(), older.clone()]));
        chains.push(Chain(vec![older.clone(), newer, older.clone()]));
        chains.push(Chain(vec![older.clone(), older]));
    }
    if let Some(way) = &options.way {
        chains.retain(|chain| chain.file_name() == *way);
    }
    let programs = match scenarios.iter().any(|scenario| scenario.selftests) {
        true => selftests::build(to)?,
        false => Vec::new(),
    };
    let lab = Lab { guest: &guest, programs: &programs, preflight: &preflight, folder: &folder };
    let runs: Vec<(&Scenario, &Chain<'_>)> = scenarios
        .iter()
        .flat_map(|scenario| {
            chains
                .iter()
                .filter(|chain| (scenario.takes)(chain))
                .map(move |chain| (scenario, chain))
        })
        .collect();
    for scenario in &scenarios {
        let asked = options.scenario.iter().any(|name| name == scenario.name);
        let runs = runs.iter().any(|(running, _)| running.name == scenario.name);
        ensure!(runs || !asked, "{} takes no such way: {MORE_WAYS}", scenario.name);
    }
    ensure!(!runs.is_empty(), "no scenario takes such a way: {MORE_WAYS}");
    let machines = rayon::ThreadPoolBuilder::new().num_threads(options.jobs).build()?;
    let rows = machines.install(|| {
        // One by one: those behind a slow one do not wait for it.
        let rows = runs.par_iter().with_max_len(1);
        rows.map(|(scenario, chain)| lab.row(scenario, chain, options.self_test)).collect()
    });
    let report = Report::of(rows);
    report.print();
    let json = options.json.clone().unwrap_or_else(|| folder.join("report.json"));
    report.write(&json)?;
    eprintln!("  report: {}", json.display());
    report.verdict()
}

const MORE_WAYS: &str = "--back adds ways, --mixed kernels that differ more";

/// What all runs have in common.
struct Lab<'a> {
    guest: &'a Path,
    programs: &'a [PathBuf],
    preflight: &'a Preflight,
    folder: &'a Path,
}

impl Lab<'_> {
    /// What came of one update. That it came to no end takes nothing from the others.
    fn row(&self, scenario: &Scenario, chain: &Chain<'_>, self_test: bool) -> Row {
        eprintln!("  {} {}", scenario.name, chain.name());
        let run = self.folder.join(format!("{}-{}", scenario.name, chain.file_name()));
        self.run(scenario, chain, self_test, &run)
            .unwrap_or_else(|error| Row::without_end(scenario, chain, &error, &run))
    }

    /// One update, or several in a row: foretold, done and judged.
    fn run(
        &self,
        scenario: &Scenario,
        chain: &Chain<'_>,
        self_test: bool,
        run: &Path,
    ) -> Result<Row> {
        let started = Instant::now();
        let scripts = (scenario.script)(chain.len());
        let programs = if scenario.selftests { self.programs } else { &[] };
        let initrd = initrd::nest(self.guest, &chain.0, &scripts, programs, run)
            .with_context(|| format!("packing the initrd of {}", scenario.name))?;
        let loaded = scenario.wrong.is_none_or(|(rule, _)| rule != "KS0301");
        let foretold = self.preflight.check(chain, scenario.modules, loaded, run)?;
        let kernel = chain.0[0].kernel.image();
        let look = |ram: &Path, memory: &Memory| {
            let dump = self.preflight.dump(ram)?;
            let look = scenario.at_kexec.map(|look| look(&dump, memory)).transpose()?;
            Ok(Snapshot { dump, facts: look.unwrap_or_default() })
        };
        let look: AtKexec<'_> = &look;
        let transcript = Machine::new(&kernel, &initrd, run, scenario.memory)
            .at_kexec(scenario.at_kexec.map(|_| look))
            .walked(scenario.walk)
            .boot()?;
        let mut evidence = scenario.judged(&transcript, chain.len());
        foretold.hold_against(scenario.wrong, &mut evidence);
        if self_test && evidence.bad.is_empty() {
            let (tried, unnoticed) = self_test::unnoticed(&transcript, chain.len(), scenario);
            evidence.good.push(format!("{tried} falsifications tried"));
            evidence.bad.extend(unnoticed.iter().map(|what| format!("not noticed: {what}")));
        }
        Ok(Row::new(scenario, chain, &foretold, &evidence, started.elapsed(), run))
    }
}
