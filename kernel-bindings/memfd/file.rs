// SPDX-License-Identifier: GPL-2.0

//! Memfds as the kernel has them, over `shim.c`.

use core::ffi::CStr as CoreCStr;
use core::ptr::NonNull;

use kernel::bindings;
use kernel::error::{from_err_ptr, to_result};
use kernel::ffi::{c_char, c_int};
use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use liveupdate::Restored;

use crate::record::{Folio, Memfd};

mod c {
    use super::{c_char, c_int};
    use kernel::bindings::{file, folio, inode};

    #[repr(C)]
    pub(super) struct Memfd {
        pub(super) inode: *mut inode,
        pub(super) folios: *mut *mut folio,
        pub(super) count: isize,
        pub(super) size: u64,
    }

    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Folio {
        pub(super) pfn: u64,
        pub(super) index: u64,
        pub(super) order: u8,
    }

    #[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
    extern "C" {
        pub(super) fn kserial_memfd_name(file: *const file) -> *const c_char;
        pub(super) fn kserial_memfd_id(file: *const file) -> usize;
        pub(super) fn kserial_memfd_preserve(file: *mut file, memfd: *mut Memfd) -> c_int;
        pub(super) fn kserial_memfd_unpreserve(memfd: *mut Memfd);
        pub(super) fn kserial_memfd_folio(memfd: *const Memfd, n: isize, out: *mut Folio);
        pub(super) fn kserial_memfd_position(file: *const file) -> u64;
        pub(super) fn kserial_memfd_seals(file: *mut file) -> c_int;
        pub(super) fn kserial_memfd_mode(file: *const file) -> u32;
        pub(super) fn kserial_memfd_make(
            name: *const c_char,
            mode: u32,
            seals: u32,
            size: u64,
            position: u64,
        ) -> *mut file;
        pub(super) fn kserial_memfd_add(file: *mut file, folio: *mut folio, index: u64) -> c_int;
    }
}

/// The name that a memfd was given, if the file is one.
pub(crate) fn name(file: &File) -> Option<&[u8]> {
    // SAFETY: The file is alive as long as the reference.
    let name = unsafe { c::kserial_memfd_name(file.as_ptr()) };
    // SAFETY: The name ends in NUL, and a memfd cannot be renamed.
    (!name.is_null()).then(|| unsafe { CoreCStr::from_ptr(name.cast()) }.to_bytes())
}

/// What all files of a memfd have in common, however it was opened.
pub(crate) fn id(file: &File) -> usize {
    // SAFETY: The file is alive as long as the reference.
    unsafe { c::kserial_memfd_id(file.as_ptr()) }
}

/// Where the file's position is.
pub(crate) fn position(file: &File) -> u64 {
    // SAFETY: The file is alive as long as the reference.
    unsafe { c::kserial_memfd_position(file.as_ptr()) }
}

/// The seals that the file has.
pub(crate) fn seals(file: &File) -> Result<u32> {
    // SAFETY: The file is alive as long as the reference.
    let seals = unsafe { c::kserial_memfd_seals(file.as_ptr()) };
    u32::try_from(seals).map_err(|_| Error::from_errno(seals))
}

/// The file's permission bits.
pub(crate) fn mode(file: &File) -> u32 {
    // SAFETY: The file is alive as long as the reference.
    unsafe { c::kserial_memfd_mode(file.as_ptr()) }
}

/// A memfd whose folios are pinned and preserved, and whose size cannot change. Dropping it undoes
/// that.
///
/// # Invariants
///
/// The shim filled the structure, and the orchestrator holds the file until after the drop.
pub(crate) struct Frozen(c::Memfd);

// SAFETY: It is used through its own references only, whatever the thread.
unsafe impl Send for Frozen {}

impl Frozen {
    /// Pins and preserves every folio; holes become zeroed folios. May sleep.
    ///
    /// # Safety
    ///
    /// The file must outlive what is returned.
    pub(crate) unsafe fn new(file: &File) -> Result<Self> {
        let mut memfd =
            c::Memfd { inode: core::ptr::null_mut(), folios: core::ptr::null_mut(), count: 0, size: 0 };
        // SAFETY: The file is alive, and `memfd` can be written.
        to_result(unsafe { c::kserial_memfd_preserve(file.as_ptr(), &mut memfd) })?;
        // INVARIANT: Filled just now; the caller keeps the file.
        Ok(Self(memfd))
    }

    /// The file's size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.0.size
    }

    /// How many folios there are.
    pub(crate) fn len(&self) -> usize {
        self.0.count.unsigned_abs()
    }

    /// The folios, in the order of the file, each with its order.
    pub(crate) fn folios(&self) -> impl Iterator<Item = (Folio, u8)> + Clone + '_ {
        (0..self.0.count).map(|n| {
            let mut out = c::Folio::default();
            // SAFETY: `n` is below the count, and the folios are pinned.
            unsafe { c::kserial_memfd_folio(&self.0, n, &mut out) };
            (Folio::new(out.pfn, out.order, out.index), out.order)
        })
    }

    /// The largest order.
    pub(crate) fn max_order(&self) -> u8 {
        self.folios().map(|(_, order)| order).max().unwrap_or(0)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // SAFETY: By the type invariant.
        unsafe { c::kserial_memfd_unpreserve(&mut self.0) };
    }
}

/// A memfd as the row says, without contents.
pub(crate) fn make(row: &Memfd) -> Result<ARef<File>> {
    let name = CoreCStr::from_bytes_until_nul(&row.name).map_err(|_| EINVAL)?;
    let seals = u32::try_from(row.seals).map_err(|_| EINVAL)?;
    let limit = i64::MAX.unsigned_abs();
    if row.size > limit || row.position > limit {
        return Err(EFBIG);
    }
    // SAFETY: The name ends in NUL; the rest are numbers.
    let file = from_err_ptr(unsafe {
        c::kserial_memfd_make(name.as_ptr().cast(), row.mode, seals, row.size, row.position)
    })?;
    let file = NonNull::new(file).ok_or(ENOMEM)?;
    // SAFETY: The file is new, so that the reference is ours.
    Ok(unsafe { ARef::from_raw(file.cast()) })
}

/// Puts a folio where it was in the file.
pub(crate) fn add(file: &File, memory: Restored, index: u64) -> Result {
    let folio: NonNull<bindings::folio> = memory.into_folio();
    // SAFETY: The folio's only reference goes to the shim; nobody else has the file yet.
    to_result(unsafe { c::kserial_memfd_add(file.as_ptr(), folio.as_ptr(), index) })
}
