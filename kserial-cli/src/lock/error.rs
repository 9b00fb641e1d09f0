//! Why a layout and a lock do not go together.

use std::fmt;

use kserial::lock::Contradiction;

/// Why a text is no lock, or what a layout does that its lock forbids.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LockError {
    /// The text is no TOML, or says something that locks do not say.
    Text(String),
    /// A generation is no layout.
    Generation {
        /// Counted from 1, the oldest.
        number: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The lock is another record's.
    Record {
        /// The lock's record.
        lock: String,
        /// The layout's.
        layout: String,
    },
    /// An ID means something else than it did.
    Contradicted {
        /// The record.
        record: String,
        /// The member, and what about it.
        contradiction: Contradiction,
        /// The member's name when it was last written down.
        was: Option<String>,
        /// Its name now.
        is: Option<String>,
    },
}

impl LockError {
    /// Whether the lock was readable and the layout contradicts it, as opposed to no lock at all.
    #[must_use]
    pub fn is_contradiction(&self) -> bool {
        matches!(self, Self::Contradicted { .. } | Self::Record { .. })
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(what) => write!(f, "not a lock file: {what}"),
            Self::Generation { number, what } => {
                write!(f, "generation {number} of the lock is no layout: {what}")
            }
            Self::Record { lock, layout } => write!(
                f,
                "this is the lock of {lock}, and the layout is one of {layout}: a record's name \
                 stays for ever"
            ),
            Self::Contradicted { record, contradiction, was, is } => {
                write!(f, "record {record}, member {}", contradiction.path)?;
                match (was, is) {
                    (Some(was), Some(is)) if was != is => write!(f, " ({was}, now {is})")?,
                    (Some(name), _) | (None, Some(name)) => write!(f, " ({name})")?,
                    (None, None) => {}
                }
                write!(f, ": {}", contradiction.what.sentence())
            }
        }
    }
}

impl std::error::Error for LockError {}
