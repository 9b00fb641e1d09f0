//! `cargo xtask guest-memory`: what a real kernel hands over, read from what becomes of its memory.
//!
//! A machine preserves [whatever live update lets pass](odd), reads [its own memory](inside), and is
//! stopped as its kexec begins. Its RAM is a file; QEMU's `dump-guest-memory` makes an ELF core of it, zstd packs it, and what is
//! preserved of it is put into a [folder of pages](pages). `kserial` must find everything in each of
//! these by itself, contradict nothing, say the same of all, and [agree](word) with what the program
//! in the guest knew. What it writes from its own JSON must be the bytes that the kernel wrote.

mod inside;
mod machine;
mod odd;
mod pages;
mod word;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, Context, Result};
use lab_guest::Answer;
use serde_json::{json, Value};

use crate::cache;
use crate::kernels::{self, Cached, Generation, Variant};
use crate::live_update::chain::Stage;
use crate::live_update::{initrd, program};
use crate::outcome::{not_run, Outcome};
use crate::setup;
use crate::tool::Tool;
use inside::Said;
use machine::Machine;

/// Reads a stopped guest's memory in every form that it can have.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The minor version that runs (may be repeated); by default the two newest offered, in turn.
    #[arg(long = "version", value_name = "MINOR")]
    versions: Vec<String>,
    /// Its configuration; by default those of CI's live updates, which are built then.
    #[arg(long, value_enum)]
    variant: Option<Variant>,
    /// Take the kernel as it was built, though what is built in has changed since.
    #[arg(long)]
    as_built: bool,
    /// Keep RAM, core and pages in the cache: more than 2 GiB.
    #[arg(long)]
    keep: bool,
    /// Write what is preserved, and what the guest said of it, as a new capture in this folder.
    #[arg(long, value_name = "FOLDER")]
    capture: Option<PathBuf>,
}

impl Options {
    /// What CI runs.
    pub(crate) fn for_ci() -> Self {
        Self { versions: Vec::new(), variant: None, as_built: false, keep: false, capture: None }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(guest_memory(options))
}

fn guest_memory(options: &Options) -> Result<()> {
    for needs in [setup::QEMU, setup::TESTS] {
        setup::install(needs).map_err(|error| not_run(&error))?;
    }
    let versions = match options.versions.as_slice() {
        [] => kernels::two_newest()?.to_vec(),
        versions => versions.to_vec(),
    };
    let _lock = cache::lock("guest-memory")?;
    let kserial = program::kserial()?;
    versions.iter().try_for_each(|minor| {
        one(options, minor, &kserial).with_context(|| format!("Linux {minor}"))
    })
}

/// With a kernel of this minor version.
fn one(options: &Options, minor: &str, kserial: &Path) -> Result<()> {
    // As the lab has them for live updates: the first shape of the records in the older kernel.
    let first = kernels::two_newest()?.first().is_some_and(|older| older == minor);
    let generation = if first { Generation::First } else { Generation::Second };
    let variant = options.variant.unwrap_or_else(|| Variant::of(generation));
    let cached = if options.as_built { Cached::AsBuilt } else { Cached::Update };
    let kernel = kernels::prepare(minor, generation, variant, cached)?;
    let folder = cache::folder("runs/guest-memory")?;
    let none = folder.join("no-modules");
    fs::create_dir_all(&none)?;
    let stage = || Stage { kernel: &kernel, modules: none.clone() };
    let scripts = [odd::steps(inside::before()), inside::after()];
    let programs = [kserial.to_owned()];
    let stages = [stage(), stage()];
    let initrd = initrd::nest(&program::init()?, &stages, &scripts, &programs, &folder)?;

    let forms = Forms::in_folder(&folder);
    forms.remove();
    let judged = Machine::boot(&kernel.image(), &initrd, &folder, &forms.ram)
        .and_then(|machine| watch(options, machine, kserial, &forms));
    if !options.keep {
        forms.remove();
    }
    judged
}

/// Judges what is seen of a machine's memory at each moment at which it is stopped.
fn watch(options: &Options, mut machine: Machine, kserial: &Path, forms: &Forms) -> Result<()> {
    let (first, last) = (inside::first(), inside::last());
    machine.wait_for(&first)?;
    machine.stop()?;
    let running = inside::said(&machine.answers()?, &first)?;
    inside::hold_running(&running, &outside(kserial, &forms.ram)?)?;
    machine.go_on()?;

    machine.wait_for_kexec()?;
    machine.stop()?;
    let protocol = format!("file:{}", forms.core.display());
    machine.command("dump-guest-memory", &json!({ "paging": false, "protocol": protocol }))?;
    let answers = machine.answers()?;
    let handed = judge(kserial, forms, &answers)?;
    if let Some(to) = &options.capture {
        capture(kserial, forms, &answers, to)?;
    }
    machine.go_on()?;

    machine.wait_for(&last)?;
    let answers = machine.answers()?;
    inside::hold_taken_up(&inside::said(&answers, &last)?, &handed, &answers)
}

/// One memory in all its forms.
struct Forms {
    ram: PathBuf,
    core: PathBuf,
    packed: PathBuf,
    pages: PathBuf,
    rebuilt: PathBuf,
}

impl Forms {
    fn in_folder(folder: &Path) -> Self {
        let [ram, core, packed, pages, rebuilt] =
            ["ram", "core", "ram.zst", "pages", "rebuilt"].map(|name| folder.join(name));
        Self { ram, core, packed, pages, rebuilt }
    }

