//! The configurations that the lab builds.
//!
//! Each is `make tinyconfig` and the fragments in `xtask/lab/`. An option that a fragment asks for
//! and the kernel's own rules drop is an error: without it a missing `libclang` would quietly give
//! a kernel without Rust.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};

use crate::cache;

/// A configuration of the lab.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Variant {
    /// Small: what a live update needs.
    Plain,
    /// With what distributions switch on: KASLR, transparent huge pages, NUMA, memory cgroups.
    Distro,
    /// With what finds mistakes: lockdep, page poisoning, checks of Kexec Handover.
    Debug,
}

impl Variant {
    /// What a mixed pair is: the older kernel is as distributions build it, the newer finds mistakes,
    /// so that each update goes from one to the other.
    pub(crate) fn of(generation: Generation) -> Self {
        match generation {
            Generation::First => Self::Distro,
            Generation::Second => Self::Debug,
        }
    }

    /// The fragments, in the order in which they are merged.
    pub(crate) fn fragments(self) -> Vec<PathBuf> {
        let own: &[&str] = match self {
            Self::Plain => &[],
            Self::Distro => &["distro.config"],
            Self::Debug => &["debug.config"],
        };
        let dir = cache::checkout().join("xtask/lab");
        ["lab.config"].iter().chain(own).map(|name| dir.join(name)).collect()
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Distro => "distro",
            Self::Debug => "debug",
        })
    }
}

/// Which of the two shapes of its records a kernel has. They differ in more than an append.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, clap::ValueEnum)]
pub(crate) enum Generation {
    /// What is updated from.
    #[value(name = "1")]
    First,
    /// What is updated to.
    #[value(name = "2")]
    Second,
}

impl Generation {
    /// The number that Kconfig knows it by.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
        }
    }
}

/// Checks that a configuration came out as the fragments ask.
pub(crate) fn check(config: &Path, fragments: &[PathBuf]) -> Result<()> {
    let got =
        fs::read_to_string(config).with_context(|| format!("cannot read {}", config.display()))?;
    let mut asked = std::collections::BTreeMap::new();
    for fragment in fragments {
        let text = fs::read_to_string(fragment)
            .with_context(|| format!("cannot read {}", fragment.display()))?;
        for line in text.lines() {
            if let Some(name) = option(line) {
                asked.insert(name.to_owned(), line.to_owned());
            }
        }
    }
    let dropped: Vec<&str> = asked
        .iter()
        .filter(|(name, line)| {
            let here = got.lines().find(|l| option(l) == Some(name));
            // An option that does not exist, or cannot be seen, is off.
            here.map_or(line.starts_with("CONFIG_"), |l| l != line.as_str())
        })
        .map(|(_, line)| line.as_str())
        .collect();
    if !dropped.is_empty() {
        bail!("the kernel's configuration dropped {}: see its Kconfig", dropped.join(", "));
    }
    Ok(())
}

/// The option that a line of a configuration is about.
fn option(line: &str) -> Option<&str> {
    line.strip_prefix("# ")
        .and_then(|line| line.strip_suffix(" is not set"))
        .or_else(|| line.split_once('=').map(|(name, _)| name))
        .filter(|name| name.starts_with("CONFIG_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_configuration_names_its_option() {
        assert_eq!(option("CONFIG_RUST=y"), Some("CONFIG_RUST"));
        assert_eq!(option("# CONFIG_RANDOMIZE_BASE is not set"), Some("CONFIG_RANDOMIZE_BASE"));
        assert_eq!(option("# the machine"), None);
        assert_eq!(option(""), None);
    }
}
