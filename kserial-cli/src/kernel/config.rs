//! What is built into a kernel, and how that is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Evidence;

/// The options of a kernel's configuration that bear on a live update.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Each option without `CONFIG_`. One that is not listed is unknown.
    #[serde(default)]
    pub options: BTreeMap<String, Setting>,
}

/// How an option is set, and how that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Whether it is built in or, for a module, available.
    pub on: bool,
    /// What says so.
    pub evidence: Evidence,
}

/// The options that are looked at.
pub(crate) const OPTIONS: [&str; 5] = [
    "KEXEC_HANDOVER",
    "KEXEC_HANDOVER_ENABLE_DEFAULT",
    "LIVEUPDATE",
    "LIVEUPDATE_MEMFD",
    "TRANSPARENT_HUGEPAGE",
];

impl Config {
    /// Whether `option` is on; `None` where that is unknown.
    #[must_use]
    pub fn get(&self, option: &str) -> Option<bool> {
        self.options.get(option).map(|setting| setting.on)
    }

    /// Notes how `option` is set, unless something better has said so before.
    pub fn note(&mut self, option: &str, on: bool, evidence: Evidence) {
        let setting = Setting { on, evidence };
        self.options
            .entry(option.to_owned())
            .and_modify(|known| {
                if evidence > known.evidence {
                    *known = setting;
                }
            })
            .or_insert(setting);
    }
}
