//! Members as text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Id, Number};

/// A member in words. What is left out has its plain meaning: one element, no default, no flag.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MemberDoc {
    /// The path of IDs.
    pub id: Id,
    /// The present name.
    pub name: String,
    /// The kind's name, as [`kserial::Kind::name`] has it.
    pub kind: String,
    /// The first bit, from the row's start.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bit: u32,
    /// Bits of one element; 0 for a group.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bits: u32,
    /// Elements of an array; none for a single value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// What a reader takes where the writer had no such member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Number>,
    /// A reader that does not know the member refuses rows that differ from the default.
    #[serde(default, skip_serializing_if = "is_false")]
    pub critical: bool,
    /// Rows are found by this member.
    #[serde(default, skip_serializing_if = "is_false")]
    pub key: bool,
    /// Still read, never written.
    #[serde(default, skip_serializing_if = "is_false")]
    pub legacy: bool,
    /// Shown only to those who ask for it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// The unit of the value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The values it may take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueDoc>,
    /// The record whose rows an end mark counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<String>,

    /// Its path of names in C, where that is not the name; a dot enters a nested struct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c: Option<String>,
    /// Other names that C had or has for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aka: Vec<String>,
    /// The value of this C enumerator, which both kernels must have; no bits of the struct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enumerator: Option<String>,
    /// Belongs to what carries the record (a version string, say): gone where an image carries it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub envelope: bool,
    /// A virtual address of the kernel that wrote it: nothing to the one that reads, and no member of
    /// an image.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pointer: bool,
    /// The raw address of a sequence, which in an image is a child table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// What a raw address of a sequence becomes in an image: an end mark into a child table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The end mark's ID.
    pub id: Id,
    /// The child record.
    pub record: String,
}

/// Values that a member may take.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ValueDoc {
    /// A value of an enum.
    Named {
        /// Its name.
        name: String,
        /// The value.
        value: Number,
    },
    /// All from the one to the other.
    Range {
        /// The smallest.
        low: Number,
        /// The largest.
        high: Number,
    },
}

impl fmt::Display for ValueDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { name, value } => write!(f, "{name} = {value}"),
            Self::Range { low, high } if low == high => low.fmt(f),
            Self::Range { low, high } => write!(f, "{low}..={high}"),
        }
    }
}

impl MemberDoc {
    /// The path of names that leads to it in C.
    #[must_use]
    pub fn c_path(&self) -> &str {
        self.c.as_deref().unwrap_or(&self.name)
    }

    /// Whether C has or had it under this path of names.
    #[must_use]
    pub fn is_called(&self, c_path: &str) -> bool {
        self.c_path() == c_path || self.aka.iter().any(|name| name == c_path)
    }

    /// The member as images know it: nothing of where C keeps it.
    #[must_use]
    pub fn of_kind(id: Id, name: &str, kind: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            kind: kind.to_owned(),
            bit: 0,
            bits: 0,
            count: None,
            default: None,
            critical: false,
            key: false,
            legacy: false,
            sensitive: false,
            unit: String::new(),
            values: Vec::new(),
            child: None,
            c: None,
            aka: Vec::new(),
            enumerator: None,
            envelope: false,
            pointer: false,
            table: None,
        }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}
