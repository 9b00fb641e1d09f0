//! The oldest compiler: what goes into kernels is built with the one that kernels ask for.
//!
//! It comes through rustup, which may have to fetch it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cache;
use crate::outcome::not_run;
use crate::tool::{self, Tool};

/// The compiler that kernels ask for.
const VERSION: &str = "1.85.0";
/// The packages that go into kernels.
const PACKAGES: [&str; 3] = ["kserial", "kserial-derive", "kserial-schemas"];

pub(crate) fn run() -> Result<()> {
    let target = cache::target("msrv");
    let rustc = rustup().map_err(|error| not_run(&error))?;
    for package in PACKAGES {
        Tool::cargo()
            .args(["check", "--quiet", "--package", package])
            .args(["--target-dir".as_ref(), target.as_path()])
            .env("RUSTC", &rustc)
            .dir(cache::checkout())
            .limit(Duration::from_secs(900))
            .what(format!("cargo check --package {package} with rustc {VERSION}"))
            .run()?;
    }
    Ok(())
}

fn rustup() -> Result<PathBuf> {
    let rustup = tool::find("rustup").context("there is no rustup")?;
    let which = || Tool::new(&rustup).args(["which", "rustc", "--toolchain", VERSION]).output();
    let path = which().or_else(|_| {
        Tool::new(&rustup)
            .args(["toolchain", "install", VERSION, "--profile", "minimal", "--no-self-update"])
            .run_logged(&cache::folder("logs")?.join("rustup.log"))?;
        which()
    })?;
    Ok(PathBuf::from(path.trim()))
}
