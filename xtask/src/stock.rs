//! `cargo xtask stock`: kernels as Debian ships them, as real input for the checker.
//!
//! The image of a kernel lies in `linux-binary-VERSION`. For each minor version offered the newest
//! is taken: no patch level is pinned, as the archive forgets old ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, Context, Result};

use crate::cache;
use crate::debian::{self, Archive};
use crate::outcome::{not_run, Outcome};

/// Fetches Debian's stock kernel images and prints their paths.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these minor versions (such as 7.2); without any, all that are offered.
    minors: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(fetch(&options.minors).map(|images| {
        for image in images {
            println!("{}", image.display());
        }
    }))
}

/// Fetches the newest kernel of each minor version asked for. What is not offered is "not run".
pub(crate) fn fetch(minors: &[String]) -> Result<Vec<PathBuf>> {
    let archive = Archive::open().map_err(|error| not_run(&error))?;
    let packages = offered(&archive, minors).map_err(|error| not_run(&error))?;
    packages.iter().map(|package| image(&archive, package)).collect()
}

/// The packages of these minor versions; without any, of all.
fn offered(archive: &Archive, minors: &[String]) -> Result<Vec<String>> {
    let newest = newest_per_minor(&archive.names("linux-binary-")?);
    let mut wanted = Vec::new();
    for minor in minors {
        let minor = parse_minor(minor)
            .ok_or_else(|| anyhow!("{minor} is no minor version: say one like 7.2"))?;
        let found = newest
            .get(&minor)
            .ok_or_else(|| anyhow!("the archive offers no kernel {}.{}", minor.0, minor.1))?;
        wanted.push(found);
    }
    if minors.is_empty() {
        wanted.extend(newest.values());
    }
    if wanted.is_empty() {
        return Err(anyhow!("the archive offers no linux-binary package"));
    }
    Ok(wanted.into_iter().map(|(_, package)| package.clone()).collect())
}

fn image(archive: &Archive, package: &str) -> Result<PathBuf> {
    let into = cache::folder("stock")?.join(package);
    let find = || find_image(&into);
    if find().is_none() {
        let newest = archive.newest(package).map_err(|error| not_run(&error))?;
        let deb = archive.download(package, &newest).map_err(|error| not_run(&error))?;
        debian::unpack(&deb, &into)?;
        fs::remove_file(deb)?;
    }
    find().with_context(|| format!("{package} holds no vmlinuz"))
}

/// Up to Debian 13 an image is `/boot/vmlinuz-RELEASE`; since then it lies beside its modules.
fn find_image(package: &Path) -> Option<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
    entries(package.join("boot"))
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("/boot/vmlinuz-"))
        .or_else(|| {
            entries(package.join("usr/lib/modules"))
                .map(|entry| entry.path().join("vmlinuz"))
                .find(|path| path.is_file())
        })
}

type Release = (u32, u32, u32);

/// The newest package of each minor version; those of flavours (rt, cloud, unsigned) do not count.
fn newest_per_minor(packages: &[String]) -> BTreeMap<(u32, u32), (Release, String)> {
    let mut newest = BTreeMap::new();
    for package in packages {
        let Some(release) = parse_package(package) else { continue };
        let entry =
            newest.entry((release.0, release.1)).or_insert_with(|| (release, package.clone()));
        if entry.0 < release {
            *entry = (release, package.clone());
        }
    }
    newest
}

/// `linux-binary-7.2.13+deb14-amd64`
fn parse_package(package: &str) -> Option<Release> {
    let (release, flavour) = package.strip_prefix("linux-binary-")?.split_once('+')?;
    let (build, arch) = flavour.split_once('-')?;
    if arch != "amd64" || !build.starts_with("deb") {
        return None;
    }
    let mut parts = release.split('.').map(str::parse);
    let release = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?);
    parts.next().is_none().then_some(release)
}

/// `7.2`
pub(crate) fn parse_minor(minor: &str) -> Option<(u32, u32)> {
    let (major, minor) = minor.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_patch_level_of_each_minor_version_is_taken() {
        let names = [
            "linux-binary-6.19.6+deb13-amd64",
            "linux-binary-6.19.14+deb13-amd64",
            "linux-binary-7.2.12+deb13-amd64",
            "linux-binary-7.2.13+deb14-amd64",
            "linux-binary-7.3.9+deb13-rt-amd64",
            "linux-binary-7.3.4+deb13-cloud-amd64",
            "linux-binary-unsigned-7.3.4+deb13-amd64",
        ]
        .map(str::to_owned);
        let newest = newest_per_minor(&names);
        let taken: Vec<_> = newest.into_values().map(|(_, name)| name).collect();
        assert_eq!(taken, ["linux-binary-6.19.14+deb13-amd64", "linux-binary-7.2.13+deb14-amd64"]);
    }
}