    fn remove(&self) {
        for file in [&self.ram, &self.core, &self.packed, &self.rebuilt] {
            let _ = fs::remove_file(file);
        }
        let _ = fs::remove_dir_all(&self.pages);
    }
}

/// Judges what is handed over, and returns what was read of it.
fn judge(kserial: &Path, forms: &Forms, answers: &[Answer]) -> Result<Value> {
    let of_ram = dump(kserial, &forms.ram)?;
    Tool::new("zstd").args(["-q", "-1", "-o"]).args([&forms.packed, &forms.ram]).run()?;
    pages::write(&of_ram, &forms.ram, &forms.pages)?;
    for other in [&forms.core, &forms.packed, &forms.pages] {
        if dump(kserial, other)? != of_ram {
            bail!("the file of RAM and {} are read differently", other.display());
        }
    }
    let known = word::Known::of(answers);
    let extract = |memory: &Path, which: &std::ffi::OsStr, to: &Path| {
        let arguments = ["dump".as_ref(), memory.as_os_str(), "--extract-memfd".as_ref(), which];
        Tool::new(kserial).args(arguments).args(["--output".as_ref(), to]).output().map(drop)
    };
    known.hold_against(&of_ram)?;
    for memory in [&forms.ram, &forms.pages] {
        known.extract(&forms.rebuilt, &|which, to| extract(memory, which, to))?;
    }
    rewritten(kserial, &of_ram, forms)?;
    println!(
        "{}: RAM, core, zstd and pages agree; {} preserved pages",
        known.summary(),
        of_ram["kho"]["preserved_pages"]
    );
    Ok(of_ram)
}

/// A capture for the corpus: all that is handed over, where it was in memory, and the guest's word.
fn capture(kserial: &Path, forms: &Forms, answers: &[Answer], to: &Path) -> Result<()> {
    fs::create_dir(to).with_context(|| format!("{}: captures are made once", to.display()))?;
    let bare = to.join("ram.bin");
    pages::bare(&dump(kserial, &forms.ram)?, &forms.ram, &bare)?;
    Tool::new("zstd").args(["-q", "-19", "--rm"]).args([&bare]).run()?;
    let lines = answers.iter().map(|answer| Ok(serde_json::to_string(answer)? + "\n"));
    Ok(fs::write(to.join("guest.jsonl"), lines.collect::<Result<String>>()?)?)
}

/// What is written from the JSON alone is what the kernel wrote, and is read as the same.
fn rewritten(kserial: &Path, of_ram: &Value, forms: &Forms) -> Result<()> {
    let json = forms.rebuilt.with_extension("json");
    let printed = Tool::new(kserial).args(["dump", "--format", "json"]).args([&forms.ram]).output();
    fs::write(&json, printed?)?;
    let convert = Tool::new(kserial).args(["convert".as_ref(), json.as_path()]);
    convert.args(["--output".as_ref(), forms.rebuilt.as_path()]).run()?;
    let _ = fs::remove_file(&json);
    if dump(kserial, &forms.rebuilt)? != *of_ram {
        bail!("what is written from the JSON is read differently: {}", forms.rebuilt.display());
    }
    pages::compare(&forms.rebuilt, &forms.ram)
}

/// What is found in `memory` as it is at a kexec: all of it, and nothing contradicts.
fn dump(kserial: &Path, memory: &Path) -> Result<Value> {
    let said = outside(kserial, memory)?;
    match said.code {
        0 => Ok(said.document),
        code => bail!("{}: exit {code}\n{}", memory.display(), said.complaints.trim()),
    }
}

/// What is read of `memory` on this side of the machine.
fn outside(kserial: &Path, memory: &Path) -> Result<Said> {
    let output = Command::new(kserial)
        .args(["dump", "--verify", "--format", "json"])
        .arg(memory)
        .output()
        .context("cannot run kserial")?;
    let text = [output.stdout, output.stderr].concat();
    Said::of(&String::from_utf8_lossy(&text), output.status.code().unwrap_or(-1))
}
