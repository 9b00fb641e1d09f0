//! The floor for a reader that gets structs of another layout.
//!
//! Rows lie in tables, and are turned into the other struct, a run at a time, by code that was compiled
//! for these two; block by block, the sum of each checked just before.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::{FileRow, SessionRow, BLOCK};
use crate::workload::sessions::{self, Sessions};

/// W2 as KSerial lays it out: a table of sessions and one of files, with a sum per block of each.
#[derive(Debug)]
pub struct Tables {
    sessions: Vec<u8>,
    files: Vec<u8>,
    sums: [Vec<u32>; 2],
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

/// Rows converted at once.
const RUN: usize = 64;

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

    /// The sum over what a reader of the other layout is handed, each block checked just before.
    pub fn decode_sum_longer(&self) -> u64 {
        let mut sum: u64 = 0;
        let mut scratch = [LongerFile { token: 0, flags: 0, compatible: [0; 48], data: 0 }; RUN];
        in_runs(&self.files, &self.sums[1], &mut scratch, long_files, |files| {
            for f in files {
                let own = sessions::file(&f.compatible, f.data, f.token);
                sum = sum.wrapping_add(own).wrapping_add(f.flags);
            }
        });
        let mut scratch = [LongerSession { created: 0, name: [0; 64], end: 0 }; RUN];
        let mut start = 0;
        in_runs(&self.sessions, &self.sums[0], &mut scratch, long_sessions, |rows| {
            for s in rows {
                let own = sessions::session(&s.name, s.end - start);
                sum = sum.wrapping_add(own).wrapping_add(s.created);
                start = s.end;
            }
        });
        sum
    }
}

/// Checks block by block, converts run by run, and lends each run.
fn in_runs<S, T>(
    rows: &[u8],
    sums: &[u32],
    scratch: &mut [T; RUN],
    convert: fn(&[S], &mut [T]),
    mut lend: impl FnMut(&[T]),
) where
    S: FromBytes + Immutable + KnownLayout + Unaligned,
{
    let block = BLOCK / size_of::<S>() * size_of::<S>();
    for (block, sum) in rows.chunks(block).zip(sums) {
        assert_eq!(crc32fast::hash(block), *sum, "intact");
        for run in <[S]>::ref_from_bytes(block).expect("whole rows").chunks(RUN) {
            let scratch = &mut scratch[..run.len()];
            convert(run, scratch);
            lend(scratch);
        }
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
