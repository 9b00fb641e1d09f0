//! The parts of upstream's live update.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::LayoutDoc;

/// A part of a kernel that hands state over and takes it up, guarded by a version string.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Component {
    /// What it is called in reports: `kho`, `luo`, `memfd`.
    pub name: String,
    /// Which part of the whole it is.
    pub part: Part,
    /// The component that must have been accepted before this one is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// The version strings that it may write: one, or several where the image does not tell which.
    /// None where the string of what is above it guards it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
    /// The version strings that it accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<String>,
    /// What it is, where no version string of its own says so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// How all this is known.
    #[serde(default)]
    pub evidence: Evidence,
    /// Nobody has read it in a source; it was concluded.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inferred: bool,
    /// The module that holds it, where it is not built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// What this kernel does with another version.
    #[serde(default)]
    pub on_other: Effect,
    /// What this kernel does where the old one handed over none of it.
    #[serde(default)]
    pub on_absent: Effect,
    /// What a kernel without this component does with its state.
    #[serde(default)]
    pub on_unknown: Effect,
    /// What there must be none of for a kernel that does not know the component.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rows: String,
    /// A text in the image that shows the component to be there, where its version is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// Structs behind the string that the kernel's BTF does not have: what became of them is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The structs behind the string. None, and `evidence` no string alone: there are none.
    #[serde(default, rename = "layout", skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<LayoutDoc>,
}

/// Which part of the whole a component is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The KHO root: read first, in early boot.
    Root,
    /// How preserved memory is listed.
    MemoryMap,
    /// State that another subsystem hands over beside LUO.
    Subtree,
    /// LUO's own root.
    Orchestrator,
    /// Its sessions, with their files.
    Sessions,
    /// Its file-lifecycle-bound objects.
    Flbs,
    /// A kind of file.
    FileHandler,
    /// A user of FLBs.
    FlbUser,
}

/// What a kernel does at run time when it is handed what it does not take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing is lost.
    #[default]
    Nothing,
    /// A line in the log.
    Warning,
    /// It stays preserved, and nobody ever claims it.
    Leaked,
    /// One file or object is lost.
    Lost,
    /// The bytes are taken for something else.
    Misread,
    /// The kernel oopses when the state is first used.
    Oops,
    /// No session can be reached until the next reboot.
    SessionsLost,
    /// The kernel panics while it boots.
    Panic,
    /// It boots without the handover, and preserved memory goes to the page allocator.
    MemoryLost,
}

/// How a fact is known, the weakest first.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A version string that the catalogue does not know; no layout.
    #[default]
    StringAlone,
    /// No version string, but the structs are in the BTF.
    Btf,
    /// A version string, and what the catalogue says of it.
    CatalogueByString,
    /// What the catalogue says of a release.
    Catalogue,
    /// A version string and the structs in the BTF.
    BtfAndString,
    /// The kernel's configuration, embedded or given beside it.
    Config,
    /// A KSerial note.
    Note,
    /// A schema that was given.
    Schema,
}

impl Component {
    /// The layout of the record called `record`.
    #[must_use]
    pub fn layout(&self, record: &str) -> Option<&LayoutDoc> {
        self.layouts.iter().find(|layout| layout.name == record)
    }

    /// Whether the structs are known; if there are none then because there are none.
    #[must_use]
    pub fn has_known_structs(&self) -> bool {
        self.evidence != Evidence::StringAlone
    }
}

impl Effect {
    /// Whether nothing that comes later happens any more.
    #[must_use]
    pub fn ends_it(self) -> bool {
        matches!(self, Self::Panic | Self::MemoryLost)
    }
}

impl Evidence {
    /// The words for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StringAlone => "string alone",
            Self::Btf => "BTF",
            Self::CatalogueByString => "catalogue by string",
            Self::Catalogue => "catalogue",
            Self::BtfAndString => "BTF and version string",
            Self::Config => "kernel configuration",
            Self::Note => "KSerial note",
            Self::Schema => "schema",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
