//! Many sessions, and many files in one.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::sys::resource::{setrlimit, Resource};

use crate::liveupdate;
use crate::memfd::{self, errno};
use crate::stage::Facts;

const PAGE: usize = 4096;

/// What a memfd's contents are made from: no two are equal.
fn seed(session: u32, file: u32) -> u64 {
    (u64::from(session) << 32) | (u64::from(file) + 1)
}

fn name(session: u32) -> String {
    format!("many-{session}")
}

/// Makes and preserves them; their descriptors must be kept.
pub(crate) fn create(
    prefix: &str,
    sessions: u32,
    files: u32,
) -> Result<Vec<(String, OwnedFd)>, Errno> {
    allow_descriptors(sessions, files)?;
    let mut made = Vec::new();
    for session in 0..sessions {
        let fd = liveupdate::create(name(session).as_bytes())?;
        for file in 0..files {
            let name = format!("{prefix}{session}-{file}");
            let memfd = memfd::make(&name, PAGE as u64, seed(session, file), 0, 0)?;
            liveupdate::preserve(&fd, u64::from(file), &memfd)?;
            made.push((name, memfd));
        }
        made.push((name(session), fd));
    }
    Ok(made)
}

/// Retrieves and finishes them, and counts those that hold what they held.
pub(crate) fn retrieve(sessions: u32, files: u32, facts: &mut Facts) -> Result<(), Errno> {
    allow_descriptors(sessions, files)?;
    let (mut found, mut same) = (0, 0);
    for session in (0..sessions).rev() {
        let fd = liveupdate::retrieve_session(&name(session))?;
        for file in (0..files).rev() {
            let memfd = liveupdate::retrieve(&fd, u64::from(file))?;
            found += 1;
            let mut bytes = [0; PAGE];
            File::from(memfd).read_exact_at(&mut bytes, 0).map_err(|error| errno(&error))?;
            same += u32::from(bytes[..] == memfd::pattern(seed(session, file), 0, PAGE)[..]);
        }
        liveupdate::finish(&fd)?;
    }
    facts.insert("found".into(), found.to_string());
    facts.insert("same".into(), same.to_string());
    Ok(())
}

fn allow_descriptors(sessions: u32, files: u32) -> Result<(), Errno> {
    let most = u64::from(sessions) * (u64::from(files) + 1) + 1024;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)
}
