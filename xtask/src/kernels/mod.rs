//! `cargo xtask kernels`: kernels of the lab, built from Debian's sources.
//!
//! Debian's own kernels are built without Kexec Handover, so the lab builds its own: the newest
//! source package of a minor version, the [patches](source), a small [configuration](config), and
//! [Rust](rust). A build takes ten minutes on two cores and is kept in the cache under a key of
//! everything that went into it; only what the project builds in is [brought up to date](in_tree),
//! which takes a minute.

mod build;
mod config;
mod in_tree;
mod rust;
mod source;

use std::fs::File;
use std::path::PathBuf;

use anyhow::{anyhow, bail, Result};

pub(crate) use config::{Generation, Variant};

use crate::cache;
use crate::debian::Archive;
use crate::outcome::{not_run, Outcome};
use crate::setup;
use crate::stock::parse_minor;
use crate::tool::Tool;

/// The first minor version whose handover (KHO v4, LUO v5) the lab is made for.
const OLDEST: (u32, u32) = (7, 2);

/// Fetches and builds kernels with Kexec Handover, Live Update and Rust.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// A minor version such as 7.2 (may be repeated); without any, the two newest offered.
    #[arg(long = "version", value_name = "MINOR")]
    versions: Vec<String>,
    /// Which configuration.
    #[arg(long, value_enum, default_value_t = Variant::Plain)]
    variant: Variant,
    /// The first as distributions configure it, all others with what finds mistakes.
    #[arg(long, conflicts_with = "variant")]
    mixed: bool,
    /// The shape of the records; without it, the first for the older and the second for the newer.
    #[arg(long, value_enum)]
    generation: Option<Generation>,
    /// Build even what is in the cache already.
    #[arg(long)]
    force: bool,
}

/// What to do about a kernel that is in the cache.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cached {
    /// Bring what the project builds in up to date.
    Update,
    /// Take it as it was built.
    AsBuilt,
    /// Build it again.
    Rebuild,
}

/// A kernel that was built. Of one version and configuration there is one at a time: whoever asks for
/// it again waits until this one is dropped.
pub(crate) struct Kernel {
    /// The minor version, such as 7.2.
    pub(crate) minor: String,
    /// The version of the package that its source came from.
    pub(crate) package: String,
    /// Its source.
    pub(crate) source: PathBuf,
    /// Where it was built.
    pub(crate) build: PathBuf,
    /// The shape of its records.
    pub(crate) generation: Generation,
    /// Its configuration.
    pub(crate) variant: Variant,
    /// While somebody has this kernel, nobody else builds it anew.
    _lock: File,
}

impl Kernel {
    /// The image that QEMU and kexec take.
    pub(crate) fn image(&self) -> PathBuf {
        self.build.join("arch/x86/boot/bzImage")
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(build_all(options))
}

fn build_all(options: &Options) -> Result<()> {
    let versions =
        if options.versions.is_empty() { two_newest()?.to_vec() } else { options.versions.clone() };
    let cached = if options.force { Cached::Rebuild } else { Cached::Update };
    for (place, version) in versions.iter().enumerate() {
        let generation = options.generation.unwrap_or(match place {
            0 => Generation::First,
            _ => Generation::Second,
        });
        let variant = if options.mixed { Variant::of(generation) } else { options.variant };
        let kernel = prepare(version, generation, variant, cached)?;
        println!("{}  {}  {}", kernel.minor, kernel.package, kernel.image().display());
    }
    Ok(())
}

/// The two newest minor versions whose source is offered, the older one first.
pub(crate) fn two_newest() -> Result<[String; 2]> {
    let archive = Archive::open().map_err(|error| not_run(&error))?;
    let names = archive.names("linux-source-").map_err(|error| not_run(&error))?;
    let mut minors: Vec<_> = names
        .iter()
        .filter_map(|name| parse_minor(name.strip_prefix("linux-source-")?))
        .filter(|minor| *minor >= OLDEST)
        .collect();
    minors.sort_unstable();
    let [.., older, newer] = minors.as_slice() else {
        return Err(not_run(&anyhow!("the archive offers fewer than two kernels to build")));
    };
    Ok([older, newer].map(|(major, minor)| format!("{major}.{minor}")))
}

/// A make in a kernel's build folder, with what Rust needs.
pub(crate) fn make(kernel: &Kernel, what: String) -> Result<Tool> {
    build::make(kernel, &rust::prepare()?, what)
}

/// Finds a kernel in the cache, or fetches and builds it. What of the project is built in is
/// brought up to date.
pub(crate) fn prepare(
    minor: &str,
    generation: Generation,
    variant: Variant,
    cached: Cached,
) -> Result<Kernel> {
    if parse_minor(minor).is_none_or(|minor| minor < OLDEST) {
        bail!("{minor}: say a minor version of at least {}.{}, like 7.2", OLDEST.0, OLDEST.1);
    }
    setup::install(setup::KERNEL).map_err(|error| not_run(&error))?;
    let lock = cache::lock(&format!("linux-{minor}-{variant}"))?;
    let fetched = source::fetch(minor, variant)?;
    let rust = rust::prepare().map_err(|error| not_run(&error))?;
    let key = build::key(&fetched, variant, &rust)?;
    let name = format!("{}-{variant}{}-{key}", fetched.package, generation.number());
    let kernel = Kernel {
        minor: minor.to_owned(),
        package: fetched.package,
        source: fetched.path,
        build: cache::folder("kernels")?.join(name),
        generation,
        variant,
        _lock: lock,
    };
    let built = build::built(&kernel);
    if cached == Cached::AsBuilt && built.is_some() {
        return Ok(kernel);
    }
    let content = in_tree::copy(&kernel.source)?;
    let built = built.filter(|_| cached != Cached::Rebuild);
    build::build(&kernel, variant, &rust, &content, built.as_deref())?;
    Ok(kernel)
}
