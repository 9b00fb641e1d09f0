//! Memfds: made with known contents, and described.

use std::ffi::CString;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::fcntl::{fallocate, fcntl, FallocateFlags, FcntlArg, SealFlag};
use nix::sys::memfd::{memfd_create, MFdFlags};
use sha2::{Digest, Sha256};

use crate::stage::Facts;

const CHUNK: usize = 1 << 20;

/// Makes a memfd. Each eight bytes hold their place in the file and the seed, mixed, so that no
/// two pages are equal.
pub(crate) fn make(
    name: &str,
    size: u64,
    seed: u64,
    seals: u32,
    position: u64,
) -> Result<OwnedFd, Errno> {
    let mut file = File::from(create(name)?);
    fill(&file, seed, 0, size)?;
    file.seek(SeekFrom::Start(position)).map_err(|error| errno(&error))?;
    let fd = OwnedFd::from(file);
    seal(&fd, seals)?;
    Ok(fd)
}

/// Makes a memfd of which only `parts` are filled, with what [`make`] would fill them with, and cuts
/// `holes` out of it again: what is left of a huge page then are smaller ones.
pub(crate) fn sparse(
    name: &str,
    size: u64,
    seed: u64,
    parts: &[(u64, u64)],
    holes: &[(u64, u64)],
) -> Result<OwnedFd, Errno> {
    let file = File::from(create(name)?);
    file.set_len(size).map_err(|error| errno(&error))?;
    for (at, length) in parts {
        fill(&file, seed, *at, *length)?;
    }
    for (at, length) in holes {
        let signed = |number: u64| i64::try_from(number).map_err(|_| Errno::EINVAL);
        let flags = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
        fallocate(&file, flags, signed(*at)?, signed(*length)?)?;
    }
    Ok(file.into())
}

fn create(name: &str) -> Result<OwnedFd, Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    memfd_create(name.as_c_str(), MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC)
}

/// Fills `size` bytes from `start` on, a multiple of eight.
fn fill(file: &File, seed: u64, start: u64, size: u64) -> Result<(), Errno> {
    let (mut at, end) = (start, start + size);
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        file.write_all_at(&pattern(seed, at, length), at).map_err(|error| errno(&error))?;
        at += length as u64;
    }
    Ok(())
}

/// What a memfd made from `seed` holds from `at`, a multiple of eight, on.
pub(crate) fn pattern(seed: u64, at: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    for word in (at..).step_by(8).take(length.div_ceil(8)) {
        let mixed = (word ^ seed.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bytes.extend_from_slice(&mixed.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Adds seals.
pub(crate) fn seal(file: &impl AsFd, seals: u32) -> Result<(), Errno> {
    if seals != 0 {
        let seals = SealFlag::from_bits_retain(i32::from_ne_bytes(seals.to_ne_bytes()));
        fcntl(file.as_fd(), FcntlArg::F_ADD_SEALS(seals))?;
    }
    Ok(())
}

/// Size, position, seals and the hash of the contents; the position is left where it was.
pub(crate) fn describe(file: &OwnedFd, facts: &mut Facts) -> Result<(), Errno> {
    let mut file = File::from(file.try_clone().map_err(|error| errno(&error))?);
    let size = file.metadata().map_err(|error| errno(&error))?.len();
    let position = file.stream_position().map_err(|error| errno(&error))?;
    let seals = fcntl(file.as_fd(), FcntlArg::F_GET_SEALS)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut at = 0;
    loop {
        let got = file.read_at(&mut chunk, at).map_err(|error| errno(&error))?;
        if got == 0 {
            break;
        }
        hash.update(&chunk[..got]);
        at += got as u64;
    }
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    facts.insert("size".into(), size.to_string());
    facts.insert("position".into(), position.to_string());
    facts.insert("seals".into(), format!("{seals:#x}"));
    facts.insert("sha256".into(), hash);
    Ok(())
}

/// The number of an I/O error of the standard library.
pub(crate) fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}
