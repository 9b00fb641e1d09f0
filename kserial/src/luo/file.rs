//! Files: what a session preserves, and what their handlers wrote.

use std::vec::Vec;

use zerocopy::IntoBytes;

use super::abi::FileRow;
use super::session::{Rows, Session};
use super::{version, Memfd};
use crate::kho::image::{self, Stored, Summary};
use crate::kho::{block, rows, Walk, Wrong};
use crate::{PhysAddr, Record};

/// A preserved file.
#[derive(Clone, Debug)]
pub struct File {
    /// Where its row is.
    pub at: PhysAddr,
    /// Which handler takes it.
    pub handler: Vec<u8>,
    /// What the handler wrote: an address, or whatever else it makes of 64 bits.
    pub data: PhysAddr,
    /// The number by which userspace finds it again in its session.
    pub token: u64,
    /// What is there.
    pub content: Content,
    /// How many preserved pages it is, with everything that it leads to.
    pub pages: u64,
}

/// What a file's handler wrote.
#[derive(Clone, Debug)]
pub enum Content {
    /// A memfd.
    Memfd(Memfd),
    /// A KSerial image, whatever is in it: where it lies, and its tables in short.
    Image(Stored, Vec<Summary>),
    /// Something whose handler is not known here.
    Foreign,
    /// Something of a known form that could not be read.
    Unread,
}

/// Reads the files of a session, from an array or a chain of blocks.
pub(super) fn read_all(
    walk: &mut Walk<'_>,
    array: PhysAddr,
    chain: PhysAddr,
    session: &mut Session,
) {
    let layout = FileRow::SHAPE;
    let found = if array.0 != 0 {
        let part = "array of files";
        if let Err(wrong) = walk.visit(array) {
            walk.faults.note(array, part, wrong);
            return;
        }
        session.blocks.push(array);
        Rows::array(walk, array, 0, session.stated, layout, part).into_iter().collect()
    } else {
        let blocks = block::read(walk, chain, layout, "block of files");
        session.blocks.extend(blocks.iter().map(|block| block.at));
        blocks.iter().map(|block| Rows::of(block, layout)).collect::<Vec<_>>()
    };
    for rows in found {
        session.pages = session.pages.saturating_add(rows.pages);
        for (at, row) in rows.read::<FileRow>(walk, layout, "file") {
            session.files.push(File::read(walk, at, row));
        }
    }
}

impl File {
    fn read(walk: &mut Walk<'_>, at: PhysAddr, row: FileRow) -> Self {
        let (handler, ended) = rows::text(row.compatible.as_bytes());
        if !ended || handler.is_empty() {
            walk.faults.note(at, "handler of a file", Wrong::Text);
        }
        let (data, token) = (row.data, row.token);
        let (content, pages) = match version::memfd(handler) {
            Some(layout) => match Memfd::read(walk, data, layout) {
                Some(memfd) => {
                    let pages = memfd.pages;
                    (Content::Memfd(memfd), pages)
                }
                None => (Content::Unread, 0),
            },
            None => foreign(walk, data, "file"),
        };
        Self { at, handler: handler.to_vec(), data, token, content, pages }
    }
}

/// What nobody here has a reader for: if it is a KSerial image, that says itself what it is.
pub(super) fn foreign(walk: &mut Walk<'_>, data: PhysAddr, part: &str) -> (Content, u64) {
    let part = std::format!("KSerial image of a {part}");
    if data.0 == 0 || !image::is_at(walk.memory, data) {
        return (Content::Foreign, claim_foreign(walk, data));
    }
    match Stored::find(walk.memory, data) {
        Ok(stored) => {
            let (pages, tables) = stored.claim(walk, &part);
            (Content::Image(stored, tables), pages)
        }
        Err(wrong) => {
            walk.faults.note(data, part, wrong);
            (Content::Unread, claim_foreign(walk, data))
        }
    }
}

/// Claims the preserved page at `data`, if there is one: of what only its owner can read, not even
/// that it is an address is sure.
fn claim_foreign(walk: &mut Walk<'_>, data: PhysAddr) -> u64 {
    if data.0 == 0 || !walk.pages.starts(data) {
        return 0;
    }
    walk.preserved.claim(walk.pages.frame(data)).map_or(0, |key| key.pages())
}
