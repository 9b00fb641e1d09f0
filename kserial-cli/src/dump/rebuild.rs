//! From the JSON of a dump back to the bytes that a kernel left.

use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use kserial::kho::image::Stored;
use kserial::kho::map::{Bitmap, Chunk, Node};
use kserial::kho::write::Written;
use kserial::kho::{
    Blob, Content as Said, Handover, Key, Map, Named, Pages, ReserveMem, Root, Run, Scattered,
    Version as KhoVersion, Wrong,
};
use kserial::luo::{Content, File, Flb, Folio, FolioRun, Memfd, Session, State, Version};
use kserial::PhysAddr;

use super::document::{
    Document, FileDoc, FoliosDoc, Hex, Kho, Luo, MemfdDoc, RunDoc, SessionDoc, Subtree, SCHEMA,
};
use crate::image::{ImageDoc, RowsDoc, WrittenError};

/// Addresses from here on make a file that no file system holds.
const CAP: u64 = 1 << 44;

/// Pages of tables of folios, all together: more are more memory than there is.
const MOST_TABLE_PAGES: u64 = 1 << 24;

/// Why a JSON cannot become memory again.
#[derive(Debug)]
pub enum RebuildError {
    /// It is no JSON of a dump.
    Json(serde_json::Error),
    /// It is, of another form.
    Schema(String),
    /// A version of KHO or LUO that is not known here.
    Version(String),
    /// What it says cannot be written.
    Wrong(&'static str, Wrong),
    /// A KSerial image that is none, or that does not fit where it was.
    Image(WrittenError),
    /// An address that is too large for a file.
    Address(u64),
    /// The file could not be written.
    Io(io::Error),
}

impl fmt::Display for RebuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "no JSON of a dump: {error}"),
            Self::Schema(found) => write!(f, "the form is \"{found}\", \"{SCHEMA}\" is wanted"),
            Self::Version(found) => write!(f, "version \"{found}\" is not known here"),
            Self::Wrong(part, wrong) => write!(f, "{part}: {wrong}"),
            Self::Image(error) => write!(f, "KSerial image: {error}"),
            Self::Address(at) => write!(f, "{at:#x} is too large an address for a file"),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for RebuildError {}

/// What a KSerial image holds, read back.
type Held = Option<ImageDoc<RowsDoc>>;
/// A dump, read back.
type Whole = Document<Vec<FoliosDoc>, Held>;

/// Whether a JSON that begins like this says that it is a dump's.
#[must_use]
pub fn begins(json: &[u8]) -> bool {
    json.windows(13).any(|word| word == b"kserial-dump/")
}

/// The memory that `json` describes, the size of its pages, and where the root in it is.
///
/// # Errors
/// Where it does not describe any.
pub fn with_root(json: &[u8]) -> Result<(Written, Pages, PhysAddr), RebuildError> {
    let (memory, pages) = memory(json)?;
    let root = read(json)?.kho.root.ok_or(RebuildError::Wrong("root", Wrong::Missing))?;
    Ok((memory, pages, PhysAddr(root.0)))
}

fn read(json: &[u8]) -> Result<Whole, RebuildError> {
    let document: Whole = serde_json::from_slice(json).map_err(RebuildError::Json)?;
    match document.schema == SCHEMA {
        true => Ok(document),
        false => Err(RebuildError::Schema(document.schema)),
    }
}

/// The memory that `json` describes.
///
/// # Errors
/// Where it does not describe any.
pub fn memory(json: &[u8]) -> Result<(Written, Pages), RebuildError> {
    let mut document = read(json)?;
    let shift = document.input.page_size.trailing_zeros();
    let pages = Pages::of_shift(shift).filter(|pages| pages.bytes() == document.input.page_size);
    let pages = pages.ok_or(RebuildError::Wrong("page_size", Wrong::Misaligned))?;
    let mut memory = Written::default();
    images(&mut document, &mut memory)?;
    let runs: Vec<Run> = document.kho.preserved.iter().map(run).collect();
    let handover = handover(document.kho)?;
    handover
        .write(&mut memory, pages, runs.into_iter())
        .map_err(|wrong| RebuildError::Wrong("kho", wrong))?;
    if let Some(luo) = document.luo {
        let sessions = luo.sessions.iter().flatten();
        let tables = sessions.flat_map(|session| &session.files).filter_map(|f| f.memfd.as_ref());
        let counts = tables.flat_map(|memfd| &memfd.table.pages).map(|(_, count)| *count);
        let total = counts.fold(0, u64::saturating_add);
        if total > MOST_TABLE_PAGES {
            let count = Wrong::Count { stated: total, most: MOST_TABLE_PAGES };
            return Err(RebuildError::Wrong("tables of folios", count));
        }
        let mut folios = Vec::new();
        let state = state(luo, &mut folios)?;
        state.write(&mut memory, pages).map_err(|wrong| RebuildError::Wrong("luo", wrong))?;
        let files = state.sessions.iter().flatten().flat_map(|session| &session.files);
        for (file, folios) in files.zip(folios) {
            file.write(&mut memory, pages, folios.into_iter())
                .map_err(|wrong| RebuildError::Wrong("memfd", wrong))?;
        }
    }
    Ok((memory, pages))
}

