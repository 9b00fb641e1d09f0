//! What is in memory that a kernel left: found, read, and shown.
//!
//! [`Dump::read`] finds the root and reads everything that it leads to; [`text`](Dump::text) draws
//! it as a tree, [`json`](Dump::json) writes all of it down, [`Dump::memfd`] finds a memfd whose
//! content [`extract`] takes out. [`rebuild`] makes memory of the JSON again.

mod document;
pub mod extract;
mod json;
mod kserial_memfd;
mod locate;
pub mod rebuild;
mod sum;
mod text;

use std::cell::RefCell;

use kserial::kho::image::Stored;
use kserial::kho::{self, setup, Faults, Handover, Memory, Pages, Preserved, Scratch, Walk};
use kserial::luo::{Content, File, Folio, Memfd, State};
use kserial::PhysAddr;

use crate::report::Exit;
use crate::state::Source;

pub(crate) use document::{Hex, NameDoc};
use locate::Found;
pub use locate::NoRoot;
pub(crate) use sum::{sha256, sha256_of};
pub use text::Detail;

/// Everything that was read of one STATE.
pub struct Dump {
    memory: Box<dyn Memory>,
    pages: Pages,
    /// What is preserved. Looking something up moves a cache, hence the cell.
    preserved: RefCell<Preserved>,
    handover: Handover,
    /// The memory that the next kernel boots in, where boot parameters say so.
    scratch: Vec<Scratch>,
    luo: Option<State>,
    faults: Faults,
    /// Other roots that were found, and not taken.
    pub others: Vec<PhysAddr>,
}

impl Dump {
    /// Finds the root in `source` and reads what it leads to. `progress` is told how many bytes were
    /// searched, and then how many of tables of folios were read.
    ///
    /// # Errors
    /// When there is no root, or no way to choose between several.
    pub fn read(
        source: Source,
        pages: Pages,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, NoRoot> {
        let Found { root, others, named } =
            locate::root(&*source.memory, pages, &source.hint, progress)?;
        let scratch = named.map_or_else(Vec::new, |data| setup::scratch(&*source.memory, &data));
        let mut walk = Walk::new(&*source.memory, pages).telling(progress);
        let handover = Handover::read(&mut walk, root);
        let luo = handover.root.subtree("LUO").cloned();
        let luo = luo.and_then(|subtree| State::read(&mut walk, &subtree));
        let Walk { preserved, faults, .. } = walk;
        let preserved = RefCell::new(preserved);
        Ok(Self { memory: source.memory, pages, preserved, handover, scratch, luo, faults, others })
    }

    /// How the reading ended; with `verify`, whether everything that was read agrees as well.
    #[must_use]
    pub fn exit(&self, verify: bool) -> Exit {
        if verify && self.faults.is_contradicted() {
            Exit::Incompatible
        } else if self.faults.is_incomplete() {
            Exit::Incomplete
        } else {
            Exit::Compatible
        }
    }

    /// What was wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// LUO's state, if there is any.
    #[must_use]
    pub fn luo(&self) -> Option<&State> {
        self.luo.as_ref()
    }

    /// What KHO itself hands over.
    #[must_use]
    pub fn handover(&self) -> &Handover {
        &self.handover
    }

    /// The segments of a KSerial image; none where one of them is not in this memory.
    pub(crate) fn bytes_of(&self, stored: &Stored) -> Vec<Vec<u8>> {
        stored.bytes(&*self.memory).unwrap_or_default()
    }

    /// The preserved pages that nobody claims.
    #[must_use]
    pub fn unclaimed(&self) -> Vec<kho::Run> {
        self.preserved.borrow().unclaimed().collect()
    }

    /// All preserved pages.
    #[must_use]
    pub fn preserved(&self) -> Vec<kho::Run> {
        self.preserved.borrow().runs().collect()
    }

    /// The folios of `memfd`, as far as its table can be read.
    #[must_use]
    pub fn folios(&self, memfd: &Memfd) -> Vec<Folio> {
        let mut preserved = self.preserved.borrow_mut();
        memfd.folios(&*self.memory, self.pages, &mut preserved).map_while(Result::ok).collect()
    }

    /// The file `token` of the first session called `session`.
    #[must_use]
    pub fn named(&self, session: &[u8], token: u64) -> Option<&File> {
        let sessions = self.luo.as_ref()?.sessions.as_ref()?;
        let named = sessions.iter().filter(|found| found.name == session);
        named.flat_map(|session| &session.files).find(|file| file.token == token)
    }

    /// The memfd `token` of the first session called `session`.
    #[must_use]
    pub fn memfd(&self, session: &[u8], token: u64) -> Option<&Memfd> {
        let sessions = self.luo.as_ref()?.sessions.as_ref()?;
        let named = sessions.iter().filter(|found| found.name == session);
        let mut files = named.flat_map(|session| &session.files);
        files.find_map(|file| match &file.content {
            Content::Memfd(memfd) if file.token == token => Some(memfd),
            _ => None,
        })
    }
}
