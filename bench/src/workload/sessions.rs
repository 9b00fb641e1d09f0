//! W2: sessions of the Live Update Orchestrator, each with a name and four files.

use versionize::{VersionMap, Versionize, VersionizeResult};

use super::{words, Numbers};

/// Sessions in the measured workload.
pub const SESSIONS: usize = 100_000;
/// Files of each.
pub const FILES: usize = 4;

/// What `compatible` says who can take the file.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    bincode::Encode,
    bincode::Decode,
    rkyv::Archive,
    rkyv::Serialize,
    savefile_derive::Savefile,
    minicbor::Encode,
    minicbor::Decode,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    versionize_derive::Versionize,
)]
#[repr(C)]
pub struct File {
    #[serde(with = "serde_bytes")]
    #[cbor(n(0), with = "minicbor::bytes")]
    pub compatible: [u8; 48],
    #[n(1)]
    pub data: u64,
    #[n(2)]
    pub token: u64,
}

/// A session.
#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    bincode::Encode,
    bincode::Decode,
    rkyv::Archive,
    rkyv::Serialize,
    savefile_derive::Savefile,
    minicbor::Encode,
    minicbor::Decode,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    versionize_derive::Versionize,
)]
pub struct Session {
    #[serde(with = "serde_bytes")]
    #[cbor(n(0), with = "minicbor::bytes")]
    pub name: [u8; 64],
    #[n(1)]
    pub files: Vec<File>,
}

/// The workload.
pub type Sessions = Vec<Session>;

/// Bytes of the payload: per session its name, a count of 8 bytes, and its files.
pub fn payload(sessions: &Sessions) -> usize {
    sessions.iter().map(|s| 72 + size_of_val(s.files.as_slice())).sum()
}

/// `rows` sessions.
pub fn generate(seed: u64, rows: usize) -> Sessions {
    let mut numbers = Numbers::seeded(seed);
    (0..rows)
        .map(|n| {
            let files = (0..FILES).map(|f| File {
                compatible: text(&format!("memfd-v{}", n * FILES + f)),
                data: numbers.draw() & !0xfff,
                token: f as u64,
            });
            Session { files: files.collect(), name: text(&format!("vm-{n:x}-{:016x}", n * n)) }
        })
        .collect()
}

fn text<const N: usize>(of: &str) -> [u8; N] {
    let mut field = [0; N];
    field[..of.len()].copy_from_slice(of.as_bytes());
    field
}

/// What a file contributes to the sum.
#[inline]
pub fn file(compatible: &[u8], data: u64, token: u64) -> u64 {
    words(compatible).wrapping_add(data << 1).wrapping_add(token << 2)
}

/// What a session contributes, its files apart.
#[inline]
pub fn session(name: &[u8], files: u64) -> u64 {
    words(name).wrapping_add(files << 3)
}

/// The reference.
pub fn reference(sessions: &Sessions) -> u64 {
    let one = |s: &Session| {
        let files = s.files.iter().map(|f| file(&f.compatible, f.data, f.token));
        files.fold(session(&s.name, s.files.len() as u64), u64::wrapping_add)
    };
    sessions.iter().map(one).fold(0, u64::wrapping_add)
}
