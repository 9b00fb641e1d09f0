//! Building what runs inside a guest: static, as the initrd holds no libraries.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::tool::Tool;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Builds the guest's `/init`, and says where it is.
pub(crate) fn init() -> Result<PathBuf> {
    build("kserial-lab-guest", "lab-init")
}

/// Builds the command `kserial`: the same program for guests and for this machine.
pub(crate) fn kserial() -> Result<PathBuf> {
    build("kserial-cli", "kserial")
}

fn build(package: &str, name: &str) -> Result<PathBuf> {
    let folder = cache::target("programs");
    Tool::cargo()
        .args(["build", "--quiet", "--release", "--package", package, "--bin", name])
        .args(["--target", TARGET])
        .args(["--target-dir".as_ref(), folder.as_path()])
        .dir(cache::checkout())
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .limit(Duration::from_secs(1800))
        .what(format!("building {name}"))
        .run_logged(&cache::folder("logs")?.join(format!("{name}.log")))?;
    Ok(folder.join(TARGET).join("release").join(name))
}
