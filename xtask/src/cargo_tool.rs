//! Subcommands of cargo that stages use: from the cache, or installed into it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::outcome::not_run;
use crate::tool::Tool;

/// The program of a subcommand, such as `cargo-deny`.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let root = cache::folder("tools")?;
    let program = root.join("bin").join(name);
    if !program.exists() {
        eprintln!("  installing {name}");
        Tool::cargo()
            .args(["install", "--quiet", "--locked", name])
            .args(["--root".as_ref(), root.as_path()])
            .dir(cache::checkout())
            .limit(Duration::from_secs(3600))
            .what(format!("installing {name}"))
            .run_logged(&cache::folder("logs")?.join(format!("{name}.log")))
            .map_err(|error| not_run(&error))?;
    }
    Ok(program)
}