/// Writes `memory` to a new file at `path`, each byte at its address; the rest are holes.
///
/// # Errors
/// Those of writing; an address that is too large.
pub fn to_file(memory: &Written, path: &Path) -> Result<(), RebuildError> {
    if let Some((last, _)) = memory.pieces().last().filter(|(last, _)| last.0 >= CAP) {
        return Err(RebuildError::Address(last.0));
    }
    let mut new = OpenOptions::new();
    let file = new.write(true).create_new(true).mode(0o600).open(path).map_err(RebuildError::Io)?;
    for (at, piece) in memory.pieces() {
        file.write_all_at(piece, at.0).map_err(RebuildError::Io)?;
    }
    Ok(())
}

/// Writes all KSerial images.
fn images(document: &mut Whole, memory: &mut Written) -> Result<(), RebuildError> {
    let subtrees = document.kho.subtrees.iter_mut().map(|subtree| &mut subtree.image);
    let luo = document.luo.iter_mut();
    let (files, flbs) = luo
        .map(|luo| {
            let sessions = luo.sessions.iter_mut().flatten();
            let files = sessions.flat_map(|session| session.files.iter_mut());
            let files: Vec<_> = files.map(|file| &mut file.image).collect();
            (files, luo.flbs.iter_mut().map(|flb| &mut flb.image).collect::<Vec<_>>())
        })
        .unzip::<_, _, Vec<_>, Vec<_>>();
    let within = files.into_iter().chain(flbs).flatten();
    for image in subtrees.chain(within).filter_map(Option::take) {
        // A damaged image is told of, and not written.
        let Some(content) = &image.content else { continue };
        let place = |(at, length): &(Hex, usize)| (PhysAddr(at.0), *length);
        let stored = Stored {
            root: image.root.as_ref().map(place),
            segments: image.segments.iter().map(place).collect(),
        };
        let segments = content.segments().map_err(RebuildError::Image)?;
        stored
            .write(memory, &segments)
            .map_err(|wrong| RebuildError::Wrong("KSerial image", wrong))?;
    }
    Ok(())
}

fn handover(kho: Kho<Held>) -> Result<Handover, RebuildError> {
    let version = KhoVersion::of(&kho.version).ok_or(RebuildError::Version(kho.version))?;
    let map = if version.has_radix_tree() {
        let node = |node: &super::document::NodeDoc| Node {
            at: PhysAddr(node.at.0),
            level: node.level,
            prefix: node.prefix.0,
        };
        Map::Radix(kho.nodes.iter().map(node).collect())
    } else {
        let bitmap =
            |(start, at): &(Hex, Hex)| Bitmap { start: PhysAddr(start.0), at: PhysAddr(at.0) };
        let chunk = |chunk: &super::document::ChunkDoc| Chunk {
            at: PhysAddr(chunk.at.0),
            order: chunk.order,
            bitmaps: chunk.bitmaps.iter().map(bitmap).collect(),
        };
        Map::List(kho.chunks.iter().map(chunk).collect())
    };
    let subtrees: Vec<Named> = kho.subtrees.iter().map(named).collect();
    let blobs = kho.subtrees.into_iter().map(blob).collect();
    let root = Root {
        at: kho.root.map(|at| PhysAddr(at.0)),
        bytes: kho.root_bytes,
        version,
        map: PhysAddr(kho.map.0),
        subtrees,
        unread: Vec::new(),
    };
    Ok(Handover { root, map, blobs, root_pages: 0 })
}

