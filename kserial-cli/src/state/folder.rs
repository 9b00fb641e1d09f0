//! A folder of pages, each in a file that is named after its address.
//!
//! `kexec-sessions-6ed000.page` is the page at 0x6ed000, as it was at the moment called `kexec`. A
//! folder may hold several moments; `.dtb` files, the root among them, serve all of them, for the
//! root does not change. Two sorts of files say no address themselves:
//!
//! - `kexec-folios-11.bin`, the table of folios of token 0x11, lies on the pages that
//!   `kexec-vmchunk-11-….page` lists;
//! - `kexec-memfdpage-11-0.page`, the first page of that memfd, where the table's first row says.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use kserial::kho::{Memory, Missing};
use kserial::PhysAddr;

use super::{Hint, StateError};

/// The moment that counts if none was asked for: when all that is handed over is final.
const FINAL: &str = "kexec";
/// A file longer than this is no page.
const LONGEST: u64 = 64 << 20;

/// Pages by their addresses. A file may be shorter than a page: its rest is missing.
pub(super) struct Folder {
    pages: BTreeMap<u64, Vec<u8>>,
}

/// Reads the folder at `path` as it was at the moment `stage`.
pub(super) fn open(path: &Path, stage: Option<&str>) -> Result<(Folder, Hint), StateError> {
    let io = |error| StateError::io(path, &error);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(io)? {
        if let Ok(name) = entry.map_err(io)?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    let stages: Vec<&str> = {
        let mut stages: Vec<&str> =
            names.iter().filter_map(|name| Some(Named::of(name)?.stage)).collect();
        stages.dedup();
        stages
    };
    let stage = match stage {
        Some(stage) if stages.contains(&stage) => stage,
        None if stages.contains(&FINAL) => FINAL,
        None if stages.len() == 1 => stages[0],
        _ => {
            let what = match stages.as_slice() {
                [] => "no pages in this folder".to_owned(),
                _ => format!("pages of these moments: {}", stages.join(", ")),
            };
            let advice = "name one with --stage; pages are files such as kexec-luo-674000.page";
            return Err(StateError::new(path, what, advice));
        }
    };
    let mut folder = Folder { pages: BTreeMap::new() };
    let mut hint = Hint::Search;
    let read = |name: &str| {
        let file = path.join(name);
        let length = fs::metadata(&file).map_err(|error| StateError::io(&file, &error))?.len();
        if length > LONGEST {
            return Err(StateError::new(&file, "too long for a page", "take it out of the folder"));
        }
        fs::read(&file).map_err(|error| StateError::io(&file, &error))
    };
    for name in &names {
        let Some(named) = Named::of(name) else { continue };
        if named.kind == "dtb" || named.stage == stage {
            if let Some(at) = named.address() {
                folder.pages.insert(at, read(name)?);
                if named.kind == "dtb" && named.parts.first() == Some(&"fdt") {
                    hint = Hint::At(PhysAddr(at));
                }
            }
        }
    }
    // What says no address itself, now that the pages that do are there.
    for name in &names {
        let Some(named) = Named::of(name).filter(|named| named.stage == stage) else { continue };
        match named.parts.as_slice() {
            ["folios", token] => folder.place_table(&read(name)?, &names, stage, token),
            ["memfdpage", token, "0"] => {
                let row = folder.table(&names, stage, token).first().copied();
                let start =
                    row.and_then(|at| folder.word(at)).map(|word| (word & !(0xfff << 52)) << 12);
                if let Some(start) = start {
                    folder.pages.insert(start, read(name)?);
                }
            }
            _ => {}
        }
    }
    if matches!(hint, Hint::Search) {
        let shown = names.iter().find(|name| {
            name.strip_prefix("debugfs-").is_some_and(|rest| rest.starts_with(stage))
                && name.ends_with("-in_fdt")
        });
        if let Some(shown) = shown {
            hint = Hint::Bytes(read(shown)?);
        }
    }
    Ok((folder, hint))
}

/// A file's name, taken apart.
struct Named<'a> {
    stage: &'a str,
    parts: Vec<&'a str>,
    kind: &'a str,
}

impl<'a> Named<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (stem, kind) = name.rsplit_once('.')?;
        if !matches!(kind, "page" | "bin" | "dtb") {
            return None;
        }
        let mut parts = stem.split('-');
        let stage = parts.next()?;
        Some(Self { stage, parts: parts.collect(), kind })
    }

    fn address(&self) -> Option<u64> {
        let last = self.parts.last()?;
        if matches!(self.parts.first(), Some(&"folios" | &"memfdpage")) {
            return None;
        }
        u64::from_str_radix(last, 16).ok()
    }
}

impl Folder {
    /// Where the pages of the table of folios of `token` are.
    fn table(&self, names: &[String], stage: &str, token: &str) -> Vec<u64> {
        let listed = names.iter().filter_map(|name| {
            let named = Named::of(name).filter(|named| named.stage == stage)?;
            (named.parts.starts_with(&["vmchunk", token])).then(|| named.address())?
        });
        let chunks = listed.filter_map(|at| self.pages.get(&at));
        let words = chunks.flat_map(|chunk| chunk.as_chunks::<8>().0.iter().skip(1));
        words.map(|word| u64::from_le_bytes(*word)).take_while(|at| *at != 0).collect()
    }

    fn place_table(&mut self, rows: &[u8], names: &[String], stage: &str, token: &str) {
        let pages = self.table(names, stage, token);
        for (at, rows) in pages.into_iter().zip(rows.chunks(4096)) {
            self.pages.insert(at, rows.to_vec());
        }
    }

    fn word(&self, at: u64) -> Option<u64> {
        let mut word = [0; 8];
        self.read(PhysAddr(at), &mut word).ok()?;
        Some(u64::from_le_bytes(word))
    }
}

impl Memory for Folder {
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing> {
        let (mut at, mut rest) = (at.0, into);
        while !rest.is_empty() {
            let missing = Missing { at: PhysAddr(at) };
            let (start, page) = self.pages.range(..=at).next_back().ok_or(missing)?;
            let within = usize::try_from(at - start).map_err(|_| missing)?;
            let bytes = page.get(within..).filter(|bytes| !bytes.is_empty()).ok_or(missing)?;
            let length = bytes.len().min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(&bytes[..length]);
            at = at.checked_add(length as u64).ok_or(missing)?;
            rest = later;
        }
        Ok(())
    }

    fn parts(&self) -> Vec<Range<u64>> {
        let end = |at: u64, page: &[u8]| at.saturating_add(page.len() as u64);
        self.pages.iter().map(|(at, page)| *at..end(*at, page)).collect()
    }
}
