//! Finding a kernel and its modules below a directory: a build tree, an unpacked package,
//! `/lib/modules/RELEASE`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{Place, Problem, SourceError};

const DEPTH: usize = 64;
const ENTRIES: usize = 1 << 20;

/// What was found below a directory.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kernel: Option<PathBuf>,
    /// In the order of their paths.
    pub(super) modules: Vec<PathBuf>,
}

/// Looks below a directory. Links to directories are not followed: `build` and `source` of an
/// installed kernel lead out of it.
pub(super) fn search(root: &Path) -> Result<Found, SourceError> {
    let mut kernels = Vec::new();
    let mut modules = BTreeSet::new();
    let mut entries = 0;
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let place = Place::file(&folder);
        let io = |error| place.error(Problem::Io(error));
        for entry in fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            entries += 1;
            if entries > ENTRIES || depth > DEPTH {
                return Err(Place::file(root).error(Problem::DirectoryTooLarge));
            }
            let kind = entry.file_type().map_err(io)?;
            let (path, name) = (entry.path(), entry.file_name());
            // What is not UTF-8 is no name that the kernel's build gives.
            let name = name.to_str().unwrap_or_default();
            if kind.is_dir() {
                open.push((path, depth + 1));
            } else if is_module(name) {
                modules.insert(path);
            } else if let Some((rank, version)) = kernel_name(name) {
                // A link may lead to a directory, or nowhere.
                if fs::metadata(&path).is_ok_and(|meta| meta.is_file()) {
                    let version = version_of_target(&path).unwrap_or_else(|| version.to_owned());
                    kernels.push(Candidate { depth, rank, version, path });
                }
            }
        }
    }
    let kernel = choose(kernels).map_err(|problem| Place::file(root).error(problem))?;
    if kernel.is_none() && modules.is_empty() {
        return Err(Place::file(root).error(Problem::NothingInDirectory));
    }
    Ok(Found { kernel, modules: modules.into_iter().collect() })
}

#[derive(Debug)]
struct Candidate {
    depth: usize,
    rank: u32,
    version: String,
    path: PathBuf,
}

/// The one that is nearest to the root: a build tree has others further down. Of several forms of
/// one kernel in one directory, the one that needs no unpacking.
fn choose(mut all: Vec<Candidate>) -> Result<Option<PathBuf>, Problem> {
    let Some(depth) = all.iter().map(|candidate| candidate.depth).min() else { return Ok(None) };
    all.retain(|candidate| candidate.depth == depth);
    all.sort_by(|a, b| (a.rank, &a.path).cmp(&(b.rank, &b.path)));
    let mut files = BTreeSet::new();
    // The same file may bear several names.
    all.retain(|candidate| {
        files.insert(candidate.path.canonicalize().unwrap_or_else(|_| candidate.path.clone()))
    });
    let first = &all[0];
    let same = |other: &Candidate| {
        other.version == first.version && other.path.parent() == first.path.parent()
    };
    if all.iter().all(same) {
        return Ok(Some(all.swap_remove(0).path));
    }
    Err(Problem::SeveralKernels(all.into_iter().map(|candidate| candidate.path).collect()))
}

/// `vmlinuz` may be a link to `vmlinuz-7.3.4`.
fn version_of_target(path: &Path) -> Option<String> {
    let target = path.canonicalize().ok()?;
    let (_, version) = kernel_name(target.file_name()?.to_str()?)?;
    Some(version.to_owned())
}

fn is_module(name: &str) -> bool {
    [".ko", ".ko.gz", ".ko.xz", ".ko.zst"].iter().any(|end| name.ends_with(end))
}

/// How much one would rather read it than another, and its version: `vmlinuz-7.3.4`.
fn kernel_name(name: &str) -> Option<(u32, &str)> {
    let stem = ["", ".gz", ".xz", ".zst"].iter().find_map(|end| {
        let stem = name.strip_suffix(end)?;
        (!end.is_empty()).then_some(stem)
    });
    let packed = u32::from(stem.is_some());
    let stem = stem.unwrap_or(name);
    let (rank, rest) = [(0, "vmlinux"), (2, "vmlinuz"), (2, "bzImage")]
        .iter()
        .find_map(|&(rank, prefix)| Some((rank, stem.strip_prefix(prefix)?)))?;
    // Beside them lie `vmlinux.o`, `vmlinux.lds`, `vmlinux-gdb.py`.
    let version = match rest.strip_prefix('-') {
        Some(version) if version.starts_with(|first: char| first.is_ascii_digit()) => version,
        None if rest.is_empty() => "",
        _ => return None,
    };
    Some((rank + packed, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_known_by_its_name() {
        let cases = [
            ("vmlinux", Some((0, ""))),
            ("vmlinux-7.3.4", Some((0, "7.3.4"))),
            ("vmlinux-7.3.4.xz", Some((1, "7.3.4"))),
            ("vmlinuz-7.3.4+deb13-amd64", Some((2, "7.3.4+deb13-amd64"))),
            ("bzImage", Some((2, ""))),
            ("vmlinux.o", None),
            ("vmlinux.unstripped", None),
            ("vmlinux-gdb.py", None),
            ("System.map", None),
        ];
        for (name, expected) in cases {
            assert_eq!(kernel_name(name), expected, "{name}");
        }
    }
}
