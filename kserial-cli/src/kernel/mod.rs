//! A kernel as the verdict sees it.
//!
//! There is one model, whatever it was learnt from: the bytes of a vmlinux, a kernel that runs, an
//! extract that somebody sent, or the built-in catalogue's `linux:7.3`. Everything a verdict needs
//! is in it, so an extract written to TOML stands for its kernel.
//!
//! - **[`Identity`]**: which input this is.
//! - **[`Config`]** and the command line: what is built in, and what is switched on.
//! - **[`Component`]**: a part of upstream's live update (the KHO root, LUO, a file handler) with
//!   the version string it writes, those it accepts, the structs behind them, and what it does when
//!   handed something else.
//! - **[`Declared`]**: a KSerial record from a note.
//! - **[`Unread`]**: what could not be learnt. Nothing unread is ever taken for absent.

mod cmdline;
mod component;
mod config;
mod declared;
mod extract;
mod identity;

pub(crate) use cmdline::flag;
pub use component::{Component, Effect, Evidence, Part};
pub(crate) use config::OPTIONS;
pub use config::{Config, Setting};
pub use declared::{Carrier, Declared};
pub use extract::ExtractError;
pub(crate) use extract::{push_layout, push_members};
pub use identity::{Identity, Scope};

use serde::{Deserialize, Serialize};

/// A kernel, or a few objects of one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Kernel {
    /// Which input this is.
    #[serde(rename = "source")]
    pub identity: Identity,
    /// What is built in.
    #[serde(default)]
    pub config: Config,
    /// The command line, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cmdline: Option<String>,
    /// Modules that are loaded before the first open of `/dev/liveupdate`, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<Vec<String>>,
    /// What could not be learnt.
    #[serde(default, rename = "unread", skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// The parts of upstream's live update, those that guard others first.
    #[serde(default, rename = "component", skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// The KSerial records of its notes.
    #[serde(default, rename = "record", skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Declared>,
    /// Whether the kernel beside it has the same release, which then tells nobody which of them is meant.
    #[serde(skip)]
    pub is_of_shared_release: bool,
}

/// Something that could not be read, so that nobody can tell what it holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unread {
    /// The file, or the part of it.
    pub what: String,
    /// Why it could not be read.
    pub why: String,
}

impl Kernel {
    /// A kernel of which nothing is known yet.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            config: Config::default(),
            cmdline: None,
            loaded: None,
            unread: Vec::new(),
            components: Vec::new(),
            records: Vec::new(),
            is_of_shared_release: false,
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.identity.name
    }

    /// The short name in a sentence: its release where that is known, and no other's beside it.
    #[must_use]
    pub fn release(&self) -> &str {
        let release = self.identity.release.as_deref().filter(|_| !self.is_of_shared_release);
        release.unwrap_or(&self.identity.name)
    }

    /// The component called `name`.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.name == name)
    }

    /// Whether it is a whole kernel, so that what is not found in it is not there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.identity.scope == Scope::Kernel
    }

    /// Whether what is in `module` may be there in time: nobody said that it is not. What is built in
    /// is there.
    #[must_use]
    pub fn may_have(&self, module: Option<&str>) -> bool {
        module.is_none_or(|module| self.has_loaded(module) != Some(false))
    }

    /// Whether the module is known to be loaded in time; `None` where nobody said.
    #[must_use]
    pub fn has_loaded(&self, module: &str) -> Option<bool> {
        let plain = |name: &str| name.replace('-', "_");
        let loaded = self.loaded.as_ref()?;
        Some(loaded.iter().any(|name| plain(name) == plain(module)))
    }
}
