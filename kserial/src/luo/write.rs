//! Writing LUO's state, as the version that it says wrote it.

use std::string::String;
use std::vec::Vec;

use zerocopy::{FromZeros, IntoBytes};

use super::abi::{
    FileRow, FileSet, FlbHeader, FlbRow, FolioRow, Luo, LuoV1, MemfdV2, SessionHeader, SessionRow,
};
use super::{version, Content, File, FolioRun, Memfd, Session, State, Version};
use crate::kho::abi::Vmalloc;
use crate::kho::tree_write::{self, Left, TreeNode};
use crate::kho::write::{after, blocks, rows, vmalloc, Written};
use crate::kho::{rows as read, Pages, Wrong};
use crate::{PhysAddr, Record};

impl State {
    /// Writes root, sessions, files and FLBs. What handlers wrote is left to [`Memfd::write`].
    ///
    /// # Errors
    /// A row that this version cannot hold, or fewer places than rows need.
    pub fn write(&self, memory: &mut Written, pages: Pages) -> Result<(), Wrong> {
        let first = self.session_blocks.first().copied().unwrap_or_default();
        let (array, chain) = self.version.either(first);
        let luo = Luo {
            number: self.number,
            session_array: array,
            session_chain: chain,
            flbs: self.flbs_at,
            compatible: crate::cell::padded(self.version.name()),
        };
        memory.touch(self.at, u64::try_from(pages.bytes()).unwrap_or(0));
        let root = match self.version {
            Version::V5 => rows(self.version.root(), &[luo])?,
            Version::V1 => self.tree(),
        };
        memory.put(self.at, &root);
        self.write_sessions(memory, pages)?;
        self.write_flbs(memory)
    }

    /// The root of luo-v1. The order of its strings is libfdt's for a tree written front to back:
    /// the newest first.
    fn tree(&self) -> Vec<u8> {
        let [number, sessions, flbs] = [
            LuoV1::SHAPE.member(LuoV1::NUMBER),
            LuoV1::SHAPE.member(LuoV1::SESSION_ARRAY),
            LuoV1::SHAPE.member(LuoV1::FLBS),
        ]
        .map(|member| member.map_or("", |member| member.name()));
        let word = |value: u64| value.to_le_bytes().to_vec();
        let compatible = |text: &str| ("compatible", std::format!("{text}\0").into_bytes());
        let first = self.session_blocks.first().map_or(0, |at| at.0);
        let mut children = std::vec![TreeNode {
            name: String::from("luo-session"),
            properties: std::vec![compatible("luo-session-v2"), (sessions, word(first))],
            children: Vec::new(),
        }];
        let mut names = std::vec![sessions, number, "compatible"];
        if self.flbs_at.0 != 0 {
            children.push(TreeNode {
                name: String::from("luo-flb"),
                properties: std::vec![compatible("luo-flb-v1"), (flbs, word(self.flbs_at.0))],
                children: Vec::new(),
            });
            names.insert(0, flbs);
        }
        let properties = std::vec![compatible(self.version.name()), (number, word(self.number))];
        let root = TreeNode { name: String::new(), properties, children };
        tree_write::write(&root, &names, Left::Finished)
    }

    fn write_sessions(&self, memory: &mut Written, pages: Pages) -> Result<(), Wrong> {
        let Some(sessions) = &self.sessions else { return Ok(()) };
        let layout = self.version.session();
        let table: Vec<SessionRow> = sessions
            .iter()
            .map(|session| {
                let first = session.blocks.first().copied().unwrap_or_default();
                let (array, chain) = self.version.either(first);
                let files = FileSet { array, chain, count: session.stated };
                SessionRow { name: field(&session.name), files }
            })
            .collect();
        let bytes = rows(layout, &table)?;
        match (self.version, self.session_blocks.first()) {
            (Version::V1, Some(at)) => {
                let count = u64::try_from(table.len()).unwrap_or(u64::MAX);
                memory.touch(*at, array_bytes(pages, SESSION_PAGES));
                memory.put(*at, SessionHeader { count }.as_bytes());
                memory.put(after(*at, read::stride(SessionHeader::SHAPE)), &bytes);
            }
            _ => blocks(memory, pages, &self.session_blocks, &bytes, read::stride(layout))?,
        }
        sessions.iter().try_for_each(|session| session.write(memory, pages, self.version))
    }

    fn write_flbs(&self, memory: &mut Written) -> Result<(), Wrong> {
        if self.flbs_at.0 == 0 {
            return Ok(());
        }
        let count = u64::try_from(self.flbs.len()).unwrap_or(u64::MAX);
        let header = FlbHeader { pgcnt: self.flb_pgcnt, count };
        let table: Vec<FlbRow> = self
            .flbs
            .iter()
            .map(|flb| FlbRow { name: field(&flb.name), data: flb.data, count: flb.users })
            .collect();
        memory.touch(self.flbs_at, self.flb_pgcnt.saturating_mul(4096).min(1 << 24));
        memory.put(self.flbs_at, header.as_bytes());
        memory.put(
            after(self.flbs_at, read::stride(FlbHeader::SHAPE)),
            &rows(FlbRow::SHAPE, &table)?,
        );
        Ok(())
    }
}

