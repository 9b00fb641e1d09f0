//! The data files of the corpus.

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::Deserialize;

/// What can be said of a member, all of it optional: a type says some, a policy some, an edit some.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the words are those of lock files")]
pub struct Member {
    pub name: Option<String>,
    pub kind: Option<String>,
    pub bits: Option<Step>,
    pub count: Option<Step>,
    pub default: Option<i64>,
    pub critical: Option<bool>,
    pub key: Option<bool>,
    pub legacy: Option<bool>,
    pub sensitive: Option<bool>,
    pub unit: Option<String>,
    pub values: Option<Vec<Value>>,
    pub child: Option<String>,
    /// The ID of the nested record that it belongs to.
    pub within: Option<u16>,
    /// What it is about; otherwise its type's name.
    pub means: Option<String>,
    /// The words that are taken back.
    #[serde(default)]
    pub drop: Vec<String>,
}

/// A number, or how it becomes another.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Step {
    /// This number.
    To(u32),
    /// `twice`, `half`, `two more`, `one less`.
    By(String),
}

/// Values that a member may take.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Value {
    /// One with a name.
    Named {
        /// Its name.
        name: String,
        /// The value.
        value: i64,
        /// What it is about; otherwise its name.
        means: Option<String>,
    },
    /// All from the one to the other.
    Range {
        /// The smallest.
        low: i64,
        /// The largest.
        high: i64,
    },
}

/// A member's type, or a policy: words under a name.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// What it says.
    pub says: Member,
}

/// Something that developers do.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    /// What it is called.
    pub name: String,
    /// The types that it is tried on.
    pub of: Vec<String>,
    /// The policies.
    pub under: Vec<String>,
    /// The second member's type; `same` is the first one's.
    pub twin: Option<String>,
    /// The first version does not have the member.
    #[serde(default)]
    pub absent: bool,
    /// The first version keeps room where the member will be.
    #[serde(default)]
    pub reserved: bool,
    /// Said of the member in the first version already.
    #[serde(default)]
    pub start: Edit,
    /// Neither layouts nor history show it.
    #[serde(default)]
    pub cannot_know: bool,
    /// What makes each next version.
    pub edits: Vec<Edit>,
}

/// What makes the next version: what is said of the member from now on, and what is done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "toml::Table")]
pub struct Edit {
    /// What is said.
    pub says: Member,
    /// What is done.
    pub does: Deed,
}

impl TryFrom<toml::Table> for Edit {
    type Error = toml::de::Error;

    fn try_from(mut table: toml::Table) -> Result<Self, Self::Error> {
        const DEEDS: [&str; 9] =
            ["added", "gone", "at", "gap", "id", "swap", "border", "told", "record"];
        let mut deeds = toml::Table::new();
        for word in DEEDS {
            deeds.extend(table.remove_entry(word));
        }
        Ok(Self { says: table.try_into()?, does: deeds.try_into()? })
    }
}

/// What is done to a member as a whole.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deed {
    /// It comes: at the `front`, in the `middle`, at the `end`, or `in the gap` that was kept.
    pub added: Option<String>,
    /// It goes: `retired` or `forgotten`.
    pub gone: Option<String>,
    /// It moves to the `end`.
    pub at: Option<String>,
    /// Free bits before it.
    pub gap: Option<u8>,
    /// It gets this ID, and its old one is retired.
    pub id: Option<u16>,
    /// It and its twin exchange IDs.
    #[serde(default)]
    pub swap: bool,
    /// So many bits of it go to its twin.
    pub border: Option<u8>,
    /// New names are written into the lock.
    #[serde(default)]
    pub told: bool,
    /// What is said of the record.
    pub record: Option<Record>,
}

/// What is said of a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the words are those of lock files")]
pub struct Record {
    pub name: Option<String>,
    pub align: Option<u8>,
    pub critical: Option<bool>,
    pub required: Option<bool>,
}

/// A change by the name that it has among those who compare checkers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its name there.
    pub name: String,
    /// The case that it is.
    pub is: String,
}

/// All of the data.
#[derive(Clone, Debug)]
pub struct Words {
    /// What members can be.
    pub types: Vec<Named>,
    /// What can be said of them.
    pub policies: Vec<Named>,
    /// What is done.
    pub changes: Vec<Change>,
    /// The changes that others compare by.
    pub known: Vec<Known>,
}

/// Where the data is.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-corpus/changes")
}

impl Words {
    /// Reads the data.
    ///
    /// # Panics
    /// With the file and the line where it is broken.
    #[must_use]
    pub fn read() -> Self {
        #[derive(Deserialize)]
        struct Types {
            r#type: Vec<toml::Table>,
        }
        #[derive(Deserialize)]
        struct Policies {
            policy: Vec<toml::Table>,
        }
        #[derive(Deserialize)]
        struct Changes {
            change: Vec<Change>,
        }
        #[derive(Deserialize)]
        struct Field {
            known: Vec<Known>,
        }
        let named = |tables: Vec<toml::Table>| tables.into_iter().map(named).collect();
        Self {
            types: named(parse::<Types>("types.toml").r#type),
            policies: named(parse::<Policies>("policies.toml").policy),
            changes: parse::<Changes>("changes.toml").change,
            known: parse::<Field>("field.toml").known,
        }
    }

    /// The type of this name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn type_of(&self, name: &str) -> &Named {
        self.types.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no type \"{name}\""))
    }

    /// The policy of this name.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn policy(&self, name: &str) -> &Named {
        let found = self.policies.iter().find(|policy| policy.name == name);
        found.unwrap_or_else(|| panic!("no policy \"{name}\""))
    }
}

fn parse<T: DeserializeOwned>(file: &str) -> T {
    let path = folder().join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
}

/// A table's name, and the rest of it as words of a member.
fn named(mut table: toml::Table) -> Named {
    let name = table.remove("name");
    let name = name.as_ref().and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let says = table.try_into().unwrap_or_else(|error| panic!("\"{name}\": {error}"));
    Named { name, says }
}
