//! The floor for a reader that gets structs of another layout.
//!
//! Rows lie in tables, and are turned into the other struct, a run at a time, by code that was compiled
//! for these two; block by block, the sum of each checked just before. For W1 also member by member where
//! they lie, at [`Place`]s that are known only when it runs: what a plan is at its plainest.

use std::iter::Zip;
use std::slice::{self, Chunks};

use zerocopy::little_endian::U64;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{FileRow, SessionRow, BLOCK};
use crate::workload::memfd::{self, Folio};
use crate::workload::sessions::{self, Sessions};

/// W2 as KSerial lays it out: a table of sessions and one of files, with a sum per block of each.
#[derive(Debug)]
pub struct Tables {
    sessions: Vec<u8>,
    files: Vec<u8>,
    sums: [Vec<u32>; 2],
}

/// A folio as it is written.
#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct FolioRow {
    pfn_flags: U64,
    index: U64,
}

/// A file as the reader has it: a member more, the others in another order.
#[derive(Clone, Copy)]
struct LongerFile {
    token: u64,
    flags: u64,
    compatible: [u8; 48],
    data: u64,
}

/// A session as the reader has it.
#[derive(Clone, Copy)]
struct LongerSession {
    created: u64,
    name: [u8; 64],
    end: u64,
}

/// A folio as the reader has it: two members more, between the others.
#[derive(Clone, Copy)]
struct LongerFolio {
    pfn_flags: u64,
    order: u32,
    node: u32,
    index: u64,
}

/// Rows converted at once.
const RUN: usize = 64;

/// W1 as KSerial lays it out: the folios as they are, with a sum per block.
#[derive(Debug)]
pub struct Folios<'a> {
    rows: &'a [u8],
    sums: Vec<u32>,
}

/// Where eight bytes of a row begin, and which of their bits are a member; none, if the row has no such
/// member.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    start: usize,
    shift: u32,
    keep: u64,
}

impl<'a> Folios<'a> {
    /// The folios in a table.
    pub fn of(folios: &'a [Folio]) -> Self {
        let rows = folios.as_bytes();
        Self { rows, sums: rows.chunks(BLOCK).map(crc32fast::hash).collect() }
    }

    /// The sum over what a reader of the other layout is handed, each block checked just before.
    pub fn decode_sum_longer(&self) -> u64 {
        let mut sum: u64 = 0;
        let none = LongerFolio { pfn_flags: 0, order: 0, node: 0, index: 0 };
        let mut runs = Runs::of(self.rows, &self.sums, none, long_folios);
        while let Some(folios) = runs.next() {
            for f in folios {
                let new = u64::from(f.order) + u64::from(f.node);
                sum = sum.wrapping_add(memfd::sum(f.pfn_flags, f.index)).wrapping_add(new);
            }
        }
        sum
    }

    /// The same of members where they lie, which is not known before it runs.
    pub fn decode_sum_placed(&self, places: &[Place; 5]) -> u64 {
        let mut sum: u64 = 0;
        for (block, taken) in self.rows.chunks(BLOCK).zip(&self.sums) {
            assert_eq!(crc32fast::hash(block), *taken, "intact");
            for row in <[[u8; 16]]>::ref_from_bytes(block).expect("whole rows") {
                let [pfn, flags, order, node, index] = places.map(|place| place.of(row));
                let new = u64::from(order as u32) + u64::from(node as u32);
                sum = sum.wrapping_add(memfd::fields(pfn, flags, index)).wrapping_add(new);
            }
        }
        sum
    }
}

impl Place {
    /// Where the five members of a reader of the other layout lie in rows of W1.
    pub fn of_longer() -> [Self; 5] {
        let none = Self { start: 0, shift: 0, keep: 0 };
        let pfn = Self { keep: (1 << memfd::PFN_BITS) - 1, ..none };
        let flags = Self { shift: memfd::PFN_BITS, keep: 0xfff, ..none };
        [pfn, flags, none, none, Self { start: 8, keep: u64::MAX, ..none }]
    }

    #[inline]
    fn of(&self, row: &[u8; 16]) -> u64 {
        let window = row.get(self.start..).and_then(|rest| rest.first_chunk());
        window.map_or(0, |bytes| u64::from_le_bytes(*bytes) >> (self.shift & 63) & self.keep)
    }
}

