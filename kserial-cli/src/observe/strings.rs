//! Version strings in an image, and the components they stand for.

use crate::catalogue::Known;
use crate::kernel::{Component, Evidence};
use crate::source::{Binary, SourceError};

/// The texts that were looked for and found.
pub(super) struct Found {
    texts: Vec<String>,
}

/// Looks for version strings and for the few other texts that tell something.
pub(super) fn find(binary: &Binary, known: &Known) -> Result<Found, SourceError> {
    let prefixes = known.prefixes();
    let markers: Vec<&str> = known.markers().chain(["transparent_hugepage="]).collect();
    let is_version = |text: &str| {
        let rest = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix));
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let found = binary.find_texts(|text| is_version(text) || markers.contains(&text))?;
    let mut texts: Vec<String> = found.into_iter().map(|text| text.text).collect();
    texts.sort();
    texts.dedup();
    Ok(Found { texts })
}

impl Found {
    pub(super) fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|found| found == text)
    }

    /// The components that the strings stand for, and those that have no string of their own.
    pub(super) fn components(&self, known: &Known, with_guarded: bool) -> Vec<Component> {
        let mut components: Vec<Component> = Vec::new();
        for text in &self.texts {
            let Some(component) = known.by_string(text) else { continue };
            match components.iter_mut().find(|other| other.name == component.name) {
                Some(other) => {
                    other.writes.extend(component.writes);
                    other.accepts.extend(component.accepts);
                    other.evidence = Evidence::StringAlone;
                    other.layouts.clear();
                }
                None => components.push(component),
            }
        }
        if with_guarded {
            for guarded in known.guarded() {
                let above = components.iter().find(|c| Some(&c.name) == guarded.under.as_ref());
                let is_there = match &guarded.marker {
                    Some(marker) => self.has(marker),
                    None => above.is_some_and(|above| known.go_together(above, guarded)),
                };
                let has = components.iter().any(|component| component.name == guarded.name);
                if is_there && !has {
                    let evidence = match above.map(|above| above.evidence) {
                        Some(Evidence::StringAlone) => Evidence::StringAlone,
                        _ => Evidence::CatalogueByString,
                    };
                    components.push(Component { evidence, ..guarded.clone() });
                }
            }
        }
        components
    }
}
