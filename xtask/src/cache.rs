//! Where fetched and built things are kept: outside the checkout, so that a fresh clone finds them.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, Context, Result};

use crate::tool::Tool;

/// The cache's folder: `$KSERIAL_CACHE`, else `$XDG_CACHE_HOME/kserial`, else `~/.cache/kserial`.
pub(crate) fn root() -> Result<PathBuf> {
    let path = if let Some(path) = env::var_os("KSERIAL_CACHE") {
        PathBuf::from(path)
    } else if let Some(path) = env::var_os("XDG_CACHE_HOME") {
        Path::new(&path).join("kserial")
    } else {
        let home = env::var_os("HOME").ok_or_else(|| {
            anyhow!("neither KSERIAL_CACHE nor HOME is set: no place for a cache")
        })?;
        Path::new(&home).join(".cache/kserial")
    };
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    path.canonicalize().with_context(|| format!("cannot resolve {}", path.display()))
}

/// A folder inside the cache, created if it is missing.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let path = root()?.join(name);
    fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
    Ok(path)
}

/// A folder for what cargo builds of this checkout with other flags or compilers. Checkouts must not
/// share one: cargo takes what another has built for this one's.
pub(crate) fn target(name: &str) -> PathBuf {
    checkout().join("target").join(name)
}

/// Waits until nobody else works on a part of the cache. Work on it ends when the file is dropped.
pub(crate) fn lock(name: &str) -> Result<File> {
    let path = folder("locks")?.join(name);
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("  waiting for another run that works on {name}");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// The bytes that are left where they are fewest: for this checkout, for the cache, for temporary files.
pub(crate) fn room() -> Result<u64> {
    let places = [checkout().to_owned(), root()?, env::temp_dir()];
    let table = Tool::new("df").args(["--output=avail", "--block-size=1"]).args(places).output()?;
    let left = table.lines().skip(1).filter_map(|line| line.trim().parse().ok());
    left.min().context("df says nothing")
}

/// The checkout that this command was built from.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
