//! Which piece of the state something is about.

use std::fmt;

use serde::Serialize;

use crate::dump::{Hex, NameDoc};
use crate::kernel::{Carrier, Kernel};
use crate::name::Name;

/// A file, an FLB or a subtree; and where it is a KSerial image, a row of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// What holds it.
    pub(crate) owner: Owner,
    /// The row; absent where it is about all that the owner is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) row: Option<RowInUse>,
}

/// What a kernel preserved.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub(crate) enum Owner {
    /// A file.
    File { session: NameDoc, token: Hex, handler: NameDoc },
    /// An FLB.
    Flb { name: NameDoc },
    /// A subtree of KHO.
    Subtree { name: NameDoc },
}

impl Owner {
    /// The name by which its reader finds it.
    pub(super) fn name(&self) -> &[u8] {
        match self {
            Self::File { handler: name, .. } | Self::Flb { name } | Self::Subtree { name } => {
                &name.0
            }
        }
    }

    /// The bytes of the longest row that a note of `kernel` declares this to be.
    pub(super) fn declared_row(&self, kernel: &Kernel) -> Option<u32> {
        let (carrier, name) = match self {
            Self::File { handler, .. } => (Carrier::File, handler),
            Self::Flb { name } => (Carrier::Flb, name),
            Self::Subtree { name } => (Carrier::Subtree, name),
        };
        let declared = kernel.records.iter().filter(|record| record.carrier == carrier);
        let of_name = declared.filter(|record| record.layout.name.as_bytes() == name.0);
        of_name.map(|record| record.layout.row).max()
    }
}

/// A row of a table, or all of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RowInUse {
    /// The record.
    pub(crate) record: String,
    /// The row, from 0; absent where it is about all rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<usize>,
    /// How many rows: 1, or all of them.
    pub(crate) rows: usize,
    /// The members that are its keys, as text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) keys: Vec<String>,
    /// The member and what it holds, as text; absent where it is about the whole row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) holds: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Owner::File { session, token, handler } => {
                let (session, handler) = (Name(&session.0), Name(&handler.0));
                write!(f, "session {session}, file {:#x} ({handler})", token.0)?;
            }
            Owner::Flb { name } => write!(f, "FLB {}", Name(&name.0))?,
            Owner::Subtree { name } => write!(f, "subtree {}", Name(&name.0))?,
        }
        let Some(row) = &self.row else { return Ok(()) };
        write!(f, ": {}", row.record)?;
        match row.number {
            Some(number) => write!(f, " row {number}")?,
            None if row.rows == 1 => f.write_str(", 1 row")?,
            None => write!(f, ", {} rows", row.rows)?,
        }
        if !row.keys.is_empty() {
            write!(f, " ({})", row.keys.join(", "))?;
        }
        row.holds.as_ref().map_or(Ok(()), |holds| write!(f, ": {holds}"))
    }
}
