//! What a SOURCE on the command line stands for.

use std::fmt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{config, of_source};
use crate::catalogue::CatalogueError;
use crate::kernel::{Declared, Identity, Kernel, Unread};
use crate::lock;
use crate::name::Name;
use crate::schema::LayoutDoc;
use crate::source;

/// Why a SOURCE stands for nothing. (What could not be read is no such error: it is noted in the
/// kernel, and becomes a finding.)
#[derive(Debug)]
pub enum OpenError {
    /// The catalogue has no such kernel.
    Catalogue(CatalogueError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalogue(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {}

/// The kernel that `spec` stands for: `linux:7.3`, `running`, a schema in TOML, or a file or folder.
///
/// # Errors
/// Where `spec` names an entry that the catalogue does not have. A file that cannot be read gives a
/// kernel that says so.
pub fn open(spec: &str) -> Result<Kernel, OpenError> {
    open_with(spec, None)
}

/// The same, with the configuration that it was built with, for what does not carry its own.
///
/// # Errors
/// As [`open`].
pub fn open_with(spec: &str, config: Option<&source::Config>) -> Result<Kernel, OpenError> {
    let mut kernel = known_as(spec, config)?;
    if let Some(config) = config {
        config::give(&mut kernel, config);
    }
    Ok(kernel)
}

fn known_as(spec: &str, config: Option<&source::Config>) -> Result<Kernel, OpenError> {
    if let Some(name) = spec.strip_prefix("linux:") {
        return Kernel::of_linux(name).map_err(OpenError::Catalogue);
    }
    let path = Path::new(spec);
    let name = Name::of(path.file_name().map_or(path, Path::new)).to_string();
    let name = name.as_str();
    if path.extension().is_some_and(|extension| extension == "toml") {
        return Ok(of_toml(name, path));
    }
    let opened = match spec {
        "running" => source::Kernel::running(),
        _ => source::Kernel::open(path),
    };
    match opened {
        Ok(mut opened) => {
            if let Some(config) = config {
                opened.give_config(config);
            }
            of_source(name, &opened).map_err(OpenError::Catalogue)
        }
        Err(error) => Ok(unreadable(name, Unread::of(&error))),
    }
}

fn of_toml(name: &str, path: &Path) -> Kernel {
    let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
    let parsed = read.and_then(|text| {
        let mut kernel = match lock::Lock::parse(&text) {
            Ok(lock) => of_lock(name, &lock)?,
            Err(_) => Kernel::from_toml(name, &text).map_err(|error| error.to_string())?,
        };
        // An extract keeps the sum of what it stands for; a schema that was written is itself.
        if kernel.identity.sha256.is_none() {
            kernel.identity.sha256 = Some(super::hex(&Sha256::digest(&text)));
        }
        Ok(kernel)
    });
    parsed.unwrap_or_else(|why| unreadable(name, Unread { what: name.to_owned(), why }))
}

/// A lock file stands for the newest generation of its record.
fn of_lock(name: &str, lock: &lock::Lock) -> Result<Kernel, String> {
    let mut kernel = Kernel::new(Identity { name: name.to_owned(), ..Identity::default() });
    let newest = lock.generations().last();
    let newest = newest.ok_or_else(|| "the lock holds no generation yet".to_owned())?;
    kernel.records.push(Declared::plain(LayoutDoc::of(newest)));
    Ok(kernel)
}

fn unreadable(name: &str, unread: Unread) -> Kernel {
    let mut kernel = Kernel::new(Identity { name: name.to_owned(), ..Identity::default() });
    kernel.unread.push(unread);
    kernel
}
