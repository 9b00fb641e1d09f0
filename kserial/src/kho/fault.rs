//! What can be wrong with what a kernel handed over: where, and what.
//!
//! A fault never ends the reading: what it makes unreachable is left out, and everything else is
//! read on. [`Wrong`] has two sorts of variants: those for which something could *not be read*, and
//! those that were read and *do not agree* ([`Wrong::is_disagreement`]).

use core::fmt;
use core::mem::{discriminant, Discriminant};
use std::collections::hash_map::Entry;
use std::collections::HashMap;
use std::string::String;
use std::vec::Vec;

use super::Missing;
use crate::{Path, PhysAddr};

/// Something wrong, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The address.
    pub at: PhysAddr,
    /// What was to be read there.
    pub part: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// The ways in which a handover can be wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Wrong {
    /// The memory at hand does not have the address.
    Missing,
    /// The address of a page is not that of a page's first byte.
    Misaligned,
    /// The page is part of something else already, or a chain comes back to it.
    Visited,
    /// More elements than there is room for, or none where there must be some.
    Count {
        /// How many it says there are.
        stated: u64,
        /// The most there can be.
        most: u64,
    },
    /// Two places that count the same thing do not agree.
    Differs {
        /// What is counted.
        what: &'static str,
        /// How many are stated.
        stated: u64,
        /// How many were found.
        found: u64,
    },
    /// A device tree that is none; the text is the library's.
    Tree(String),
    /// A KSerial image in pieces that do not make one.
    Image(&'static str),
    /// A KSerial image whose bytes are not what was written.
    Damaged(String),
    /// A device tree without a property that must be there, or with one of another length.
    Property(&'static str),
    /// A version that is not known.
    Version(String),
    /// A row with a value that its own layout or the reader does not allow.
    Refused(Path),
    /// Text without an end, or with something after it.
    Text,
    /// Memory that is needed after the kexec and is not preserved.
    NotPreserved,
    /// Memory that two owners claim.
    ClaimedTwice,
    /// A preserved page lies in another one.
    Overlap,
    /// A folio is preserved only as a part of something larger.
    Inside,
    /// Bits that no version gives a meaning.
    Reserved(u64),
    /// What comes later in a table lies before what came earlier.
    Order,
    /// Addresses are zero: the state was not written yet.
    NotSerialized,
}

impl Wrong {
    /// Whether everything could be read, and parts of it contradict each other.
    pub fn is_disagreement(&self) -> bool {
        matches!(
            self,
            Self::Differs { .. }
                | Self::NotPreserved
                | Self::ClaimedTwice
                | Self::Overlap
                | Self::Inside
                | Self::Reserved(_)
                | Self::Order
                | Self::Text
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}: {}: {}", self.at.0, self.part, self.wrong)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not in this memory; give the whole of it"),
            Self::Misaligned => f.write_str("not the address of a page"),
            Self::Visited => {
                f.write_str("the page is part of something else already: a cycle, or reused memory")
            }
            Self::Count { stated, most } => {
                write!(f, "says it holds {stated} elements, where there are 1 to {most}")
            }
            Self::Differs { what, stated, found } => {
                write!(f, "states {stated} {what}, and {found} were found")
            }
            Self::Tree(why) => write!(f, "no device tree: {why}"),
            Self::Image(why) => write!(f, "no KSerial image: {why}"),
            Self::Damaged(why) => write!(f, "damaged KSerial image: {why}"),
            Self::Property(name) => {
                write!(f, "property \"{name}\" is not there, or not 8 bytes long")
            }
            Self::Version(found) => write!(f, "version \"{found}\" is not known here"),
            Self::Refused(path) => write!(f, "member {path} has a value that cannot be"),
            Self::Text => f.write_str("text without an end, or with something after it"),
            Self::NotPreserved => f.write_str("not preserved: the next kernel may overwrite it"),
            Self::ClaimedTwice => f.write_str("claimed by two owners"),
            Self::Overlap => f.write_str("preserved twice, as pages of two orders"),
            Self::Inside => f.write_str("preserved only as a part of a larger page"),
            Self::Reserved(bits) => write!(f, "bits {bits:#x} are set, which mean nothing"),
            Self::Order => f.write_str("lies before what comes earlier, or over it"),
            Self::NotSerialized => f.write_str(
                "sessions are not serialized: the address of the first is 0. A kernel writes them \
                 only on its way into the kexec, so this says nothing of whether there are any; \
                 give memory as it is then",
            ),
        }
    }
}

impl core::error::Error for Fault {}

impl From<Missing> for Wrong {
    fn from(_: Missing) -> Self {
        Self::Missing
    }
}

/// Faults: of each sort a few, the others counted.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
    /// How many of each sort there were, in each part.
    sorts: HashMap<(String, Discriminant<Wrong>), u64>,
    more: u64,
    unread: bool,
    contradicted: bool,
}

/// How many of a sort are kept: a damaged table has millions.
const KEPT: u64 = 8;
/// How many sorts are told apart; parts may bear names that a hostile input made up.
const SORTS: usize = 1024;

impl Faults {
    /// Notes a fault.
    pub fn note(&mut self, at: PhysAddr, part: impl Into<String>, wrong: Wrong) {
        if wrong.is_disagreement() {
            self.contradicted = true;
        } else {
            self.unread = true;
        }
        let part = part.into();
        let sort = (part.clone(), discriminant(&wrong));
        let full = self.sorts.len() >= SORTS;
        let seen = match self.sorts.entry(sort) {
            Entry::Occupied(entry) => Some(entry.into_mut()),
            Entry::Vacant(_) if full => None,
            Entry::Vacant(entry) => Some(entry.insert(0)),
        };
        match seen {
            Some(seen) if *seen < KEPT => {
                *seen = seen.saturating_add(1);
                self.list.push(Fault { at, part, wrong });
            }
            _ => self.more = self.more.saturating_add(1),
        }
    }

    /// Those that were kept, in the order in which they were found.
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// How many more there are.
    pub fn more(&self) -> u64 {
        self.more
    }

    /// Whether something could not be read.
    pub fn is_incomplete(&self) -> bool {
        self.unread
    }

    /// Whether parts of what was read contradict each other.
    pub fn is_contradicted(&self) -> bool {
        self.contradicted
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
