//! W2 as a table of sessions and a table of their files.

use kserial::{KSerial, Record, Room, Rows, Spec};
use zerocopy::{FromBytes, FromZeros as _, Immutable, IntoBytes, KnownLayout};

use super::{cut, open, writer, CHANGED, SEGMENTS};
use crate::workload::sessions as w;
use crate::workload::sessions::Sessions;

/// A file.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "file")]
#[repr(C)]
pub struct File {
    #[kserial(id = 1, text)]
    pub(super) compatible: [u8; 48],
    #[kserial(id = 2)]
    pub(super) data: u64,
    #[kserial(id = 3)]
    pub(super) token: u64,
}

/// A session.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "session")]
#[repr(C)]
pub struct Session {
    #[kserial(id = 1, text)]
    name: [u8; 64],
    #[kserial(id = 2)]
    files: Rows<File>,
}

/// A version of a file with a member more and the others in another order.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "file")]
#[repr(C)]
pub struct LongerFile {
    #[kserial(id = 3)]
    pub(super) token: u64,
    #[kserial(id = 4, default = 0)]
    pub(super) flags: u64,
    #[kserial(id = 1, text)]
    pub(super) compatible: [u8; 48],
    #[kserial(id = 2)]
    pub(super) data: u64,
}

/// A version of a session with a member more, in front.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "session")]
#[repr(C)]
pub struct LongerSession {
    #[kserial(id = 3, default = 0)]
    created: u64,
    #[kserial(id = 1, text)]
    name: [u8; 64],
    #[kserial(id = 2)]
    files: Rows<LongerFile>,
}

/// What a version of a file contributes to the sum.
trait FileRow: Record + Copy {
    fn sum(&self) -> u64;
}

/// What a version of a session contributes, given how many files it has.
trait SessionRow: Record + Copy {
    type File: FileRow;
    fn sum(&self, files: u64) -> u64;
    fn files(&self) -> Rows<Self::File>;
}

impl FileRow for File {
    #[inline]
    fn sum(&self) -> u64 {
        w::file(&self.compatible, self.data, self.token)
    }
}

impl FileRow for LongerFile {
    #[inline]
    fn sum(&self) -> u64 {
        w::file(&self.compatible, self.data, self.token).wrapping_add(self.flags)
    }
}

impl SessionRow for Session {
    type File = File;
    #[inline]
    fn sum(&self, files: u64) -> u64 {
        w::session(&self.name, files)
    }
    #[inline]
    fn files(&self) -> Rows<File> {
        self.files
    }
}

impl SessionRow for LongerSession {
    type File = LongerFile;
    #[inline]
    fn sum(&self, files: u64) -> u64 {
        w::session(&self.name, files).wrapping_add(self.created)
    }
    #[inline]
    fn files(&self) -> Rows<LongerFile> {
        self.files
    }
}

/// Writes the sessions.
pub fn encode(sessions: &Sessions, buffer: &mut Vec<u8>) {
    let files = sessions.iter().map(|session| session.files.len()).sum();
    let tables = [Spec::of::<Session>(sessions.len()), Spec::of::<File>(files)];
    let mut parts = cut(&tables, buffer);
    let mut image = writer(&tables, &mut parts);
    let mut rows = image.table::<Session>().expect("announced");
    let mut files = image.table::<File>().expect("announced");
    for session in sessions {
        for file in &session.files {
            let w::File { compatible, data, token } = *file;
            files.push(&File { compatible, data, token }).expect("announced");
        }
        let files = files.mark().expect("64 bits");
        rows.push(&Session { name: session.name, files }).expect("announced");
    }
    rows.finish(&mut image).expect("filled");
    files.finish(&mut image).expect("filled");
    image.finish().expect("filled");
}

const SCRATCH: usize = 64;

