//! What the catalogue knows of version strings that are found in an image.

use super::{component, CatalogueError};
use crate::data;
use crate::kernel::{Component, Evidence};

/// Every version of every component that is in a release or was posted.
pub struct Known {
    versions: Vec<Component>,
}

impl Known {
    /// All of them.
    ///
    /// # Errors
    /// Where the data is broken.
    pub fn load() -> Result<Self, CatalogueError> {
        let files = data::LINUX.iter().filter(|(name, _)| *name != "releases");
        let versions = files.map(|(name, _)| component(name)).collect::<Result<_, _>>()?;
        Ok(Self { versions })
    }

    /// The beginnings of version strings, as in `memfd-v`: what an image is searched for.
    #[must_use]
    pub fn prefixes(&self) -> Vec<&str> {
        let strings = self.versions.iter().flat_map(|known| &known.writes);
        let mut prefixes: Vec<&str> = strings.filter_map(|string| prefix(string)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// The component that has `string`, as well as it is known: an unknown version is taken for
    /// another one of the same component in all but its structs.
    #[must_use]
    pub fn by_string(&self, string: &str) -> Option<Component> {
        let has = |known: &&Component| known.writes.iter().any(|own| own == string);
        if let Some(known) = self.versions.iter().find(has) {
            return Some(Component { evidence: Evidence::CatalogueByString, ..known.clone() });
        }
        let of_family = |known: &&Component| {
            known.writes.iter().any(|own| prefix(own).is_some() && prefix(own) == prefix(string))
        };
        let relative = self.versions.iter().rfind(of_family)?;
        Some(Component {
            writes: vec![string.to_owned()],
            accepts: vec![string.to_owned()],
            evidence: Evidence::StringAlone,
            inferred: true,
            layouts: Vec::new(),
            ..relative.clone()
        })
    }

    /// The version of the component `name` in the file called `file`.
    #[must_use]
    pub fn by_file(&self, file: &str) -> Option<Component> {
        let known = component(file).ok()?;
        Some(Component { evidence: Evidence::CatalogueByString, ..known })
    }

    /// All versions of the component `name`.
    pub fn versions_of<'k>(&'k self, name: &'k str) -> impl Iterator<Item = &'k Component> {
        self.versions.iter().filter(move |known| known.name == name)
    }
}

/// A version string without its number: `memfd-v` of `memfd-v2`.
fn prefix(string: &str) -> Option<&str> {
    let prefix = string.trim_end_matches(|c: char| c.is_ascii_digit());
    (prefix.len() < string.len() && prefix.ends_with('v')).then_some(prefix)
}
