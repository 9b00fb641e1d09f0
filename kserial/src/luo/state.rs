//! LUO's root.

use std::vec::Vec;

use dtoolkit::Node;

use super::abi::{Luo, LuoV5};
use super::{flb, session, Flb, Session, Version};
use crate::kho::{rows, tree, Named, Walk, Wrong};
use crate::{PhysAddr, Record};

/// Everything that LUO hands over.
#[derive(Clone, Debug)]
pub struct State {
    /// Where its root is.
    pub at: PhysAddr,
    /// How long its root is, in bytes.
    pub bytes: u64,
    /// Who wrote it.
    pub version: Version,
    /// How many live updates there have been, this one included.
    pub number: u64,
    /// The sessions, in the order in which they were created. `None` when they are not serialized,
    /// or nothing of them could be read.
    pub sessions: Option<Vec<Session>>,
    /// Where the pages of the list of sessions are.
    pub session_blocks: Vec<PhysAddr>,
    /// Where the array of FLBs is; 0 without one.
    pub flbs_at: PhysAddr,
    /// How many pages that is.
    pub flb_pgcnt: u64,
    /// The FLBs.
    pub flbs: Vec<Flb>,
    /// How many preserved pages root, list of sessions and array of FLBs are.
    pub pages: u64,
}

impl State {
    /// Reads what LUO's subtree leads to. `None`, and a fault, when it is no root of LUO.
    pub fn read(walk: &mut Walk<'_>, subtree: &Named) -> Option<Self> {
        let part = "LUO root";
        let at = subtree.data;
        let read = walk.visit(at).and_then(|()| root(walk, subtree));
        let (version, bytes, luo) = read.map_err(|wrong| walk.faults.note(at, part, wrong)).ok()?;
        let mut state = Self {
            at,
            bytes,
            version,
            number: luo.number,
            sessions: None,
            session_blocks: Vec::new(),
            flbs_at: luo.flbs,
            flb_pgcnt: 0,
            flbs: Vec::new(),
            pages: walk.claim(at, bytes, part),
        };
        session::read_all(walk, &luo, &mut state);
        flb::read_all(walk, luo.flbs, &mut state);
        Some(state)
    }
}

/// The root at `subtree`: a device tree, or a struct.
fn root(walk: &Walk<'_>, subtree: &Named) -> Result<(Version, u64, Luo), Wrong> {
    let mut magic = [0; 4];
    walk.memory.read(subtree.data, &mut magic)?;
    if magic == tree::MAGIC {
        let bytes = tree::read(walk.memory, subtree.data)?;
        let root = tree::parse(&bytes)?.root();
        tree::expect(root, Version::V1.name())?;
        let mut nodes = std::vec![root];
        for (name, version) in [("luo-session", "luo-session-v2"), ("luo-flb", "luo-flb-v1")] {
            if let Some(node) = root.child(name) {
                tree::expect(node, version)?;
                nodes.push(node);
            }
        }
        let row = tree::row(&nodes, Version::V1.root())?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        return Ok((Version::V1, length, rows::read_one(Version::V1.root(), &row)?));
    }
    let layout = LuoV5::SHAPE;
    let length = u64::from(layout.row());
    if subtree.size != 0 && subtree.size < length {
        return Err(Wrong::Differs { what: "bytes", stated: subtree.size, found: length });
    }
    let mut row = std::vec![0; rows::stride(layout)];
    walk.memory.read(subtree.data, &mut row)?;
    let luo: Luo = rows::read_one(layout, &row)?;
    let (version, ended) = rows::text(&luo.compatible);
    if !ended || version != Version::V5.name().as_bytes() {
        return Err(Wrong::Version(printable(version)));
    }
    Ok((Version::V5, length, luo))
}

/// What may be anything, for people.
fn printable(bytes: &[u8]) -> std::string::String {
    std::format!("{}", bytes.escape_ascii())
}
