//! Writing everything down, for programs.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;

use kserial::kho::image::{Stored, Summary};
use kserial::kho::{Blob, Content as Said, Map, Memory, Named, Pages, Preserved, Run};
use kserial::luo::{Content, File as Preserve, FolioRun, Memfd, Session};
use kserial::PhysAddr;
use serde::{Serialize, Serializer};

use super::document::{
    Area, AreaDoc, ChunkDoc, Document, FaultDoc, FileDoc, FlbDoc, FoliosDoc, Hex, ImageDoc, Input,
    Kho, Luo, MemfdDoc, NameDoc, NodeDoc, RunDoc, SessionDoc, Subtree, TableDoc, SCHEMA,
};
use super::sum::sha256;
use super::text::SEALS;
use super::Dump;
use crate::image::{Contents, JsonOf};

impl Dump {
    /// Writes everything as JSON; `input` is what was read. What KSerial images mark as sensitive is
    /// masked unless `reveal`.
    ///
    /// # Errors
    /// Those of reading `input` for its sum, and of writing.
    pub fn json(&self, out: impl Write, input: &Path, reveal: bool) -> io::Result<()> {
        let sum = sha256(input, &mut |_| {})?;
        self.json_of(out, input, sum, reveal)
    }

    /// The same, of an input whose sum is known.
    ///
    /// # Errors
    /// Those of writing.
    pub(crate) fn json_of(
        &self,
        mut out: impl Write,
        input: &Path,
        sha256: Option<String>,
        reveal: bool,
    ) -> io::Result<()> {
        let luo = self.luo.as_ref().map(|luo| Luo {
            version: luo.version.name().to_owned(),
            at: Hex(luo.at.0),
            liveupdate_number: luo.number,
            sessions: luo.sessions.as_ref().map(|sessions| {
                sessions.iter().map(|session| self.session(session, reveal)).collect()
            }),
            session_blocks: places(&luo.session_blocks),
            flbs_at: Hex(luo.flbs_at.0),
            flb_pages: luo.flb_pgcnt,
            flbs: luo
                .flbs
                .iter()
                .map(|flb| FlbDoc {
                    name: NameDoc(flb.name.clone()),
                    data: Hex(flb.data.0),
                    users: flb.users,
                    pages: flb.pages,
                    image: self.image(&flb.content, reveal),
                })
                .collect(),
        });
        let faults = self.faults.list().iter().map(|fault| FaultDoc {
            at: Hex(fault.at.0),
            part: fault.part.clone(),
            what: fault.wrong.to_string(),
            disagreement: fault.wrong.is_disagreement(),
        });
        let document = Document {
            schema: SCHEMA.to_owned(),
            tool: crate::TOOL.to_owned(),
            input: Input {
                name: input.file_name().unwrap_or(input.as_os_str()).to_string_lossy().into_owned(),
                sha256,
                page_size: self.pages.bytes(),
            },
            kho: self.kho(reveal),
            luo,
            faults: faults.collect(),
            more_faults: self.faults.more(),
        };
        serde_json::to_writer_pretty(&mut out, &document)?;
        writeln!(out)?;
        out.flush()
    }

    fn kho(&self, reveal: bool) -> Kho<ImageOf<'_>> {
        let handover = &self.handover;
        let (mut nodes, mut chunks) = (Vec::new(), Vec::new());
        match &handover.map {
            Map::Radix(tree) => nodes.extend(tree.iter().map(|node| NodeDoc {
                at: Hex(node.at.0),
                level: node.level,
                prefix: Hex(node.prefix),
            })),
            Map::List(list) => chunks.extend(list.iter().map(|chunk| ChunkDoc {
                at: Hex(chunk.at.0),
                order: chunk.order,
                bitmaps: chunk.bitmaps.iter().map(|b| (Hex(b.start.0), Hex(b.at.0))).collect(),
            })),
        }
        let preserved = self.preserved.borrow();
        Kho {
            version: handover.root.version.name().to_owned(),
            root: handover.root.at.map(|at| Hex(at.0)),
            root_bytes: handover.root.bytes,
            map: Hex(handover.root.map.0),
            nodes,
            chunks,
            scratch: self
                .scratch
                .iter()
                .map(|area| AreaDoc { start: Hex(area.addr.0), size: area.size })
                .collect(),
            preserved_pages: preserved.pages(),
            preserved: preserved.runs().map(run).collect(),
            unclaimed: preserved.unclaimed().map(run).collect(),
            subtrees: handover
                .root
                .subtrees
                .iter()
                .map(|named| {
                    let blob = handover.blobs.iter().find(|blob| blob.named == *named);
                    self.subtree(named, blob, reveal)
                })
                .collect(),
        }
    }

    fn session<'a>(
        &'a self,
        session: &'a Session,
        reveal: bool,
    ) -> SessionDoc<Runs<'a>, ImageOf<'a>> {
        SessionDoc {
            name: NameDoc(session.name.clone()),
            stated_files: session.stated,
            blocks: places(&session.blocks),
            files: session.files.iter().map(|file| self.file(file, reveal)).collect(),
        }
    }

    fn file<'a>(&'a self, file: &'a Preserve, reveal: bool) -> FileDoc<Runs<'a>, ImageOf<'a>> {
        let memfd = match &file.content {
            Content::Memfd(memfd) => Some(memfd),
            _ => None,
        };
        FileDoc {
            token: Hex(file.token),
            handler: NameDoc(file.handler.clone()),
            data: Hex(file.data.0),
            pages: file.pages,
            memfd: memfd.map(|memfd| MemfdDoc {
                pos: memfd.pos,
                size: memfd.size,
                seals: memfd.seals,
                seal_names: SEALS
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| memfd.seals & 1 << bit != 0)
                    .map(|(_, name)| (*name).to_owned())
                    .collect(),
                flags: memfd.flags,
                nr_folios: memfd.stated,
                table: self.table(memfd),
                folios: Runs {
                    memfd,
                    memory: &*self.memory,
                    pages: self.pages,
                    preserved: &self.preserved,
                },
            }),
            image: self.image(&file.content, reveal),
            unread: matches!(file.content, Content::Unread),
        }
    }

    fn table(&self, memfd: &Memfd) -> TableDoc {
        let each = (self.pages.bytes() as u64) << memfd.table.order;
        let mut pages: Vec<(Hex, u64)> = Vec::new();
        for page in &memfd.table.pages {
            match pages.last_mut() {
                Some((first, count)) if first.0.checked_add(*count * each) == Some(page.0) => {
                    *count += 1;
                }
                _ => pages.push((Hex(page.0), 1)),
            }
        }
        TableDoc {
            order: memfd.table.order,
            flags: memfd.table_flags,
            chunks: places(&memfd.table.chunks),
            pages,
        }
    }
}

