//! Deliberate mistakes: tests that catch nothing prove nothing.
//!
//! `tests/mistakes.toml` lists them as data. Each is made in a copy of the workspace, never in the
//! working tree, and the tests that hold the core against the reference interpreter are run there.
//! A mistake that they do not catch fails, and so does one whose text is no longer in the sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure, Context, Result};
use serde::{Deserialize, Serialize};

use crate::cache;
use crate::tool;

/// The packages of the copy, and what of each.
const PARTS: [&str; 8] = [
    "kserial/Cargo.toml",
    "kserial/src",
    "kserial-derive/Cargo.toml",
    "kserial-derive/src",
    "schemas",
    "tests/Cargo.toml",
    "tests/src",
    "tests/tests",
];

#[derive(Deserialize)]
struct List {
    mistake: Vec<Mistake>,
}

/// A text that stands once in a file, and what is put in its place.
#[derive(Deserialize)]
struct Mistake {
    name: String,
    breaks: String,
    file: PathBuf,
    old: String,
    new: String,
}

/// How the tests took a mistake.
#[derive(Serialize)]
struct Taken {
    mistake: String,
    breaks: String,
    caught_by: Vec<String>,
    seconds: f64,
}

pub(super) fn run(only: Option<&str>, every: usize) -> Result<()> {
    let list = fs::read_to_string(cache::checkout().join("tests/mistakes.toml"))?;
    let mut list: List = toml::from_str(&list).context("tests/mistakes.toml")?;
    // Stale ones first: they need no build.
    for mistake in &list.mistake {
        mistake.made(cache::checkout())?;
    }
    list.mistake.retain(|mistake| only.is_none_or(|only| mistake.name.contains(only)));
    ensure!(!list.mistake.is_empty(), "no mistake has this in its name");
    let all = list.mistake.len();
    let mut number = 0..;
    list.mistake.retain(|_| number.next().is_some_and(|n: usize| n.is_multiple_of(every.max(1))));
    println!("{} of {all} mistakes are tried, one at a time", list.mistake.len());
    let _lock = cache::lock("mistakes")?;
    let copy = cache::folder("prove/mistakes")?;
    copy_workspace(&copy)?;
    let failed = failing_tests(&copy)?;
    ensure!(failed.is_empty(), "without any mistake, these fail: {}", failed.join(", "));
    let mut taken = Vec::new();
    println!("{:<58} {:>6}  caught by", "mistake", "time");
    for mistake in &list.mistake {
        let file = copy.join(&mistake.file);
        let right = fs::read_to_string(&file)?;
        fs::write(&file, mistake.made(&copy)?)?;
        let started = Instant::now();
        let caught_by = failing_tests(&copy);
        fs::write(&file, right)?;
        let caught_by = caught_by.with_context(|| format!("the mistake \"{}\"", mistake.name))?;
        let took = started.elapsed();
        println!("{:<58} {:>5.0}s  {}", mistake.name, took.as_secs_f64(), summed_up(&caught_by));
        taken.push(Taken {
            mistake: mistake.name.clone(),
            breaks: mistake.breaks.clone(),
            caught_by,
            seconds: took.as_secs_f64(),
        });
    }
    let report = cache::folder("prove")?.join("mistakes.json");
    fs::write(&report, serde_json::to_vec_pretty(&taken)?)?;
    let missed = taken.iter().filter(|taken| taken.caught_by.is_empty());
    let missed: Vec<_> = missed.map(|taken| taken.mistake.as_str()).collect();
    println!("JSON: {}", report.display());
    println!("{} of {} mistakes caught", taken.len() - missed.len(), taken.len());
    ensure!(missed.is_empty(), "the tests do not catch: {}", missed.join("; "));
    Ok(())
}

impl Mistake {
    /// The file of the workspace at `root` with the mistake in it.
    fn made(&self, root: &Path) -> Result<String> {
        let text = fs::read_to_string(root.join(&self.file)).with_context(|| {
            format!("{}, for the mistake \"{}\"", self.file.display(), self.name)
        })?;
        let found = text.matches(&self.old).count();
        if found != 1 {
            bail!(
                "the mistake \"{}\" is stale: its text stands {found} times in {}, not once",
                self.name,
                self.file.display()
            );
        }
        Ok(text.replace(&self.old, &self.new))
    }
}

/// Makes `copy` a workspace of what the tests need, as the checkout has it now. Files that are the
/// same keep their times, so that nothing is built twice.
fn copy_workspace(copy: &Path) -> Result<()> {
    let checkout = cache::checkout();
    for part in PARTS.iter().chain(&["tests/reference", "Cargo.lock", "rust-toolchain.toml"]) {
        copy_tree(&checkout.join(part), &copy.join(part))?;
    }
    let mut manifest: toml::Table =
        toml::from_str(&fs::read_to_string(checkout.join("Cargo.toml"))?)?;
    let workspace = manifest.get_mut("workspace").and_then(toml::Value::as_table_mut);
    let workspace = workspace.context("Cargo.toml is no workspace")?;
    let members = ["kserial", "kserial-derive", "schemas", "tests", "tests/reference"];
    workspace.insert("members".to_owned(), members.map(toml::Value::from).to_vec().into());
    workspace.remove("default-members");
    write_if_new(&copy.join("Cargo.toml"), toml::to_string(&manifest)?.as_bytes())
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        return write_if_new(to, &fs::read(from)?);
    }
    fs::create_dir_all(to)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let name = entry?.file_name();
        copy_tree(&from.join(&name), &to.join(&name))?;
        names.push(name);
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !names.contains(&entry.file_name()) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn write_if_new(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// The names of the tests that fail in the workspace at `copy`; an error where it does not build.
fn failing_tests(copy: &Path) -> Result<Vec<String>> {
    let cargo = |args: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(args).args(["--package", "kserial-tests", "--test", "proof"]);
        command.current_dir(copy).env("CARGO_TARGET_DIR", copy.join("target"));
        for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        // A failure need not be small to count.
        command.env("PROPTEST_MAX_SHRINK_ITERS", "0").env("RUST_BACKTRACE", "0");
        command
    };
    let built = cargo(&["test", "--quiet", "--no-run"]).output().context("cannot run cargo")?;
    if !built.status.success() {
        let errors = String::from_utf8_lossy(&built.stderr);
        // E0080: a constant could not be evaluated, such as a layout that has become none.
        if errors.contains("error[E0080]") {
            return Ok(vec!["the compiler: a record's layout is none".to_owned()]);
        }
        bail!("it does not build:\n{errors}");
    }
    let ran = bounded(cargo(&["test"]), copy)?;
    let failed =
        ran.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    let failed: Vec<String> = failed.map(str::to_owned).collect();
    ensure!(ran.contains("test result:"), "the tests did not come to an end:\n{ran}");
    Ok(failed)
}

/// What the command prints on standard output, in five minutes at most.
fn bounded(mut command: Command, dir: &Path) -> Result<String> {
    let path = dir.join("output");
    let output = fs::File::create(&path)?;
    let mut child =
        command.stdout(output.try_clone()?).stderr(std::process::Stdio::null()).spawn()?;
    let started = Instant::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() > Duration::from_secs(300) {
            tool::end(&mut child);
            bail!("the tests ran for five minutes and were ended");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(String::from_utf8_lossy(&fs::read(&path)?).into_owned())
}

fn summed_up(tests: &[String]) -> String {
    match tests {
        [] => "NOTHING".to_owned(),
        [test] => test.clone(),
        [test, more @ ..] => format!("{test} and {} more", more.len()),
    }
}
