//! Releases: which components make a kernel.

use serde::Deserialize;

use super::{component, CatalogueError};
use crate::data;
use crate::kernel::{Component, Evidence, Identity, Kernel, Scope};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Releases {
    release: Vec<Release>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Release {
    release: String,
    #[serde(default)]
    inferred: bool,
    components: Vec<String>,
}

/// What was posted: a release with some components in place of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    base: String,
    #[serde(default)]
    inferred: bool,
    /// Components of other releases that it has, by file.
    #[serde(default)]
    with: Vec<String>,
    /// Components that are in no release.
    #[serde(default)]
    component: Vec<Component>,
}

/// The releases that the catalogue knows, the oldest first.
///
/// # Errors
/// Where the data is broken.
pub fn releases() -> Result<Vec<String>, CatalogueError> {
    Ok(list()?.into_iter().map(|release| release.release).collect())
}

/// The files that make each release, the newest first.
pub(super) fn compositions() -> Result<Vec<Vec<String>>, CatalogueError> {
    Ok(list()?.into_iter().rev().map(|release| release.components).collect())
}

/// The components that were posted, each with its file; the later versions of one first.
pub(super) fn posted_components() -> Result<Vec<(&'static str, Component)>, CatalogueError> {
    let mut components = Vec::new();
    for (file, text) in data::POSTED.iter().rev() {
        let posted: Posted = toml::from_str(text).map_err(|e| broken(file, &e))?;
        components.extend(posted.component.into_iter().map(|mut component| {
            component.inferred |= posted.inferred;
            (*file, component)
        }));
    }
    Ok(components)
}

impl Kernel {
    /// The catalogue's kernel `linux:<name>`: that release on x86-64 with pages of 4 KiB, with KHO,
    /// LUO, memfd and THP built in and switched on.
    ///
    /// # Errors
    /// Where there is no such entry, or its data is broken.
    pub fn of_linux(name: &str) -> Result<Self, CatalogueError> {
        match name.strip_prefix("posted/") {
            Some(series) => posted(name, series),
            None => {
                let list = list()?;
                let release = list.iter().find(|release| release.release == name);
                let release = release.ok_or_else(|| unknown(name, &list))?;
                compose(release)
            }
        }
    }
}

fn list() -> Result<Vec<Release>, CatalogueError> {
    let text = data::file(data::LINUX, "releases").unwrap_or_default();
    let parsed: Result<Releases, _> = toml::from_str(text);
    parsed.map(|releases| releases.release).map_err(|error| broken("releases", &error))
}

fn compose(release: &Release) -> Result<Kernel, CatalogueError> {
    let mut kernel = Kernel::new(Identity {
        name: format!("linux:{}", release.release),
        scope: Scope::Kernel,
        release: Some(release.release.clone()),
        arch: Some("x86_64".to_owned()),
        page_size: Some(4096),
        ..Identity::default()
    });
    for name in &release.components {
        let inferred = release.inferred;
        let known = component(name)?;
        let inferred = inferred || known.inferred;
        kernel.components.push(Component { evidence: Evidence::Catalogue, inferred, ..known });
    }
    finish(&mut kernel);
    Ok(kernel)
}

fn posted(name: &str, series: &str) -> Result<Kernel, CatalogueError> {
    let text = data::file(data::POSTED, series)
        .ok_or_else(|| unknown(name, &list().unwrap_or_default()))?;
    let posted: Posted = toml::from_str(text).map_err(|e| broken(name, &e))?;
    let mut kernel = Kernel::of_linux(&posted.base)?;
    kernel.identity.name = format!("linux:{name}");
    kernel.identity.release = Some(series.to_owned());
    let with = posted.with.iter().map(|file| component(file)).collect::<Result<Vec<_>, _>>()?;
    for mut component in with.into_iter().chain(posted.component) {
        component.evidence = Evidence::Catalogue;
        component.inferred |= posted.inferred;
        kernel.components.retain(|own| own.name != component.name);
        kernel.components.push(component);
    }
    finish(&mut kernel);
    Ok(kernel)
}

/// Switches on what the catalogue's kernels have switched on, as far as the release has it.
fn finish(kernel: &mut Kernel) {
    kernel.components.sort_by_key(|component| component.part);
    let [kho, luo, memfd] = ["kho", "luo", "memfd"].map(|name| kernel.component(name).is_some());
    let options = [
        ("KEXEC_HANDOVER", kho),
        ("KEXEC_HANDOVER_ENABLE_DEFAULT", kho),
        ("LIVEUPDATE", luo),
        ("LIVEUPDATE_MEMFD", memfd),
        ("TRANSPARENT_HUGEPAGE", true),
    ];
    for (option, on) in options {
        kernel.config.note(option, on, Evidence::Catalogue);
    }
    kernel.cmdline = Some(if luo { "kho=on liveupdate=on" } else { "kho=on" }.to_owned());
}

fn unknown(asked: &str, list: &[Release]) -> CatalogueError {
    let releases = list.iter().map(|release| release.release.clone());
    let posted = data::POSTED.iter().map(|(series, _)| format!("posted/{series}"));
    CatalogueError::Unknown { asked: asked.to_owned(), known: releases.chain(posted).collect() }
}

fn broken(file: &str, error: &toml::de::Error) -> CatalogueError {
    CatalogueError::Broken { file: file.to_owned(), why: error.to_string() }
}