/// The runs of a memfd's folios, read as they are written: there may be millions of them.
pub(super) struct Runs<'a> {
    memfd: &'a Memfd,
    memory: &'a dyn Memory,
    pages: Pages,
    preserved: &'a RefCell<Preserved>,
}

impl Serialize for Runs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut preserved = self.preserved.borrow_mut();
        let runs = self.memfd.folios(self.memory, self.pages, &mut preserved).runs();
        serializer.collect_seq(runs.map(|FolioRun { first, folios }| FoliosDoc {
            index: first.index,
            pfn: Hex(first.key.frame),
            order: first.key.order,
            count: folios,
            flags: first.flags,
            not_preserved: !first.preserved,
        }))
    }
}

/// What a KSerial image holds, read as it is written.
pub(super) struct ImageOf<'a> {
    dump: &'a Dump,
    stored: &'a Stored,
    reveal: bool,
}

impl Serialize for ImageOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.dump.bytes_of(self.stored);
        let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        match Contents::read(&parts) {
            Ok(contents) => JsonOf::of(&contents, self.reveal).serialize(serializer),
            Err(_) => serializer.serialize_none(),
        }
    }
}

impl Dump {
    fn image<'a>(&'a self, content: &'a Content, reveal: bool) -> Option<ImageDoc<ImageOf<'a>>> {
        match content {
            Content::Image(stored, tables) => Some(self.stored(stored, tables, reveal)),
            _ => None,
        }
    }

    fn stored<'a>(
        &'a self,
        stored: &'a Stored,
        tables: &[Summary],
        reveal: bool,
    ) -> ImageDoc<ImageOf<'a>> {
        let place = |(at, length): &(PhysAddr, usize)| (Hex(at.0), *length);
        ImageDoc {
            root: stored.root.as_ref().map(place),
            segments: stored.segments.iter().map(place).collect(),
            tables: tables.iter().map(|table| (table.record.clone(), table.rows)).collect(),
            content: ImageOf { dump: self, stored, reveal },
        }
    }

    fn subtree<'a>(
        &'a self,
        named: &Named,
        blob: Option<&'a Blob>,
        reveal: bool,
    ) -> Subtree<ImageOf<'a>> {
        let mut subtree = Subtree {
            name: named.name.clone(),
            data: Hex(named.data.0),
            size: named.size,
            previous_release: None,
            kexec_count: None,
            reserve_mem: None,
            image: None,
        };
        match blob.map(|blob| &blob.content) {
            Some(Said::Metadata { previous_release, kexec_count }) => {
                subtree.previous_release = Some(NameDoc(previous_release.clone()));
                subtree.kexec_count = Some(*kexec_count);
            }
            Some(Said::ReserveMem(areas)) => {
                let area = |(name, area): &(String, kserial::kho::ReserveMem)| Area {
                    name: name.clone(),
                    start: Hex(area.start.0),
                    size: area.size,
                };
                subtree.reserve_mem = Some(areas.iter().map(area).collect());
            }
            Some(Said::Image(stored, tables)) => {
                subtree.image = Some(self.stored(stored, tables, reveal));
            }
            Some(Said::Unknown) | None => {}
        }
        subtree
    }
}

fn run(run: Run) -> RunDoc {
    RunDoc { order: run.first.order, pfn: Hex(run.first.frame), count: run.keys }
}

fn places(list: &[PhysAddr]) -> Vec<Hex> {
    list.iter().map(|at| Hex(at.0)).collect()
}
