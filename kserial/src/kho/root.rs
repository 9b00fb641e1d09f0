//! The root of a handover: a device tree that says where everything else is.

use std::string::String;
use std::vec::Vec;

use dtoolkit::Node;

use super::abi::{Subtree, SubtreeV1};
use super::{rows, tree, Memory, Wrong};
use crate::{Layout, PhysAddr, Record};

/// The versions of KHO that were ever released.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    /// `kho-v1`, 6.16 to 7.0.
    V1,
    /// `kho-v3`, 7.1.
    V3,
    /// `kho-v4`, since 7.2.
    V4,
}

impl Version {
    const ALL: [Self; 3] = [Self::V1, Self::V3, Self::V4];

    /// The string that the root is compatible with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "kho-v1",
            Self::V3 => "kho-v3",
            Self::V4 => "kho-v4",
        }
    }

    /// The version of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// Whether preserved memory is in a radix tree; before, it was in a list.
    pub const fn has_radix_tree(self) -> bool {
        !matches!(self, Self::V1)
    }

    /// The layout of a subsystem's node.
    pub const fn subtree(self) -> Layout<'static> {
        match self {
            Self::V1 => SubtreeV1::SHAPE,
            Self::V3 | Self::V4 => Subtree::SHAPE,
        }
    }
}

/// The root.
#[derive(Clone, Debug)]
pub struct Root {
    /// Where it is; unknown for one that came in a file of its own.
    pub at: Option<PhysAddr>,
    /// How long it is, in bytes.
    pub bytes: usize,
    /// Which version.
    pub version: Version,
    /// Where the map of preserved memory is.
    pub map: PhysAddr,
    /// What each subsystem hands over.
    pub subtrees: Vec<Named>,
    /// Nodes that could not be read: their names, and why.
    pub unread: Vec<(String, Wrong)>,
}

/// What a subsystem hands over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// The subsystem.
    pub name: String,
    /// Where its blob is.
    pub data: PhysAddr,
    /// How long it is; 0 in kho-v1, where it is a device tree and says so itself.
    pub size: u64,
}

impl Root {
    /// The root at `at`.
    ///
    /// # Errors
    /// When there is none there.
    pub fn read(memory: &dyn Memory, at: PhysAddr) -> Result<Self, Wrong> {
        let mut root = Self::parse(&tree::read(memory, at)?)?;
        root.at = Some(at);
        Ok(root)
    }

    /// The root that `bytes` are, such as debugfs shows them.
    ///
    /// # Errors
    /// When they are none.
    pub fn parse(bytes: &[u8]) -> Result<Self, Wrong> {
        let root = tree::parse(bytes)?.root();
        let compatible = tree::text(root, "compatible").ok_or(Wrong::Property("compatible"))?;
        let version = Version::ALL
            .into_iter()
            .find(|version| version.name().as_bytes() == compatible)
            .ok_or_else(|| Wrong::Version(String::from_utf8_lossy(&compatible).into_owned()))?;
        let map = tree::word(root, "preserved-memory-map")?;
        let (mut subtrees, mut unread) = (Vec::new(), Vec::new());
        for node in root.children() {
            let name = String::from(node.name());
            let read = tree::row(&[node], version.subtree())
                .and_then(|row| rows::read_one::<Subtree>(version.subtree(), &row));
            match read {
                Ok(Subtree { data, size }) => subtrees.push(Named { name, data, size }),
                Err(wrong) => unread.push((name, wrong)),
            }
        }
        Ok(Self { at: None, bytes: bytes.len(), version, map: PhysAddr(map), subtrees, unread })
    }

    /// What the subsystem `name` hands over.
    pub fn subtree(&self, name: &str) -> Option<&Named> {
        self.subtrees.iter().find(|subtree| subtree.name == name)
    }
}
