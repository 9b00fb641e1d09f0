//! `/dev/liveupdate` and its sessions.
//!
//! The numbers and layouts are those of `include/uapi/linux/liveupdate.h`.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;

const TYPE: u8 = 0xBA;
const CREATE_SESSION: u8 = 0x00;
const RETRIEVE_SESSION: u8 = 0x01;
const SESSION_PRESERVE_FD: u8 = 0x40;
const SESSION_RETRIEVE_FD: u8 = 0x41;
const SESSION_FINISH: u8 = 0x42;

/// Creating and retrieving a session take the same bytes.
#[repr(C)]
struct NamedSession {
    size: u32,
    fd: RawFd,
    name: [u8; 64],
}

/// Preserving and retrieving a file take the same bytes.
#[repr(C)]
struct TokenFile {
    size: u32,
    fd: RawFd,
    token: u64,
}

#[repr(C)]
struct Finish {
    size: u32,
    reserved: u32,
}

/// Creates a session of a name of any bytes.
pub(crate) fn create(name: &[u8]) -> Result<OwnedFd, Errno> {
    named_session(CREATE_SESSION, name)
}

/// Retrieves a session that an earlier kernel created.
pub(crate) fn retrieve_session(name: &str) -> Result<OwnedFd, Errno> {
    named_session(RETRIEVE_SESSION, name.as_bytes())
}

/// Preserves a file.
pub(crate) fn preserve(session: &OwnedFd, token: u64, file: &OwnedFd) -> Result<(), Errno> {
    let mut ask = TokenFile { size: size::<TokenFile>(), fd: file.as_raw_fd(), token };
    call(session, SESSION_PRESERVE_FD, &mut ask)
}

/// Retrieves a file.
pub(crate) fn retrieve(session: &OwnedFd, token: u64) -> Result<OwnedFd, Errno> {
    let mut ask = TokenFile { size: size::<TokenFile>(), fd: -1, token };
    call(session, SESSION_RETRIEVE_FD, &mut ask)?;
    // SAFETY: the ioctl succeeded, so that this is a new descriptor which nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(ask.fd) })
}

/// Finishes a session.
pub(crate) fn finish(session: &OwnedFd) -> Result<(), Errno> {
    call(session, SESSION_FINISH, &mut Finish { size: size::<Finish>(), reserved: 0 })
}

fn named_session(command: u8, name: &[u8]) -> Result<OwnedFd, Errno> {
    let device = File::options()
        .read(true)
        .write(true)
        .open("/dev/liveupdate")
        .map_err(|error| crate::memfd::errno(&error))?;
    let mut ask = NamedSession { size: size::<NamedSession>(), fd: -1, name: [0; 64] };
    ask.name.get_mut(..name.len()).ok_or(Errno::ENAMETOOLONG)?.copy_from_slice(name);
    call(&device, command, &mut ask)?;
    // SAFETY: the ioctl succeeded, so that this is a new descriptor which nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(ask.fd) })
}

fn call<T>(file: &impl AsRawFd, command: u8, ask: &mut T) -> Result<(), Errno> {
    let request = nix::request_code_none!(TYPE, command);
    // SAFETY: `ask` is one of the structs above, whose first member tells the kernel its size, and
    // it outlives the call.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), request, std::ptr::from_mut(ask)) };
    Errno::result(result).map(drop)
}

fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(0)
}
