// SPDX-License-Identifier: GPL-2.0

//! Named images: *subtrees* of Kexec Handover.
//!
//! What a kernel must find before userspace opens anything is handed over by name. Where the name
//! leads can be asked all boot, after the memory was taken over and freed, too: so a name is
//! answered once here, with a [`Handle`], and restoring that is the only way to bytes.

use core::ptr;

use kernel::bindings;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::sync::global_lock;

use crate::image::Outgoing;
use crate::kho::Handle;

/// An image that the next kernel finds by name, for as long as this exists.
///
/// # Invariants
///
/// The name leads to where `image` begins.
pub struct Subtree {
    image: Outgoing,
}

impl Subtree {
    /// Gives the image a name. May sleep.
    ///
    /// # Errors
    ///
    /// `EEXIST` if the name is taken, `ENOMEM` if Kexec Handover's page of names is full.
    pub fn add(name: &CStr, mut image: Outgoing) -> Result<Self> {
        let first = image.first().ok_or(EINVAL)?;
        // SAFETY: The name ends in NUL. The memory is preserved, and the name goes before it does.
        to_result(unsafe {
            bindings::kho_add_subtree(name.as_ptr().cast(), first.as_mut_ptr().cast(), first.len())
        })?;
        // INVARIANT: Just added.
        Ok(Self { image })
    }
}

impl Drop for Subtree {
    fn drop(&mut self) {
        let first = self.image.first().map_or(ptr::null_mut(), |memory| memory.as_mut_ptr());
        // SAFETY: By the type invariant; the memory is unpreserved after this.
        unsafe { bindings::kho_remove_subtree(first.cast()) };
    }
}

global_lock! {
    // SAFETY: `init` runs in an initcall, before anything asks for a subtree.
    unsafe(uninit) static TAKEN: Mutex<KVec<u64>> = KVec::new();
}

/// # Safety
///
/// To be called once.
pub(crate) unsafe fn init() {
    // SAFETY: By the requirement of this function.
    unsafe { TAKEN.init() };
}

/// What the previous kernel left under a name that is nobody else's.
///
/// # Errors
///
/// `ENOENT` if there is none, or it was taken in this boot already; `ENOMEM`.
pub fn retrieve(name: &CStr) -> Result<Handle> {
    let mut taken = TAKEN.lock();
    let mut at = 0;
    // SAFETY: The name ends in NUL, `at` can be written, and the size need not be told.
    to_result(unsafe {
        bindings::kho_retrieve_subtree(name.as_ptr().cast(), &mut at, ptr::null_mut())
    })?;
    if taken.contains(&at) {
        return Err(ENOENT);
    }
    taken.push(at, GFP_KERNEL)?;
    Ok(Handle::new(at))
}
