//! A device that a process drives: VFIO with mappings that stay as they are.
//!
//! The numbers and layouts are those of `include/uapi/linux/vfio.h`. What is held here is held until
//! the process ends; across a kexec it does not.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use lab_guest::Map;
use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::{mmap_anonymous, MapFlags, ProtFlags};

use crate::memfd::errno;

const TYPE: u8 = b';';
const SET_IOMMU: u8 = 102;
const GROUP_SET_CONTAINER: u8 = 104;
const GROUP_GET_DEVICE_FD: u8 = 106;
const MAP_DMA: u8 = 113;
const TYPE1_V2: u64 = 3;

#[repr(C)]
struct MapDma {
    size: u32,
    flags: u32,
    from: u64,
    iova: u64,
    len: u64,
}

/// Gives the device at a PCI address to the calling process, and maps memory of its own for it.
pub(crate) fn hold(address: &str, maps: &[Map]) -> Result<Vec<OwnedFd>, Errno> {
    let group = fs::read_link(format!("/sys/bus/pci/devices/{address}/iommu_group"));
    let group = group.map_err(|error| errno(&error))?;
    let number = group.file_name().ok_or(Errno::ENODEV)?.to_string_lossy().into_owned();
    let container = open("/dev/vfio/vfio")?;
    let group = open(&format!("/dev/vfio/{number}"))?;
    let mut container_fd = container.as_raw_fd();
    call(&group, GROUP_SET_CONTAINER, (&raw mut container_fd).addr() as u64)?;
    call(&container, SET_IOMMU, TYPE1_V2)?;
    let name = std::ffi::CString::new(address).map_err(|_| Errno::EINVAL)?;
    let device = call(&group, GROUP_GET_DEVICE_FD, name.as_ptr().addr() as u64)?;
    // SAFETY: the ioctl succeeded, so that this is a new descriptor which nobody else owns.
    let device = unsafe { OwnedFd::from_raw_fd(device) };
    for map in maps {
        let len = usize::try_from(map.len).ok().and_then(NonZeroUsize::new).ok_or(Errno::EINVAL)?;
        let prot = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: new memory, which stays until the process ends.
        let from = unsafe { mmap_anonymous(None, len, prot, MapFlags::MAP_PRIVATE) }?;
        let mut ask = MapDma {
            size: u32::try_from(size_of::<MapDma>()).unwrap_or(0),
            flags: 1 | u32::from(map.write) << 1,
            from: from.as_ptr().addr() as u64,
            iova: map.iova,
            len: map.len,
        };
        call(&container, MAP_DMA, (&raw mut ask).addr() as u64)?;
    }
    Ok(vec![container, group, device])
}

fn open(path: &str) -> Result<OwnedFd, Errno> {
    let file = File::options().read(true).write(true).open(path);
    Ok(file.map_err(|error| errno(&error))?.into())
}

fn call(file: &OwnedFd, command: u8, argument: u64) -> Result<i32, Errno> {
    let request = nix::request_code_none!(TYPE, command);
    // SAFETY: the argument is what the command takes: a number, or the address of what outlives the
    // call.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), request, argument) };
    Errno::result(result)
}
