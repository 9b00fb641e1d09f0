//! The oldest compiler: what goes into kernels is built with the one that kernels ask for.
//!
//! It comes through rustup where rustup has it or may fetch it, and otherwise from the machine's own
//! Debian, whose `rustc-web` keeps old versions; that one is unpacked into the cache, not installed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, Context, Result};

use crate::cache;
use crate::debian;
use crate::outcome::not_run;
use crate::tool::{self, Tool};

/// The compiler that kernels ask for.
const VERSION: &str = "1.85.0";
/// The packages that go into kernels.
const PACKAGES: [&str; 3] = ["kserial", "kserial-derive", "kserial-schemas"];

pub(crate) fn run() -> Result<()> {
    let target = cache::folder("msrv")?;
    let rustc = rustup().or_else(|first| debian().map_err(|second| second.context(first)));
    let rustc = rustc.map_err(|error| not_run(&error))?;
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

fn debian() -> Result<PathBuf> {
    let root = cache::folder("rustc")?.join(VERSION);
    let wrapper = root.join("rustc");
    if wrapper.exists() {
        return Ok(wrapper);
    }
    let table = Tool::new("apt-cache").args(["madison", "rustc-web"]).output()?;
    let version = table
        .lines()
        .filter_map(|row| row.split('|').nth(1))
        .map(str::trim)
        .find(|version| version.starts_with(VERSION))
        .ok_or_else(|| anyhow!("this machine's Debian offers no rustc {VERSION}"))?;
    let minor = VERSION.rsplit_once('.').map_or(VERSION, |(minor, _)| minor);
    let packages = cache::folder("packages")?;
    for package in ["rustc-web", "libstd-rust-web-dev", &format!("libstd-rust-web-{minor}")] {
        Tool::new("apt-get")
            .args(["-qq", "download", &format!("{package}={version}")])
            .dir(&packages)
            .run()?;
        for entry in fs::read_dir(&packages)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(&format!("{package}_{version}_")) && name.ends_with(".deb") {
                debian::unpack(&path, &root)?;
            }
        }
    }
    // The compiler looks for its own libraries where an installed one would have them.
    let libraries = root.join("usr/lib/x86_64-linux-gnu");
    let script = format!(
        "#!/bin/sh\nLD_LIBRARY_PATH='{}' exec '{}' \"$@\"\n",
        libraries.display(),
        root.join("usr/bin/rustc").display()
    );
    fs::write(&wrapper, script)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Ok(wrapper)
}