fn stream_as<S: SessionRow>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let (mut room, mut file_room) = (Room::empty(), Room::empty());
    let mut sessions = image.stream::<S>(&mut room).expect("compatible");
    let mut files = image.stream::<S::File>(&mut file_room).expect("compatible");
    let mut scratch = [S::new_zeroed(); SCRATCH];
    let mut file_scratch = [S::File::new_zeroed(); SCRATCH];
    let (mut sum, mut start): (u64, u64) = (0, 0);
    let mut ahead: &[S::File] = &[];
    while let Some(rows) = sessions.next(&mut scratch).expect(CHANGED) {
        for session in rows {
            let end = session.files().end();
            sum = sum.wrapping_add(session.sum(end - start));
            let mut left = (end - start) as usize;
            start = end;
            // A session's files may lie in two blocks.
            while left > 0 {
                if ahead.is_empty() {
                    ahead = files.next(&mut file_scratch).expect(CHANGED).expect("more files");
                }
                let (now, later) = ahead.split_at(left.min(ahead.len()));
                sum = now.iter().map(S::File::sum).fold(sum, u64::wrapping_add);
                (ahead, left) = (later, left - now.len());
            }
        }
    }
    sum
}

fn verified_as<S: SessionRow>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts).verify().expect(CHANGED);
    let (mut room, mut file_room) = (Room::empty(), Room::empty());
    let files = image.table::<S::File>(&mut file_room).expect("compatible");
    let sessions = image.table::<S>(&mut room).expect("compatible");
    let mut scratch = [S::File::new_zeroed(); SCRATCH];
    let mut sum: u64 = 0;
    for (session, files) in sessions.with(S::files, &files) {
        sum = sum.wrapping_add(session.sum(files.len() as u64));
        let mut runs = files.runs(&mut scratch).expect("room");
        while let Some(rows) = runs.next() {
            sum = rows.iter().map(S::File::sum).fold(sum, u64::wrapping_add);
        }
    }
    sum
}

/// Another layout, selected members: all of both records.
pub fn decode_sum_longer_selected(bytes: &[u8]) -> u64 {
    type Member = (u64, u64, [u8; 48], u64);
    type Parent = (u64, [u8; 64], Rows<LongerFile>);
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let (mut room, mut file_room) = (Room::empty(), Room::empty());
    let sessions = image.stream::<LongerSession>(&mut room).expect("compatible");
    let paths = (LongerSession::CREATED, LongerSession::NAME, LongerSession::FILES);
    let mut sessions = sessions.select::<Parent>(paths).expect("members of the row");
    let files = image.stream::<LongerFile>(&mut file_room).expect("compatible");
    let paths = (LongerFile::TOKEN, LongerFile::FLAGS, LongerFile::COMPATIBLE, LongerFile::DATA);
    let mut files = files.select::<Member>(paths).expect("members of the row");
    let mut ahead = files.next().expect(CHANGED).expect("files");
    let (mut sum, mut start): (u64, u64) = (0, 0);
    while let Some(rows) = sessions.next().expect(CHANGED) {
        for (created, name, mark) in rows {
            let end = mark.end();
            sum = sum.wrapping_add(w::session(&name, end - start)).wrapping_add(created);
            for _ in start..end {
                // A session's files may lie in two blocks.
                if ahead.is_empty() {
                    ahead = files.next().expect(CHANGED).expect("more files");
                }
                let (token, flags, compatible, data) = ahead.next().expect("not empty");
                sum = sum.wrapping_add(w::file(&compatible, data, token)).wrapping_add(flags);
            }
            start = end;
        }
    }
    sum
}

/// Same layout, block by block.
pub fn decode_sum(bytes: &[u8]) -> u64 {
    stream_as::<Session>(bytes)
}

/// Same layout, verified first, each session with its files.
pub fn decode_sum_verified(bytes: &[u8]) -> u64 {
    verified_as::<Session>(bytes)
}

/// Another layout, as `&[T]` through the scratch.
pub fn decode_sum_longer(bytes: &[u8]) -> u64 {
    stream_as::<LongerSession>(bytes)
}

/// Another layout, verified first, each session with its files.
pub fn decode_sum_longer_verified(bytes: &[u8]) -> u64 {
    verified_as::<LongerSession>(bytes)
}
