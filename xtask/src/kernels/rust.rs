//! What Rust in the kernel needs beside the compiler: bindgen, libclang, the library's source.
//!
//! The environment made here goes to *every* make, that of the configuration too: a make that does
//! not find them drops `CONFIG_RUST` without a word.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{anyhow, Result};

use crate::cache;
use crate::debian::{self, Archive};
use crate::tool::{self, Tool};

/// The line of bindgen that the lab's kernels are built with.
const BINDGEN: &str = "~0.73";
const LIBCLANG: &str = "/usr/lib/llvm-19/lib";

/// What was found or installed.
pub(crate) struct Rust {
    /// What `rustc --version` says.
    pub(crate) version: String,
    /// The source of the standard library, where it is not the toolchain's own.
    library: Option<PathBuf>,
}

/// Finds or installs what is needed.
pub(crate) fn prepare() -> Result<Rust> {
    let version = Tool::new("rustc").args(["--version"]).dir(cache::checkout()).output()?;
    bindgen()?;
    let library = library(version.split(' ').nth(1).unwrap_or_default())?;
    Ok(Rust { version: version.trim().to_owned(), library })
}

/// Gives a make what it needs to find Rust.
pub(crate) fn environment(rust: &Rust, make: Tool) -> Result<Tool> {
    let mut path = vec![cache::root()?.join("tools/bin")];
    path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let mut make = make.env("PATH", env::join_paths(path)?).env("LIBCLANG_PATH", LIBCLANG);
    if let Some(library) = &rust.library {
        make = make.env("RUST_LIB_SRC", library);
    }
    Ok(make)
}

fn bindgen() -> Result<()> {
    let root = cache::folder("tools")?;
    if root.join("bin/bindgen").exists() {
        return Ok(());
    }
    Tool::cargo()
        .args(["install", "--quiet", "--locked", "bindgen-cli", "--version", BINDGEN])
        .args(["--root".as_ref(), root.as_path()])
        .dir(cache::checkout())
        .limit(Duration::from_secs(1200))
        .what("installing bindgen")
        .run_logged(&cache::folder("logs")?.join("bindgen.log"))
}

/// The toolchain's own source, from rustup; else Debian's package of the same version.
fn library(version: &str) -> Result<Option<PathBuf>> {
    let sysroot =
        Tool::new("rustc").args(["--print", "sysroot"]).dir(cache::checkout()).output()?;
    let own = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if own.exists() {
        return Ok(None);
    }
    if tool::find("rustup").is_some() {
        let added = Tool::new("rustup")
            .args(["component", "add", "rust-src"])
            .dir(cache::checkout())
            .run_logged(&cache::folder("logs")?.join("rust-src.log"));
        if added.is_ok() && own.exists() {
            return Ok(None);
        }
    }
    let unpacked = cache::folder("rust-src")?.join(version);
    let library = unpacked.join(format!("usr/src/rustc-{version}/library"));
    if !library.exists() {
        let archive = Archive::open()?;
        let package = archive
            .versions("rust-src")?
            .into_iter()
            .find(|package| package.starts_with(&format!("{version}+")))
            .ok_or_else(|| {
                anyhow!("neither rustup nor Debian offers the library's source of Rust {version}")
            })?;
        debian::unpack(&archive.download("rust-src", &package)?, &unpacked)?;
    }
    Ok(Some(library))
}
