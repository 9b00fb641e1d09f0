// SPDX-License-Identifier: GPL-2.0

//! What `sysfs.c` calls.

use core::slice;

use kernel::error::from_result;
use kernel::ffi::c_char;
use kernel::prelude::*;

use crate::{flb, kept, lineage, next, status, subtree};

/// # Safety
///
/// To be called once, before anything else of this crate.
#[no_mangle]
unsafe extern "C" fn kserial_liveupdate_init() {
    // SAFETY: By the requirement of this function.
    unsafe {
        status::init();
        next::init();
        flb::init();
        kept::init();
        subtree::init();
    }
}

/// To be called when Kexec Handover is there, before userspace is.
#[no_mangle]
extern "C" fn kserial_lineage_begin() {
    if let Err(error) = lineage::begin() {
        pr_err!("the next kernel is told nothing of this one: {}\n", error.to_errno());
    }
}

/// # Safety
///
/// `out` must be `size` bytes.
#[no_mangle]
unsafe extern "C" fn kserial_status_show(out: *mut c_char, size: usize) -> isize {
    // SAFETY: By the requirement of this function; sysfs gives a zeroed page.
    let out = unsafe { slice::from_raw_parts_mut(out.cast::<u8>(), size) };
    isize::try_from(status::show(out)).unwrap_or(0)
}

/// # Safety
///
/// `from` must be `len` bytes.
#[no_mangle]
unsafe extern "C" fn kserial_next_write(at: i64, from: *const c_char, len: usize) -> isize {
    from_result(|| {
        // SAFETY: By the requirement of this function.
        let piece = unsafe { slice::from_raw_parts(from.cast::<u8>(), len) };
        next::write(usize::try_from(at).map_err(|_| EINVAL)?, piece)?;
        isize::try_from(len).map_err(|_| EINVAL)
    })
}
