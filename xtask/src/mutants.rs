//! `cargo xtask mutants`: small changes of the core, made by a machine, that some test must notice.
//!
//! Beside [deliberate mistakes](crate::prove), which people thought of, cargo-mutants changes every
//! function of the core in every way it knows: another operator, another constant, nothing at all. A
//! change that no test notices is either one that nobody could notice, and then `docs/PROOF.md` says
//! why, or a test is missing. `.cargo/mutants.toml` says what is changed and which tests run. All of
//! it takes hours; files can be named.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{bail, Context, Result};

use crate::cache;
use crate::cargo_tool;
use crate::outcome::Outcome;
use crate::tool::Tool;

/// Changes the core in small ways, and lists what no test notices.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these files, such as `kserial/src/plan.rs`.
    files: Vec<PathBuf>,
    /// Ends after this long; what was not tried is said, and tried next time.
    #[arg(long, default_value_t = 24 * 60)]
    minutes: u64,
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(mutate(options))
}

fn mutate(options: &Options) -> Result<()> {
    let output = cache::folder("mutants")?;
    let files = options.files.iter().flat_map(|file| ["--file".as_ref(), file.as_os_str()]);
    let ended = Tool::new(cargo_tool::program("cargo-mutants")?)
        .args(["mutants", "--package", "kserial", "--iterate", "--no-shuffle", "--output"])
        .args([&output])
        .args(files)
        .dir(cache::checkout())
        .limit(Duration::from_secs(options.minutes.saturating_mul(60)))
        .what("mutants")
        .run_logged(&cache::folder("logs")?.join("mutants.log"));
    let found = output.join("mutants.out");
    let (caught, missed) = (list(&found, "caught")?, list(&found, "missed")?);
    let (unviable, timeout) = (list(&found, "unviable")?, list(&found, "timeout")?);
    println!(
        "{} noticed, {} by never ending, {} that do not compile, {} that no test notices",
        caught.len(),
        timeout.len(),
        unviable.len(),
        missed.len()
    );
    let reasons = fs::read_to_string(cache::checkout().join("docs/PROOF.md")).unwrap_or_default();
    let open: Vec<&String> =
        missed.iter().filter(|mutant| !is_reasoned(&reasons, mutant)).collect();
    for mutant in &missed {
        let reasoned = if open.contains(&mutant) { "" } else { "  (reasoned in docs/PROOF.md)" };
        println!("  {mutant}{reasoned}");
    }
    if !open.is_empty() {
        bail!("{} mutants survive without a reason", open.len());
    }
    // Survivors are an error of cargo-mutants'; with all of them reasoned they are none of ours.
    if missed.is_empty() {
        ended?;
    }
    Ok(())
}

/// A survivor is named in the page as cargo-mutants names it, but for the line, which moves.
fn is_reasoned(page: &str, mutant: &str) -> bool {
    let mut parts = mutant.splitn(4, ':');
    let (file, what) = (parts.next().unwrap_or(mutant), parts.nth(2).unwrap_or(mutant).trim());
    page.lines().any(|line| line.contains(file) && line.contains(what))
}

fn list(folder: &Path, which: &str) -> Result<Vec<String>> {
    let file = folder.join(format!("{which}.txt"));
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.lines().map(str::to_owned).collect())
}