impl Version {
    /// An address as that of an array, or that of a chain.
    fn either(self, at: PhysAddr) -> (PhysAddr, PhysAddr) {
        match self {
            Self::V1 => (at, PhysAddr(0)),
            Self::V5 => (PhysAddr(0), at),
        }
    }
}

impl Session {
    fn write(&self, memory: &mut Written, pages: Pages, version: Version) -> Result<(), Wrong> {
        let row = |file: &File| FileRow {
            compatible: field(&file.handler),
            data: file.data,
            token: file.token,
        };
        let table: Vec<FileRow> = self.files.iter().map(row).collect();
        let bytes = rows(FileRow::SHAPE, &table)?;
        match (version, self.blocks.first()) {
            (Version::V1, Some(at)) => {
                memory.touch(*at, array_bytes(pages, FILE_PAGES));
                memory.put(*at, &bytes);
                Ok(())
            }
            _ => blocks(memory, pages, &self.blocks, &bytes, read::stride(FileRow::SHAPE)),
        }
    }
}

impl File {
    /// The layout in which its handler writes, if it is one for memfds.
    pub fn is_memfd(&self) -> bool {
        version::memfd(&self.handler).is_some()
    }

    /// Writes what the handler of memfds would have, with these folios.
    ///
    /// # Errors
    /// A row that its version cannot hold; nothing is written for other handlers.
    pub fn write(
        &self,
        memory: &mut Written,
        pages: Pages,
        folios: impl Iterator<Item = FolioRun>,
    ) -> Result<(), Wrong> {
        match (&self.content, version::memfd(&self.handler)) {
            (Content::Memfd(memfd), Some(layout)) => {
                let total = memfd.table.pages.len().checked_shl(memfd.table.order).unwrap_or(0);
                let row = MemfdV2 {
                    pos: memfd.pos,
                    size: memfd.size,
                    seals: memfd.seals,
                    flags: memfd.flags,
                    nr_folios: memfd.stated,
                    folios: Vmalloc {
                        first: memfd.table.chunks.first().copied().unwrap_or_default(),
                        total_pages: u32::try_from(total).unwrap_or(u32::MAX),
                        flags: memfd.table_flags,
                        order: u16::try_from(memfd.table.order).unwrap_or(u16::MAX),
                    },
                };
                memory.touch(self.data, u64::try_from(pages.bytes()).unwrap_or(0));
                memory.put(self.data, &rows(layout, &[row])?);
                memfd.write_table(memory, pages, folios)
            }
            _ => Ok(()),
        }
    }
}

impl Memfd {
    fn write_table(
        &self,
        memory: &mut Written,
        pages: Pages,
        folios: impl Iterator<Item = FolioRun>,
    ) -> Result<(), Wrong> {
        vmalloc(memory, pages, &self.table.chunks, &self.table.pages);
        let each = pages.bytes().checked_shl(self.table.order).unwrap_or(0);
        for page in &self.table.pages {
            memory.touch(*page, u64::try_from(each).unwrap_or(0));
        }
        let stride = read::stride(FolioRow::SHAPE);
        let mut offset: usize = 0;
        for run in folios {
            for n in 0..run.folios {
                let step = n.saturating_mul(run.first.key.pages());
                let mut row = FolioRow::new_zeroed()
                    .with_pfn(run.first.key.frame.saturating_add(step))
                    .and_then(|row| row.with_flags(run.first.flags))
                    .ok_or(Wrong::Refused(FolioRow::PFN))?;
                row.index = run.first.index.saturating_add(step);
                let (page, within) = (offset.checked_div(each), offset.checked_rem(each));
                let place = page.and_then(|page| self.table.pages.get(page)).zip(within);
                let (page, within) = place.ok_or(Wrong::Differs {
                    what: "folios",
                    stated: self.stated,
                    found: u64::try_from(offset.checked_div(stride).unwrap_or(0)).unwrap_or(0),
                })?;
                memory.put(after(*page, within), row.as_bytes());
                offset = offset.saturating_add(stride);
            }
        }
        Ok(())
    }
}

/// `LUO_SESSION_PGCNT` and `LUO_FILE_PGCNT` of luo-v1: what its arrays take, however short they are.
const SESSION_PAGES: u64 = 16;
const FILE_PAGES: u64 = 2;

fn array_bytes(pages: Pages, count: u64) -> u64 {
    u64::try_from(pages.bytes()).unwrap_or(0).saturating_mul(count)
}

/// `bytes` in a field that is padded with NUL, cut so that one NUL is left.
fn field<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().zip(bytes.iter().take(N.saturating_sub(1))) {
        *place = *byte;
    }
    field
}
