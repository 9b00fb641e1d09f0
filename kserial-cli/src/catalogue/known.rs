//! What the catalogue knows of version strings that are found in an image.

use super::{component, release, CatalogueError};
use crate::data;
use crate::kernel::{Component, Evidence};

/// Every version of every component that is in a release, and of those that are in none.
pub struct Known {
    /// Each with the name of its file; those of the newest release first, what was only posted last.
    versions: Vec<(&'static str, Component)>,
    /// The files that make each release, the newest first.
    releases: Vec<Vec<String>>,
}

impl Known {
    /// All of them.
    ///
    /// # Errors
    /// Where the data is broken.
    pub fn load() -> Result<Self, CatalogueError> {
        let releases = release::compositions()?;
        let age = |file: &str| releases.iter().position(|r| r.iter().any(|own| own == file));
        let files = data::LINUX.iter().filter(|(name, _)| *name != "releases");
        let versions = files.map(|(name, _)| Ok((*name, component(name)?)));
        let mut versions: Vec<_> = versions.collect::<Result<_, CatalogueError>>()?;
        versions.sort_by_key(|(file, _)| age(file).unwrap_or(usize::MAX));
        let is_released = |name: &str| versions.iter().any(|(_, known)| known.name == name);
        let posted = release::posted_components()?.into_iter();
        let posted: Vec<_> = posted.filter(|(_, known)| !is_released(&known.name)).collect();
        versions.extend(posted);
        Ok(Self { versions, releases })
    }

    /// The beginnings of version strings, as in `memfd-v`: what an image is searched for.
    #[must_use]
    pub fn prefixes(&self) -> Vec<&str> {
        let strings = self.versions.iter().flat_map(|(_, known)| &known.writes);
        let mut prefixes: Vec<&str> = strings.filter_map(|string| prefix(string)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
    }

    /// The texts that show a component whose version is no text.
    pub fn markers(&self) -> impl Iterator<Item = &str> {
        self.versions.iter().filter_map(|(_, known)| known.marker.as_deref())
    }

    /// The component that has `string`, as well as it is known: an unknown version is taken for
    /// another one of the same component in all but its structs, and so is one under whose string
    /// different structs were posted.
    #[must_use]
    pub fn by_string(&self, string: &str) -> Option<Component> {
        let has = |known: &&Component| known.writes.iter().any(|own| own == string);
        let mut versions = self.newest_first().filter(has);
        if let Some(known) = versions.next() {
            if versions.all(|other| other.layouts == known.layouts) {
                return Some(Component { evidence: Evidence::CatalogueByString, ..known.clone() });
            }
        }
        let of_family = |known: &&Component| {
            known.writes.iter().any(|own| prefix(own).is_some() && prefix(own) == prefix(string))
        };
        let relative = self.newest_first().find(of_family)?;
        Some(Component {
            writes: vec![string.to_owned()],
            accepts: vec![string.to_owned()],
            evidence: Evidence::StringAlone,
            inferred: true,
            layouts: Vec::new(),
            ..relative.clone()
        })
    }

    /// The components without a version string of their own, the newest first.
    pub fn guarded(&self) -> impl Iterator<Item = &Component> {
        self.newest_first().filter(|known| known.writes.is_empty() || known.marker.is_some())
    }

    /// Whether a release has both; of a version that is in no release, whether the newest one that
    /// has the component has the other.
    #[must_use]
    pub fn go_together(&self, above: &Component, guarded: &Component) -> bool {
        let files = |wanted: &dyn Fn(&Component) -> bool| -> Vec<&str> {
            let wanted = self.versions.iter().filter(|(_, known)| wanted(known));
            wanted.map(|(file, _)| *file).collect()
        };
        let named = |known: &Component| known.name == above.name;
        let mut above_files = files(&|known| named(known) && known.writes == above.writes);
        if above_files.is_empty() {
            above_files = files(&named).into_iter().take(1).collect();
        }
        let guarded_files =
            files(&|known| known.name == guarded.name && known.layouts == guarded.layouts);
        let has = |release: &[String], files: &[&str]| {
            files.iter().any(|file| release.iter().any(|own| own == file))
        };
        self.releases.iter().any(|r| has(r, &above_files) && has(r, &guarded_files))
    }

    /// All versions of all components, those of the newest release first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Component> {
        self.versions.iter().map(|(_, known)| known)
    }
}

/// A version string without its number: `memfd-v` of `memfd-v2`.
fn prefix(string: &str) -> Option<&str> {
    let prefix = string.trim_end_matches(|c: char| c.is_ascii_digit());
    (prefix.len() < string.len() && prefix.ends_with('v')).then_some(prefix)
}
