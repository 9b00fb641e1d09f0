//! The manifest: what is preserved, as an orchestrator knows it before any of it is written.
//!
//! ```json
//! {
//!   "schema": "kserial-manifest/1",
//!   "sessions": [{
//!     "name": "vm-17",
//!     "files": [
//!       { "token": "0x11", "handler": "memfd-v2", "members": { "3": 6 }, "max_order": 9 },
//!       { "token": 18, "handler": "vfio-pci-v2" }
//!     ]
//!   }],
//!   "flbs": [{ "name": "pci", "users": 1 }],
//!   "subtrees": ["memblock"]
//! }
//! ```
//!
//! Members are known by their IDs in the catalogue (3 of a memfd are its seals). What is left out is
//! not known, and a condition on it stays a condition; `sessions` and their files are all there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer};

use super::{FileInUse, InUse};
use crate::name::Name;

/// The name and version of the form.
const SCHEMA: &str = "kserial-manifest/1";

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: String,
    sessions: Vec<Session>,
    #[serde(default)]
    flbs: Vec<Flb>,
    subtrees: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Session {
    name: String,
    files: Vec<File>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct File {
    token: Token,
    handler: String,
    #[serde(default)]
    members: BTreeMap<String, u64>,
    max_order: Option<u32>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Flb {
    name: String,
    users: u64,
}

/// A token: a number, or one as text, for many programs lose digits of large numbers.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
struct Token(#[cfg_attr(test, schemars(with = "TokenForm"))] u64);

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum TokenForm {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parsed = match TokenForm::deserialize(deserializer)? {
            TokenForm::Number(number) => Ok(number),
            TokenForm::Text(text) => match text.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => text.parse(),
            },
        };
        parsed.map(Self).map_err(serde::de::Error::custom)
    }
}

/// Why a text is no manifest.
#[derive(Debug)]
pub struct ManifestError(String);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no manifest: {}", self.0)
    }
}

impl std::error::Error for ManifestError {}

/// Whether `bytes` are meant to be a manifest: the first thing in them opens an object.
#[must_use]
pub fn is_one(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// What the manifest `json` says is preserved.
///
/// # Errors
/// Where it is none.
pub fn read(json: &[u8]) -> Result<InUse, ManifestError> {
    let manifest: Manifest =
        serde_json::from_slice(json).map_err(|error| ManifestError(error.to_string()))?;
    if manifest.schema != SCHEMA {
        let what = format!("the form is \"{}\", \"{SCHEMA}\" is wanted", manifest.schema);
        return Err(ManifestError(what));
    }
    check_doubles(&manifest.sessions)?;
    let mut in_use = InUse { sessions: manifest.sessions.len() as u64, ..InUse::default() };
    for session in manifest.sessions {
        in_use.files.extend(session.files.into_iter().map(|file| FileInUse {
            session: session.name.clone().into_bytes(),
            token: file.token.0,
            handler: file.handler.into_bytes(),
            members: file.members,
            max_order: file.max_order,
        }));
    }
    in_use.flbs = manifest.flbs.into_iter().map(|flb| (flb.name.into_bytes(), flb.users)).collect();
    in_use.subtrees = manifest.subtrees;
    Ok(in_use)
}

/// LUO has one session of a name, and one file of a token in it: who says that there are two is mistaken,
/// and nobody can tell in what else.
fn check_doubles(sessions: &[Session]) -> Result<(), ManifestError> {
    let mut names = BTreeSet::new();
    for session in sessions {
        let name = Name(session.name.as_bytes());
        if !names.insert(&session.name) {
            return Err(ManifestError(format!("it has two sessions {name}")));
        }
        let mut tokens = BTreeSet::new();
        if let Some(file) = session.files.iter().find(|file| !tokens.insert(file.token.0)) {
            let token = file.token.0;
            return Err(ManifestError(format!("session {name} has two files {token:#x}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_manifest() {
        crate::report::assert_published::<Manifest>("manifest.schema.json");
    }
}
