//! `cargo xtask setup`: installs what stages need from the distribution.

use std::path::Path;

use anyhow::{bail, Result};

use crate::outcome::Outcome;
use crate::tool::{self, Tool};

/// What a kernel build needs. libclang of Debian 12's default, 14, is too old for bindgen.
pub(crate) const KERNEL: &[Need] = &[
    Need::program("gcc", "gcc"),
    Need::program("make", "make"),
    Need::program("flex", "flex"),
    Need::program("bison", "bison"),
    Need::program("bc", "bc"),
    Need::program("perl", "perl"),
    Need::program("cpio", "cpio"),
    Need::program("lz4", "lz4"),
    Need::program("xz", "xz-utils"),
    Need::program("patch", "patch"),
    Need::program("pahole", "pahole"),
    Need::file("/usr/include/libelf.h", "libelf-dev"),
    Need::file("/usr/include/openssl/ssl.h", "libssl-dev"),
    Need::file("/usr/lib/llvm-19/lib/libclang-19.so.1", "libclang1-19"),
];

/// What booting a kernel needs.
pub(crate) const QEMU: &[Need] =
    &[Need::program("qemu-system-x86_64", "qemu-system-x86"), Need::program("gcc", "gcc")];

/// What tests need that hold this project's answers against those of other tools.
pub(crate) const TESTS: &[Need] = &[
    Need::program("gcc", "gcc"),
    Need::program("clang", "clang"),
    Need::program("make", "make"),
    Need::program("python3", "python3"),
    Need::program("pahole", "pahole"),
    Need::program("bpftool", "bpftool"),
    Need::program("readelf", "binutils"),
    Need::program("zstd", "zstd"),
    Need::program("xz", "xz-utils"),
    Need::program("lz4", "lz4"),
    Need::program("dtc", "device-tree-compiler"),
];

/// Installs what stages need with apt-get.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only for these; without any, for all.
    #[arg(value_enum)]
    stages: Vec<Stage>,
}

/// What can be set up.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Stage {
    Kernels,
    LiveUpdate,
    Tests,
}

/// A thing on this machine, and the package that brings it.
pub(crate) struct Need {
    thing: Thing,
    package: &'static str,
}

enum Thing {
    Program(&'static str),
    File(&'static str),
}

impl Need {
    pub(crate) const fn program(name: &'static str, package: &'static str) -> Self {
        Self { thing: Thing::Program(name), package }
    }

    const fn file(path: &'static str, package: &'static str) -> Self {
        Self { thing: Thing::File(path), package }
    }

    fn is_here(&self) -> bool {
        match self.thing {
            Thing::Program(name) => tool::find(name).is_some(),
            Thing::File(path) => Path::new(path).exists(),
        }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    let all = [Stage::Kernels, Stage::LiveUpdate, Stage::Tests];
    let stages = if options.stages.is_empty() { &all } else { options.stages.as_slice() };
    let mut result = Ok(());
    for stage in stages {
        result = result.and_then(|()| match stage {
            Stage::Kernels => install(KERNEL),
            Stage::LiveUpdate => install(QEMU),
            Stage::Tests => install(TESTS),
        });
    }
    Outcome::from(result)
}

/// Installs the packages of those needs that are not met yet.
pub(crate) fn install(needs: &[Need]) -> Result<()> {
    let packages = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if tool::find("apt-get").is_none() {
        bail!("this needs {names}, and only apt-get is known here: install them by hand");
    }
    eprintln!("  installing {names}");
    let apt = || Tool::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive");
    let get = ["install", "-qq", "-y", "--no-install-recommends"];
    let first = apt().args(get).args(&packages).what(format!("apt-get install {names}")).run();
    if first.is_err() {
        // A machine that has never fetched its lists, or whose lists are old.
        apt().args(["-qq", "update"]).run()?;
        apt().args(get).args(&packages).what(format!("apt-get install {names}")).run()?;
    }
    let missing = missing(needs);
    if !missing.is_empty() {
        bail!("apt-get installed {names}, and still not all that they should bring is here");
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let mut packages: Vec<_> =
        needs.iter().filter(|need| !need.is_here()).map(|need| need.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}
