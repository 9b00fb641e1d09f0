//! Writing everything down, for programs.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use kserial::kho::{Blob, Content as Said, Map, Memory, Pages, Preserved, Run};
use kserial::luo::{Content, File as Preserve, FolioRun, Memfd, Session};
use kserial::PhysAddr;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::document::{
    Area, ChunkDoc, Document, FaultDoc, FileDoc, FlbDoc, FoliosDoc, Hex, ImageDoc, Input, Kho, Luo,
    MemfdDoc, NameDoc, NodeDoc, RunDoc, SessionDoc, Subtree, TableDoc, SCHEMA,
};
use super::text::SEALS;
use super::Dump;

impl Dump {
    /// Writes everything as JSON; `input` is what was read.
    ///
    /// # Errors
    /// Those of reading `input` for its sum, and of writing.
    pub fn json(&self, mut out: impl Write, input: &Path) -> io::Result<()> {
        let luo = self.luo.as_ref().map(|luo| Luo {
            version: luo.version.name().to_owned(),
            at: Hex(luo.at.0),
            liveupdate_number: luo.number,
            sessions: luo
                .sessions
                .as_ref()
                .map(|sessions| sessions.iter().map(|session| self.session(session)).collect()),
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
                    image: image(&flb.content),
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
            tool: concat!("kserial ", env!("CARGO_PKG_VERSION")).to_owned(),
            input: Input {
                name: input.file_name().unwrap_or(input.as_os_str()).to_string_lossy().into_owned(),
                sha256: sha256(input)?,
                page_size: self.pages.bytes(),
            },
            kho: self.kho(),
            luo,
            faults: faults.collect(),
            more_faults: self.faults.more(),
        };
        serde_json::to_writer_pretty(&mut out, &document)?;
        writeln!(out)?;
        out.flush()
    }

    fn kho(&self) -> Kho {
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
            preserved_pages: preserved.pages(),
            preserved: preserved.runs().map(run).collect(),
            unclaimed: preserved.unclaimed().map(run).collect(),
            subtrees: handover
                .root
                .subtrees
                .iter()
                .map(|named| {
                    let blob = handover.blobs.iter().find(|blob| blob.named == *named);
                    subtree(&named.name, named.data, named.size, blob)
                })
                .collect(),
        }
    }

    fn session<'a>(&'a self, session: &'a Session) -> SessionDoc<Runs<'a>> {
        SessionDoc {
            name: NameDoc(session.name.clone()),
            stated_files: session.stated,
            blocks: places(&session.blocks),
            files: session.files.iter().map(|file| self.file(file)).collect(),
        }
    }

    fn file<'a>(&'a self, file: &'a Preserve) -> FileDoc<Runs<'a>> {
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
            image: image(&file.content),
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

fn image(content: &Content) -> Option<ImageDoc> {
    let Content::Image(stored, tables) = content else { return None };
    let place = |(at, length): &(PhysAddr, usize)| (Hex(at.0), *length);
    Some(ImageDoc {
        root: stored.root.as_ref().map(place),
        segments: stored.segments.iter().map(place).collect(),
        tables: tables.iter().map(|table| (table.record.clone(), table.rows)).collect(),
    })
}

fn subtree(name: &str, data: PhysAddr, size: u64, blob: Option<&Blob>) -> Subtree {
    let mut subtree = Subtree {
        name: name.to_owned(),
        data: Hex(data.0),
        size,
        previous_release: None,
        kexec_count: None,
        reserve_mem: None,
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
        Some(Said::Unknown) | None => {}
    }
    subtree
}

fn run(run: Run) -> RunDoc {
    RunDoc { order: run.first.order, pfn: Hex(run.first.frame), count: run.keys }
}

fn places(list: &[PhysAddr]) -> Vec<Hex> {
    list.iter().map(|at| Hex(at.0)).collect()
}

/// The sum of a file; none of a folder or of what changes while it is read.
fn sha256(path: &Path) -> io::Result<Option<String>> {
    if !path.is_file() || path.starts_with("/proc") {
        return Ok(None);
    }
    let (mut file, mut sum) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => sum.update(&buffer[..read]),
        }
    }
    Ok(Some(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}
