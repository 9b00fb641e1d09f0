//! KSerial records as a kernel's notes declare them.

use serde::{Deserialize, Serialize};

use super::Evidence;
use crate::schema::LayoutDoc;

/// A record that a kernel writes, reads or needs, in one layout.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Declared {
    /// It writes rows of this layout.
    #[serde(default = "yes")]
    pub writes: bool,
    /// It reads into rows of this layout.
    #[serde(default = "yes")]
    pub reads: bool,
    /// It cannot do without the record.
    #[serde(default, skip_serializing_if = "is_false")]
    pub requires: bool,
    /// What takes the record across.
    #[serde(default)]
    pub carrier: Carrier,
    /// The module that declares it, where it is not built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// How this is known.
    #[serde(default = "schema")]
    pub evidence: Evidence,
    /// The layout.
    #[serde(flatten)]
    pub layout: LayoutDoc,
}

impl Declared {
    /// A record of this layout that is written and read, whatever carries it.
    #[must_use]
    pub fn plain(layout: LayoutDoc) -> Self {
        Self {
            writes: true,
            reads: true,
            requires: false,
            carrier: Carrier::Rows,
            module: None,
            evidence: Evidence::Schema,
            layout,
        }
    }
}

/// What takes a record across.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// The rows of a parent.
    #[default]
    Rows,
    /// A file handler of LUO.
    File,
    /// An FLB of LUO.
    Flb,
    /// A subtree of KHO.
    Subtree,
}

impl Carrier {
    /// The words for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::File => "file handler",
            Self::Flb => "FLB",
            Self::Subtree => "KHO subtree",
        }
    }
}

fn yes() -> bool {
    true
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn schema() -> Evidence {
    Evidence::Schema
}
