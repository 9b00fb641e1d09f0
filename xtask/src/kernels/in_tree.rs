//! What of the project lies in the kernel's tree: `kernel/liveupdate/kserial/`.
//!
//! The last patch hooks that directory in; this copies it there. Files that have not changed keep
//! their time, so that a make builds only what has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::source::short;
use crate::cache;

/// What is copied, and what it is called there.
const PARTS: [(&str, &str); 9] = [
    ("kernel-bindings/Kbuild", "Kbuild"),
    ("kernel-bindings/Kconfig", "Kconfig"),
    ("kernel-bindings/exports.c", "exports.c"),
    ("kernel-bindings/liveupdate", "liveupdate"),
    ("kernel-bindings/memfd", "memfd"),
    ("kernel-bindings/kunit", "kunit"),
    ("tests/c-reader/samples/one.image", "kunit/one.image"),
    ("kserial/src", "kserial/src"),
    ("kserial-derive/src", "kserial-derive/src"),
];

/// Copies it into a source tree, and says a hash of it all.
pub(super) fn copy(tree: &Path) -> Result<String> {
    let into = tree.join("kernel/liveupdate/kserial");
    let mut wanted = BTreeSet::new();
    let mut hash = Sha256::new();
    for (from, name) in PARTS {
        let from = cache::checkout().join(from);
        for file in files(&from)? {
            let to = match file.strip_prefix(&from) {
                Ok(rest) if !rest.as_os_str().is_empty() => into.join(name).join(rest),
                _ => into.join(name),
            };
            let bytes = fs::read(&file)?;
            hash.update(to.strip_prefix(&into)?.as_os_str().as_encoded_bytes());
            hash.update(&bytes);
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::create_dir_all(to.parent().unwrap_or(&into))?;
                fs::write(&to, bytes).with_context(|| format!("cannot write {}", to.display()))?;
            }
            wanted.insert(to);
        }
    }
    for file in files(&into)? {
        if !wanted.contains(&file) {
            fs::remove_file(file)?;
        }
    }
    Ok(short(hash))
}

/// All files below a path, in order; the path itself where it is a file.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        all.extend(files(&entry?.path())?);
    }
    all.sort();
    Ok(all)
}
