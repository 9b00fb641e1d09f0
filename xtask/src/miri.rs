//! `cargo xtask miri`: what the derive makes, interpreted, so that undefined behaviour shows.
//!
//! The core and the derive have no `unsafe` of their own; what zerocopy's derives rest on is checked
//! here. Miri comes with nightly compilers only. Where none can be had, this says so and is never
//! green.

use std::time::Duration;

use anyhow::{anyhow, Result};

use crate::cache;
use crate::outcome::{not_run, Outcome};
use crate::tool::{self, Tool};

/// Whose tests are interpreted: the derive's output, and the records made with it. Of the derive's,
/// those that start compilers and read programs are left out.
const TESTS: [(&str, &[&str]); 2] = [
    ("kserial-derive", &["--test", "bytes", "--test", "layouts"]),
    ("kserial-schemas", &["--tests"]),
];

pub(crate) fn run() -> Outcome {
    Outcome::from(interpret())
}

fn interpret() -> Result<()> {
    install()?;
    for (package, tests) in TESTS {
        Tool::new("rustup")
            .args(["run", "nightly", "cargo", "miri", "test", "--package", package])
            .args(tests)
            .env("CARGO_TARGET_DIR", cache::target("miri"))
            // Not the symbolic check of alignment: rows are lent where they happen to be aligned.
            .env("MIRIFLAGS", "-Zmiri-strict-provenance")
            .dir(cache::checkout())
            .limit(Duration::from_secs(3600))
            .what(format!("{package} in Miri"))
            .run()?;
    }
    Ok(())
}

/// A nightly compiler with Miri, fetched where it is missing.
fn install() -> Result<()> {
    let rustup = tool::find("rustup").ok_or_else(|| not_run(&anyhow!("there is no rustup")))?;
    let miri = || {
        let version = ["run", "nightly", "cargo", "miri", "--version"];
        Tool::new(&rustup).args(version).output()
    };
    if miri().is_err() {
        let log = cache::folder("logs")?.join("rustup-miri.log");
        let add = ["component", "add", "--toolchain", "nightly", "miri", "rust-src"];
        let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
        let with = ["--component", "miri", "--component", "rust-src", "--no-self-update"];
        // A nightly that is here is kept, and added to.
        if Tool::new(&rustup).args(add).run_logged(&log).is_err() {
            // What went wrong is in the log; whether it is here now is asked below.
            let _ = Tool::new(&rustup).args(install).args(with).run_logged(&log);
        }
    }
    let none = |_| not_run(&anyhow!("no nightly compiler with Miri is here, and none to be had"));
    miri().map(drop).map_err(none)
}
