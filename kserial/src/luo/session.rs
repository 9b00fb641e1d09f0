//! Sessions: named sets of preserved files.

use std::vec::Vec;

use zerocopy::IntoBytes;

use super::abi::{Luo, SessionHeader, SessionRow};
use super::{file, File, State};
use crate::kho::{block, rows, Walk, Wrong};
use crate::{Layout, PhysAddr, Record};

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where its row is.
    pub at: PhysAddr,
    /// Its name: any bytes but NUL.
    pub name: Vec<u8>,
    /// How many files it says it has.
    pub stated: u64,
    /// Where the pages of the list of files are.
    pub blocks: Vec<PhysAddr>,
    /// The files, in the order in which they were preserved.
    pub files: Vec<File>,
    /// How many preserved pages the list of files is.
    pub pages: u64,
}

/// Reads the sessions that `luo` leads to into `state`.
pub(super) fn read_all(walk: &mut Walk<'_>, luo: &Luo, state: &mut State) {
    let layout = state.version.session();
    let (blocks, found) = if luo.session_array.0 != 0 {
        let Some(array) = header_and_array(walk, luo.session_array, layout) else { return };
        (std::vec![luo.session_array], std::vec![array])
    } else if luo.session_chain.0 != 0 {
        let blocks = block::read(walk, luo.session_chain, layout, "block of sessions");
        let places = blocks.iter().map(|block| block.at).collect();
        (places, blocks.iter().map(|block| Rows::of(block, layout)).collect())
    } else {
        walk.faults.note(state.at, "LUO root", Wrong::NotSerialized);
        return;
    };
    if found.is_empty() {
        return;
    }
    state.session_blocks = blocks;
    let mut sessions = Vec::new();
    for rows in found {
        state.pages = state.pages.saturating_add(rows.pages);
        for (at, row) in rows.read::<SessionRow>(walk, layout, "session") {
            sessions.push(Session::read(walk, at, row));
        }
    }
    state.sessions = Some(sessions);
}

/// The array of sessions of luo-v1, and the header before it.
fn header_and_array(walk: &mut Walk<'_>, at: PhysAddr, layout: Layout<'static>) -> Option<Rows> {
    let part = "array of sessions";
    let stride = rows::stride(SessionHeader::SHAPE);
    let header = walk.bytes(at, stride, part)?;
    let header = rows::read_one::<SessionHeader>(SessionHeader::SHAPE, &header);
    let count = header.map_err(|wrong| walk.faults.note(at, part, wrong)).ok()?.count;
    if count == 0 {
        walk.faults.note(at, part, Wrong::NotSerialized);
        return None;
    }
    Rows::array(walk, at, stride, count, layout, part)
}

impl Session {
    fn read(walk: &mut Walk<'_>, at: PhysAddr, row: SessionRow) -> Self {
        let (name, ended) = rows::text(row.name.as_bytes());
        if !ended || name.is_empty() {
            walk.faults.note(at, "name of a session", Wrong::Text);
        }
        let (array, chain, stated) = (row.files.array, row.files.chain, row.files.count);
        let mut session = Self {
            at,
            name: name.to_vec(),
            stated,
            blocks: Vec::new(),
            files: Vec::new(),
            pages: 0,
        };
        file::read_all(walk, array, chain, &mut session);
        let found = u64::try_from(session.files.len()).unwrap_or(u64::MAX);
        if found != stated {
            walk.faults.note(at, "session", Wrong::Differs { what: "files", stated, found });
        }
        session
    }
}

/// Rows that lie side by side.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    first: PhysAddr,
    bytes: Vec<u8>,
    /// How many preserved pages they are.
    pub(super) pages: u64,
}

impl Rows {
    /// The rows of a block.
    pub(super) fn of(block: &block::Block, layout: Layout<'_>) -> Self {
        Self { first: block.row_at(0, layout), bytes: block.rows.clone(), pages: block.pages }
    }

    /// `count` rows, `offset` bytes after `at`: within the allocation that begins there, of which
    /// the first page has been visited.
    pub(super) fn array(
        walk: &mut Walk<'_>,
        at: PhysAddr,
        offset: usize,
        count: u64,
        layout: Layout<'_>,
        part: &str,
    ) -> Option<Self> {
        let page = u64::try_from(walk.pages.bytes()).unwrap_or(0);
        let key = walk.preserved.covering(walk.pages.frame(at));
        let allocated = key.map_or(1, |key| key.frames().end.saturating_sub(walk.pages.frame(at)));
        let room =
            allocated.saturating_mul(page).saturating_sub(u64::try_from(offset).unwrap_or(0));
        let most = room.checked_div(u64::from(layout.row())).unwrap_or(0);
        let pages = walk.claim(at, page, part);
        if count > most {
            walk.faults.note(at, part, Wrong::Count { stated: count, most });
            return None;
        }
        let length = usize::try_from(count).ok()?.checked_mul(rows::stride(layout))?;
        let mut bytes = std::vec![0; length];
        let first = PhysAddr(at.0.checked_add(u64::try_from(offset).ok()?)?);
        if let Err(missing) = walk.memory.read(first, &mut bytes) {
            walk.faults.note(missing.at, part, missing.into());
            return None;
        }
        Some(Self { first, bytes, pages })
    }

    /// The rows as `T`, each with its address. A row that cannot be read is noted and left out.
    pub(super) fn read<T: Record>(
        &self,
        walk: &mut Walk<'_>,
        layout: Layout<'static>,
        part: &str,
    ) -> Vec<(PhysAddr, T)> {
        let stride = rows::stride(layout).max(1);
        let place = |number: usize| {
            let offset = u64::try_from(number.saturating_mul(stride)).unwrap_or(u64::MAX);
            PhysAddr(self.first.0.saturating_add(offset))
        };
        match rows::read::<T>(layout, &self.bytes) {
            Ok(rows) => (0..).map(place).zip(rows).collect(),
            Err((number, wrong)) => {
                walk.faults.note(place(number), part, wrong);
                Vec::new()
            }
        }
    }
}