fn named(subtree: &Subtree<Held>) -> Named {
    Named { name: subtree.name.clone(), data: PhysAddr(subtree.data.0), size: subtree.size }
}

fn blob(subtree: Subtree<Held>) -> Blob {
    let named = named(&subtree);
    let content = match (subtree.previous_release, subtree.kexec_count, subtree.reserve_mem) {
        (Some(release), Some(kexec_count), _) => {
            Said::Metadata { previous_release: release.0, kexec_count }
        }
        (_, _, Some(areas)) => Said::ReserveMem(
            areas
                .into_iter()
                .map(|area| {
                    (area.name, ReserveMem { start: PhysAddr(area.start.0), size: area.size })
                })
                .collect(),
        ),
        _ => Said::Unknown,
    };
    Blob { named, pages: 0, content }
}

/// The state, and beside it the folios of each file in turn.
fn state(
    luo: Luo<Vec<FoliosDoc>, Held>,
    folios: &mut Vec<Vec<FolioRun>>,
) -> Result<State, RebuildError> {
    let version = Version::of(&luo.version).ok_or(RebuildError::Version(luo.version))?;
    let sessions = luo.sessions.map(|sessions| {
        sessions.into_iter().map(|session| self::session(session, folios)).collect()
    });
    let flbs = luo.flbs.into_iter().map(|flb| Flb {
        at: PhysAddr(0),
        name: flb.name.0,
        data: PhysAddr(flb.data.0),
        users: flb.users,
        content: Content::Foreign,
        pages: flb.pages,
    });
    Ok(State {
        at: PhysAddr(luo.at.0),
        bytes: 0,
        version,
        number: luo.liveupdate_number,
        sessions,
        session_blocks: places(&luo.session_blocks),
        flbs_at: PhysAddr(luo.flbs_at.0),
        flb_pgcnt: luo.flb_pages,
        flbs: flbs.collect(),
        pages: 0,
    })
}

fn session(session: SessionDoc<Vec<FoliosDoc>, Held>, folios: &mut Vec<Vec<FolioRun>>) -> Session {
    Session {
        at: PhysAddr(0),
        name: session.name.0,
        stated: session.stated_files,
        blocks: places(&session.blocks),
        files: session.files.into_iter().map(|file| self::file(file, folios)).collect(),
        pages: 0,
    }
}

fn file(file: FileDoc<Vec<FoliosDoc>, Held>, folios: &mut Vec<Vec<FolioRun>>) -> File {
    let content = match file.memfd {
        Some(doc) => {
            folios.push(doc.folios.iter().map(folio_run).collect());
            Content::Memfd(memfd(&doc))
        }
        None => {
            folios.push(Vec::new());
            Content::Foreign
        }
    };
    File {
        at: PhysAddr(0),
        handler: file.handler.0,
        data: PhysAddr(file.data.0),
        token: file.token.0,
        content,
        pages: file.pages,
    }
}

fn memfd(doc: &MemfdDoc<Vec<FoliosDoc>>) -> Memfd {
    let each = 4096_u64 << doc.table.order.min(40);
    let pages = doc.table.pages.iter().flat_map(|(first, count)| {
        let first = first.0;
        (0..*count).map(move |n| PhysAddr(first.wrapping_add(n.wrapping_mul(each))))
    });
    Memfd {
        pos: doc.pos,
        size: doc.size,
        seals: doc.seals,
        flags: doc.flags,
        stated: doc.nr_folios,
        table_flags: doc.table.flags,
        table: Scattered {
            chunks: places(&doc.table.chunks),
            pages: pages.collect(),
            order: doc.table.order,
            claimed: 0,
        },
        folios: doc.nr_folios,
        orders: Default::default(),
        runs: 0,
        pages: 0,
    }
}

fn folio_run(doc: &FoliosDoc) -> FolioRun {
    let first = Folio {
        key: Key { order: doc.order, frame: doc.pfn.0 },
        index: doc.index,
        flags: doc.flags,
        preserved: !doc.not_preserved,
    };
    FolioRun { first, folios: doc.count }
}

fn run(doc: &RunDoc) -> Run {
    Run { first: Key { order: doc.order, frame: doc.pfn.0 }, keys: doc.count }
}

fn places(list: &[Hex]) -> Vec<PhysAddr> {
    list.iter().map(|at| PhysAddr(at.0)).collect()
}
