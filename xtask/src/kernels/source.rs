//! A kernel's source: Debian's package, unpacked, with the project's patches on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::Variant;
use crate::cache;
use crate::debian::{self, Archive};
use crate::outcome::not_run;
use crate::tool::Tool;

/// A source tree ready to be built from.
pub(crate) struct Source {
    /// The version of the Debian package.
    pub(crate) package: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// The patches, in the order in which they apply.
fn patches() -> Result<Vec<PathBuf>> {
    let dir = cache::checkout().join("kernel-bindings/patches");
    let mut patches = Vec::new();
    for entry in fs::read_dir(&dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "patch") {
            patches.push(path);
        }
    }
    patches.sort();
    Ok(patches)
}

/// Fetches and unpacks the newest source of a minor version. A tree's name holds its package's
/// version and a hash of the patches, and it gets that name when it is complete.
///
/// Each variant has a tree of its own: what is built in is copied into the tree, so that two builds
/// of one tree must not run at a time.
pub(crate) fn fetch(minor: &str, variant: Variant) -> Result<Source> {
    let archive = Archive::open().map_err(|error| not_run(&error))?;
    let name = format!("linux-source-{minor}");
    let package = archive.newest(&name).map_err(|error| not_run(&error))?;

    let patches = patches()?;
    let mut hash = Sha256::new();
    for patch in &patches {
        hash.update(fs::read(patch)?);
    }
    let own = match variant {
        Variant::Plain => String::new(),
        Variant::Distro | Variant::Debug => format!("-{variant}"),
    };
    let tree = format!("{package}-{}{own}", short(hash));
    let folder = cache::folder("sources")?;
    let path = folder.join(&tree);
    if path.exists() {
        return Ok(Source { package, path });
    }

    let deb = archive.download(&name, &package).map_err(|error| not_run(&error))?;
    let unpacking = folder.join(format!("{tree}.unpacking"));
    debian::unpack(&deb, &unpacking)?;
    let tar = unpacking.join(format!("usr/src/{name}.tar.xz"));
    let tree = unpacking.join("tree");
    fs::create_dir(&tree)?;
    Tool::new("tar")
        .args(["--strip-components=1", "-xf"])
        .args([tar.as_path(), "-C".as_ref(), &tree])
        .env("XZ_OPT", "-T0")
        .what(format!("unpacking {name} {package}"))
        .run()?;
    for patch in &patches {
        apply(patch, &tree)?;
    }
    fs::rename(&tree, &path)?;
    fs::remove_dir_all(unpacking)?;
    fs::remove_file(deb)?;
    Ok(Source { package, path })
}

fn apply(patch: &Path, tree: &Path) -> Result<()> {
    Tool::new("patch")
        .args(["-p1", "--forward", "--no-backup-if-mismatch", "--batch", "-s", "-i"])
        .args([patch])
        .dir(tree)
        .limit(Duration::from_secs(60))
        .run()
        .with_context(|| format!("{} no longer applies: adapt it", patch.display()))
}

/// The first twelve digits of a hash, for names.
pub(crate) fn short(hash: Sha256) -> String {
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
