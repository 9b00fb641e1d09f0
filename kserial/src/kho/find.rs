//! Finding the root where nobody said where it is.

use std::vec::Vec;

use super::{map, setup, tree, Data, Memory, Pages, Root, Walk};
use crate::{PhysAddr, Record};

/// A root that was found.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The root.
    pub root: Root,
    /// What boot parameters say that it is the root.
    pub named: Option<Data>,
    /// Its map can be read, and preserves the root itself: what no copy of it does, such as the one
    /// that somebody read from debugfs.
    pub preserved: bool,
}

/// All roots in `memory`, the likeliest first. Each begins a page. `progress` is told how many bytes
/// were searched so far, now and then.
pub fn roots(memory: &dyn Memory, pages: Pages, progress: &mut dyn FnMut(u64)) -> Vec<Candidate> {
    let step = u64::try_from(pages.bytes()).unwrap_or(u64::MAX);
    let (mut found, mut searched) = (Vec::new(), 0_u64);
    let mut told: Vec<Data> = Vec::new();
    for part in memory.parts() {
        let mut at = part.start.next_multiple_of(step);
        while at < part.end {
            let mut first = [0; 4];
            if memory.read(PhysAddr(at), &mut first).is_ok() && first == tree::MAGIC {
                if let Ok(root) = Root::read(memory, PhysAddr(at)) {
                    found.push(candidate(memory, pages, root));
                }
            }
            told.extend(setup::named(memory, PhysAddr(at)));
            let Some(next) = at.checked_add(step) else { break };
            at = next;
            searched = searched.saturating_add(step);
            // Every 64 MiB.
            if searched & 0x3ff_ffff == 0 {
                progress(searched);
            }
        }
    }
    for candidate in &mut found {
        candidate.named =
            told.iter().find(|data| Some(data.fdt_addr) == candidate.root.at).copied();
    }
    found.sort_by_key(|candidate| (!candidate.preserved, candidate.named.is_none()));
    found
}

fn candidate(memory: &dyn Memory, pages: Pages, root: Root) -> Candidate {
    let mut walk = Walk::new(memory, pages);
    if root.version.has_radix_tree() {
        map::radix(&mut walk, root.map);
    } else {
        map::list(&mut walk, root.map);
    }
    let itself = root.at.and_then(|at| walk.preserved.covering(pages.frame(at)));
    Candidate { root, named: None, preserved: itself.is_some() }
}

/// The `kho_data` in `setup_data`, which names the root, as `/sys/kernel/boot_params/setup_data` shows
/// it.
pub fn named(setup_data: &[u8]) -> Option<Data> {
    let row = setup_data.get(..super::rows::stride(Data::SHAPE))?;
    let data = super::rows::read_one::<Data>(Data::SHAPE, row).ok()?;
    Some(data).filter(|data| data.fdt_addr.0 != 0)
}
