//! The data files of `schemas/`, by name.

use sha2::{Digest, Sha256};

pub(crate) use kserial_schemas::data::{LINUX, POSTED, RULES};

/// The text of the file called `name`, without its ending.
pub(crate) fn file(files: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    files.iter().find(|(stem, _)| *stem == name).map(|(_, text)| *text)
}

/// A short name for exactly these files: what a report says its answers rest on.
pub(crate) fn version(sets: &[&[(&str, &str)]]) -> String {
    let mut sum = Sha256::new();
    for (stem, text) in sets.iter().copied().flatten() {
        for part in [stem, text] {
            sum.update(part.len().to_le_bytes());
            sum.update(part.as_bytes());
        }
    }
    sum.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
