//! Which input a verdict speaks of.

use serde::{Deserialize, Serialize};

/// Who an input is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Identity {
    /// What it was called on the command line; paths without their folders.
    pub name: String,
    /// How much of a kernel it is.
    #[serde(default)]
    pub scope: Scope,
    /// The kernel's release, as `uname -r` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The architecture, as `uname -m` shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
    /// Bytes of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// SHA-256 of the file, in hexadecimal; of a folder, that of the kernel in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The build ID that the linker left, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_id: Option<String>,
}

/// How much of a kernel an input is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// All of it: what is not found is not there.
    Kernel,
    /// Its types (BTF) without its bytes: no version string can be found.
    Types,
    /// A module, a program, a schema: only what it declares is judged.
    #[default]
    Objects,
}
