//! Which root to take.

use std::fmt;

use kserial::kho::{find, Data, Fault, Memory, Pages, Root};
use kserial::PhysAddr;

use crate::state::Hint;

/// Why there is no root to begin with.
#[derive(Debug)]
pub enum NoRoot {
    /// There is none where it ought to be.
    Unreadable(Fault),
    /// None in all of the memory, which reaches from here to there in so many parts.
    Nowhere {
        /// The first address that was searched.
        first: u64,
        /// The last one.
        last: u64,
        /// In how many parts.
        parts: usize,
    },
    /// Several, and all of them as likely.
    Several(Vec<PhysAddr>),
}

impl fmt::Display for NoRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(fault) => write!(f, "{fault}"),
            Self::Nowhere { parts: 0, .. } => f.write_str(
                "no KHO root: all of this memory is zero; give memory of a kernel with Kexec Handover on",
            ),
            Self::Nowhere { first, last, parts } => write!(
                f,
                "no KHO root (a device tree compatible with kho-v1, -v3 or -v4) from {first:#x} to \
                 {last:#x} ({parts} part{}); give memory of a kernel with Kexec Handover on, or say \
                 where the root is with --root",
                if *parts == 1 { "" } else { "s" },
            ),
            Self::Several(places) => {
                f.write_str("several KHO roots, each with a map that preserves it:")?;
                places.iter().try_for_each(|at| write!(f, " {:#x}", at.0))?;
                f.write_str("; choose one with --root")
            }
        }
    }
}

impl std::error::Error for NoRoot {}

/// A root, and what was found on the way.
pub(super) struct Found {
    pub(super) root: Root,
    /// Other roots.
    pub(super) others: Vec<PhysAddr>,
    /// What boot parameters say of this one.
    pub(super) named: Option<Data>,
}

/// The root that `hint` speaks of.
pub(super) fn root(
    memory: &dyn Memory,
    pages: Pages,
    hint: &Hint,
    progress: &mut dyn FnMut(u64),
) -> Result<Found, NoRoot> {
    let unreadable =
        |at, wrong| NoRoot::Unreadable(Fault { at, part: "KHO root".to_owned(), wrong });
    match hint {
        Hint::At(at) => {
            let root = Root::read(memory, *at).map_err(|wrong| unreadable(*at, wrong))?;
            return Ok(Found { root, others: Vec::new(), named: None });
        }
        Hint::Named(data) => {
            let at = data.fdt_addr;
            let root = Root::read(memory, at).map_err(|wrong| unreadable(at, wrong))?;
            return Ok(Found { root, others: Vec::new(), named: Some(*data) });
        }
        Hint::Bytes(bytes) => {
            let root = Root::parse(bytes).map_err(|wrong| unreadable(PhysAddr(0), wrong))?;
            return Ok(Found { root, others: Vec::new(), named: None });
        }
        Hint::Search => {}
    }
    let candidates = find::roots(memory, pages, progress);
    let preserved: Vec<_> = candidates.iter().filter(|found| found.preserved).collect();
    let places = |found: &[&find::Candidate]| {
        found.iter().filter_map(|candidate| candidate.root.at).collect::<Vec<_>>()
    };
    // Copies of a root do not preserve themselves; one that does is it, whatever else lies about. Of
    // several, and where none does any more, it is the one that the boot parameters name.
    let chosen = match preserved.as_slice() {
        [one] => Some(*one),
        [] => candidates.first(),
        [one, next, ..] if one.named.is_some() && next.named.is_none() => Some(*one),
        several => return Err(NoRoot::Several(places(several))),
    };
    let Some(chosen) = chosen else {
        let parts = memory.parts();
        return Err(NoRoot::Nowhere {
            first: parts.first().map_or(0, |part| part.start),
            last: parts.last().map_or(0, |part| part.end.saturating_sub(1)),
            parts: parts.len(),
        });
    };
    let others: Vec<_> =
        candidates.iter().filter(|other| other.root.at != chosen.root.at).collect();
    Ok(Found { root: chosen.root.clone(), others: places(&others), named: chosen.named })
}
