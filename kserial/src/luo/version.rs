//! The versions of LUO, and which layouts each of them writes.

use super::abi::{LuoV1, LuoV5, MemfdV1, MemfdV2, SessionV2, SessionV5};
use crate::{Layout, Record};

/// The versions of LUO that were ever released.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// `luo-v1`, a device tree; with `luo-session-v2` and, since 7.0, `luo-flb-v1`.
    V1,
    /// `luo-v5`, since 7.2.
    V5,
}

impl Version {
    /// The string by which it is known.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "luo-v1",
            Self::V5 => "luo-v5",
        }
    }

    /// The version of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::V1, Self::V5].into_iter().find(|version| version.name() == name)
    }

    /// The layout of the root.
    pub const fn root(self) -> Layout<'static> {
        match self {
            Self::V1 => LuoV1::SHAPE,
            Self::V5 => LuoV5::SHAPE,
        }
    }

    /// The layout of sessions.
    pub const fn session(self) -> Layout<'static> {
        match self {
            Self::V1 => SessionV2::SHAPE,
            Self::V5 => SessionV5::SHAPE,
        }
    }
}

/// The layout of what the memfd handler `compatible` writes, or `None` when it is no such handler.
pub(super) fn memfd(compatible: &[u8]) -> Option<Layout<'static>> {
    match compatible {
        b"memfd-v1" => Some(MemfdV1::SHAPE),
        b"memfd-v2" => Some(MemfdV2::SHAPE),
        _ => None,
    }
}