impl Tables {
    /// The sessions in tables.
    pub fn of(sessions: &Sessions) -> Self {
        let (mut rows, mut files, mut end) = (Vec::new(), Vec::new(), 0);
        for session in sessions {
            end += session.files.len() as u64;
            rows.extend_from_slice(SessionRow { name: session.name, files: end.into() }.as_bytes());
            for f in &session.files {
                let (data, token) = (f.data.into(), f.token.into());
                files.extend_from_slice(
                    FileRow { compatible: f.compatible, data, token }.as_bytes(),
                );
            }
        }
        let sums = |rows: &[u8], row| rows.chunks(BLOCK / row * row).map(crc32fast::hash).collect();
        let sums = [sums(&rows, size_of::<SessionRow>()), sums(&files, size_of::<FileRow>())];
        Self { sessions: rows, files, sums }
    }

    /// The sum over what a reader of the other layout is handed: each session with its files, each block
    /// checked just before.
    pub fn decode_sum_longer(&self) -> u64 {
        let none = LongerFile { token: 0, flags: 0, compatible: [0; 48], data: 0 };
        let mut files = Runs::of(&self.files, &self.sums[1], none, long_files);
        let none = LongerSession { created: 0, name: [0; 64], end: 0 };
        let mut sessions = Runs::of(&self.sessions, &self.sums[0], none, long_sessions);
        let mut ahead: &[LongerFile] = &[];
        let (mut sum, mut start): (u64, u64) = (0, 0);
        while let Some(rows) = sessions.next() {
            for s in rows {
                let own = sessions::session(&s.name, s.end - start);
                sum = sum.wrapping_add(own).wrapping_add(s.created);
                let mut left = (s.end - start) as usize;
                start = s.end;
                while left > 0 {
                    if ahead.is_empty() {
                        ahead = files.next().expect("more files");
                    }
                    let (now, later) = ahead.split_at(left.min(ahead.len()));
                    for f in now {
                        let own = sessions::file(&f.compatible, f.data, f.token);
                        sum = sum.wrapping_add(own).wrapping_add(f.flags);
                    }
                    (ahead, left) = (later, left - now.len());
                }
            }
        }
        sum
    }
}

/// Rows that are converted a run at a time, each block checked just before.
struct Runs<'a, S, T> {
    blocks: Zip<Chunks<'a, u8>, slice::Iter<'a, u32>>,
    rows: Chunks<'a, S>,
    scratch: [T; RUN],
    convert: fn(&[S], &mut [T]),
}

impl<'a, S, T: Copy> Runs<'a, S, T>
where
    S: FromBytes + Immutable + KnownLayout + Unaligned,
{
    fn of(rows: &'a [u8], sums: &'a [u32], none: T, convert: fn(&[S], &mut [T])) -> Self {
        let block = BLOCK / size_of::<S>() * size_of::<S>();
        let blocks = rows.chunks(block).zip(sums);
        Self { blocks, rows: [].chunks(RUN), scratch: [none; RUN], convert }
    }

    fn next(&mut self) -> Option<&[T]> {
        let run = match self.rows.next() {
            Some(run) => run,
            None => {
                let (block, sum) = self.blocks.next()?;
                assert_eq!(crc32fast::hash(block), *sum, "intact");
                self.rows = <[S]>::ref_from_bytes(block).expect("whole rows").chunks(RUN);
                self.rows.next()?
            }
        };
        let scratch = &mut self.scratch[..run.len()];
        (self.convert)(run, scratch);
        Some(scratch)
    }
}

/// Not inlined: who lends out structs cannot know what is read of them.
#[inline(never)]
fn long_files(rows: &[FileRow], out: &mut [LongerFile]) {
    for (f, out) in rows.iter().zip(out) {
        let (data, token) = (f.data.get(), f.token.get());
        *out = LongerFile { token, flags: 0, compatible: f.compatible, data };
    }
}

#[inline(never)]
fn long_sessions(rows: &[SessionRow], out: &mut [LongerSession]) {
    for (s, out) in rows.iter().zip(out) {
        *out = LongerSession { created: 0, name: s.name, end: s.files.get() };
    }
}

#[inline(never)]
fn long_folios(rows: &[FolioRow], out: &mut [LongerFolio]) {
    for (f, out) in rows.iter().zip(out) {
        let (pfn_flags, index) = (f.pfn_flags.get(), f.index.get());
        *out = LongerFolio { pfn_flags, order: 0, node: 0, index };
    }
}
