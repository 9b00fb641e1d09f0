//! The kernel that runs, as it shows itself in `/sys` and `/proc`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::binary::{Binary, BtfBytes, Role};
use super::config::Config;
use super::directory;
use super::elf::loose_notes;
use super::error::{Place, Problem, SourceError};
use super::file::read_live;
use super::identity::{Architecture, Identity};
use super::note::Note;

/// A running kernel, seen through its file systems.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) kernel: Binary,
    pub(super) modules: Vec<Binary>,
    pub(super) cmdline: Option<String>,
}

impl Running {
    /// Reads what is shown below `root`, which is `/` but for tests.
    pub(super) fn read(root: &Path, page_size: Option<u32>) -> Result<Self, SourceError> {
        let config_path = root.join("proc/config.gz");
        let config = read_live(&config_path)?
            .map(|bytes| Config::of_file(bytes, Place::file(&config_path)))
            .transpose()?;
        let notes_path = root.join("sys/kernel/notes");
        let notes = match read_live(&notes_path)? {
            Some(bytes) => loose_notes(&bytes, &Place::file(&notes_path))?,
            None => return Err(Place::file(&notes_path).error(Problem::NotShown)),
        };
        let release = word(&root.join("proc/sys/kernel/osrelease"))?;
        let machine = word(&root.join("proc/sys/kernel/arch"))?;
        let machine = machine.as_deref().unwrap_or(std::env::consts::ARCH);
        let identity = Identity {
            release,
            build_id: notes.iter().find_map(Note::build_id).map(<[u8]>::to_vec),
            architecture: Architecture::named(machine),
            page_size,
        };
        let data = image_of(root, &identity).and_then(|image| image.data);
        let kernel = Binary {
            place: Place::file(root).part("the running kernel"),
            role: Role::Kernel,
            btf: btf(&root.join("sys/kernel/btf/vmlinux"))?,
            identity,
            config,
            notes,
            data,
            file: None,
            sha256: OnceLock::new(),
        };
        let modules = modules(root, &kernel.identity)?;
        Ok(Running { kernel, modules, cmdline: word(&root.join("proc/cmdline"))? })
    }
}

/// The loaded modules, in the order of their names.
fn modules(root: &Path, kernel: &Identity) -> Result<Vec<Binary>, SourceError> {
    let mut modules = Vec::new();
    let files = kernel.release.as_ref().map(|release| root.join("lib/modules").join(release));
    let files = files.and_then(|folder| directory::search(&folder).ok());
    let files = files.map(|found| found.modules).unwrap_or_default();
    for folder in entries(&root.join("sys/module"))? {
        // What is built in has a folder too if it has parameters, but is never initialised.
        if read_live(&folder.join("initstate"))?.is_none() {
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut notes = Vec::new();
        for path in entries(&folder.join("notes"))? {
            if let Some(bytes) = read_live(&path)? {
                notes.extend(loose_notes(&bytes, &Place::file(&path))?);
            }
        }
        let build_id = notes.iter().find_map(Note::build_id).map(<[u8]>::to_vec);
        let data = build_id.as_ref().and_then(|id| file_of(&files, &name, id)?.data);
        modules.push(Binary {
            place: Place::file(&folder),
            btf: btf(&root.join("sys/kernel/btf").join(&name))?,
            role: Role::Module { name },
            identity: Identity { build_id, ..kernel.clone() },
            config: None,
            notes,
            data,
            file: None,
            sha256: OnceLock::new(),
        });
    }
    Ok(modules)
}

/// The file that a module was loaded from, for its text: again only the build ID proves it.
fn file_of(files: &[PathBuf], name: &str, build_id: &[u8]) -> Option<Binary> {
    let is_named = |path: &&PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str()).unwrap_or_default();
        file.split_once(".ko").is_some_and(|(stem, _)| stem.replace('-', "_") == name)
    };
    let named = files.iter().filter(is_named).filter_map(|path| Binary::open(path).ok());
    named.into_iter().find(|file| file.identity.build_id.as_deref() == Some(build_id))
}

/// BTF that is shown; an empty file says as much as none.
fn btf(path: &Path) -> Result<BtfBytes, SourceError> {
    Ok(match read_live(path)? {
        Some(blob) if !blob.is_empty() => BtfBytes::Found { blob, base: None },
        _ => BtfBytes::Absent,
    })
}

/// The image that this very kernel was started from, for the text in it, which a running kernel
/// does not show. Only the build ID proves it: the name of a file does not.
fn image_of(root: &Path, running: &Identity) -> Option<Binary> {
    let release = running.release.as_ref()?;
    running.build_id.as_ref()?;
    [
        format!("usr/lib/debug/boot/vmlinux-{release}"),
        format!("lib/modules/{release}/build/vmlinux"),
        format!("lib/modules/{release}/vmlinux"),
        format!("usr/lib/modules/{release}/vmlinuz"),
        format!("lib/modules/{release}/vmlinuz"),
        format!("boot/vmlinuz-{release}"),
    ]
    .iter()
    .filter_map(|path| Binary::open(&root.join(path)).ok())
    .find(|image| image.identity.build_id == running.build_id)
}

/// The files in a folder, sorted; none if there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let io = |error| Place::file(folder).error(Problem::Io(error));
    let listing = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(io)?,
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(io)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A file of one line, without its end.
fn word(path: &Path) -> Result<Option<String>, SourceError> {
    Ok(read_live(path)?.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}
