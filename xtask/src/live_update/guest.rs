//! Building the guest's `/init`: static, as the initrd holds no libraries.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache;
use crate::tool::Tool;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Builds it and says where it is.
pub(crate) fn build() -> Result<PathBuf> {
    let folder = cache::own_folder("guest")?;
    Tool::cargo()
        .args(["build", "--quiet", "--release", "--package", "kserial-lab-guest"])
        .args(["--bin", "lab-init", "--target", TARGET])
        .args(["--target-dir".as_ref(), folder.as_path()])
        .dir(cache::checkout())
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .what("building the guest program")
        .run_logged(&cache::folder("logs")?.join("guest.log"))?;
    Ok(folder.join(TARGET).join("release/lab-init"))
}
