//! The built-in catalogue: `linux:7.3`, `linux:posted/pci-v1`.
//!
//! Its data is `schemas/linux/`; nothing about a Linux release is written in code. Files are parsed
//! when they are asked for, and once.

mod known;
mod release;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

pub use known::Known;
pub use release::releases;

use crate::data;
use crate::kernel::Component;

/// Why the catalogue has no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CatalogueError {
    /// There is no such entry.
    Unknown {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A data file is broken: a mistake of this program.
    Broken {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { asked, known } => {
                let (posted, releases): (Vec<&str>, Vec<&str>) =
                    known.iter().map(String::as_str).partition(|name| name.contains('/'));
                write!(
                    f,
                    "the catalogue has no linux:{asked}\n  releases: linux:{}\n  posted series: linux:{}",
                    releases.join(", linux:"),
                    posted.join(", linux:")
                )
            }
            Self::Broken { file, why } => write!(f, "the catalogue's {file}.toml: {why}"),
        }
    }
}

impl std::error::Error for CatalogueError {}

/// Which catalogue this is.
#[must_use]
pub fn version() -> String {
    data::version(&[data::LINUX, data::POSTED])
}

/// The component that the file `name` describes.
pub(crate) fn component(name: &str) -> Result<Component, CatalogueError> {
    static PARSED: Mutex<BTreeMap<String, Component>> = Mutex::new(BTreeMap::new());
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(component) = parsed.get(name) {
        return Ok(component.clone());
    }
    let broken = |why: String| CatalogueError::Broken { file: name.to_owned(), why };
    let text =
        data::file(data::LINUX, name).ok_or_else(|| broken("there is no such file".into()))?;
    let component: Component = toml::from_str(text).map_err(|e| broken(e.to_string()))?;
    parsed.insert(name.to_owned(), component.clone());
    Ok(component)
}
