//! Building the targets, instrumented, with the compiler that is there.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::outcome::not_run;
use crate::setup::{self, Need};
use crate::tool::Tool;

/// libFuzzer is C++, the second reader is C.
const NEEDS: &[Need] = &[Need::program("g++", "g++"), Need::program("gcc", "gcc")];

/// What `cargo fuzz` gives a compiler, less the sanitizers: a counter for each edge, a table of where
/// they are, and the operands of comparisons.
const FLAGS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// The folder of the targets' programs, built if they are not up to date.
pub(super) fn programs() -> Result<PathBuf> {
    setup::install(NEEDS).map_err(|error| not_run(&error))?;
    let folder = cache::checkout().join("fuzz");
    let target = match env::var_os("CARGO_TARGET_DIR") {
        Some(own) => Path::new(&own).join("fuzz"),
        None => folder.join("target"),
    };
    let host = host()?;
    // With a target named, what runs while compiling is left as it is.
    Tool::cargo()
        .args(["build", "--locked", "--release", "--features", "second-reader", "--target", &host])
        .args(["--target-dir".as_ref(), target.as_os_str()])
        .env("RUSTFLAGS", FLAGS.join(" "))
        .dir(folder)
        .limit(Duration::from_secs(3600))
        .what("building the fuzz targets")
        .run_logged(&cache::folder("logs")?.join("fuzz-build.log"))?;
    Ok(target.join(host).join("release"))
}

fn host() -> Result<String> {
    let about = Tool::new("rustc").args(["-vV"]).dir(cache::checkout()).output()?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("rustc -vV names no host"))
}
