// SPDX-License-Identifier: GPL-2.0

//! Memory that crosses a kexec.
//!
//! Preservation is a bit per folio, not a count: preserving twice does nothing, and unpreserving
//! once undoes both. So memory has one owner here, a [`Preserved`], and dropping it is the only
//! way to unpreserve.
//!
//! In the new kernel a physical address proves nothing. [`Handle::restore`] asks Kexec Handover,
//! which knows the folios that it was handed and gives each of them out once; only then are there
//! bytes to read, and no more of them than the folio has. What somebody else may own is asked for with
//! [`Handle::restore_with`]: its first eight bytes are compared where they lie, and handed to nobody.

use core::mem::{self, ManuallyDrop};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::slice;

use kernel::bindings;
use kernel::error::from_err_ptr;
use kernel::page::PAGE_SHIFT;
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

use crate::shim;

/// The largest piece of memory that is preserved as one.
///
/// Kexec Handover's allocations end at 4 MiB on x86; half of that is easier to come by on a
/// machine that has been up for months.
pub const MAX_LEN: usize = 2 << 20;

/// Zeroed memory that the next kernel finds where it is.
///
/// Dropping it unpreserves and frees it. It lives from preserve to unpreserve: across the kexec
/// nothing is dropped, and then it is the next kernel's.
///
/// # Invariants
///
/// `start` points to `len` bytes from `kho_alloc_preserve()` which nobody else unpreserves.
pub struct Preserved {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: The memory is owned, and unpreserving it may happen on any thread.
unsafe impl Send for Preserved {}
// SAFETY: A shared reference gives nothing but shared access to bytes.
unsafe impl Sync for Preserved {}

impl Preserved {
    /// Allocates and preserves `len` bytes, rounded up to whole folios: the next kernel knows
    /// nothing finer.
    ///
    /// May sleep.
    ///
    /// # Errors
    ///
    /// `EINVAL` for nothing, `E2BIG` beyond [`MAX_LEN`], `ENOMEM`.
    pub fn new(len: usize) -> Result<Self> {
        if len > MAX_LEN {
            return Err(E2BIG);
        }
        // SAFETY: There is nothing to uphold; it refuses a length of zero.
        let start = from_err_ptr(unsafe { bindings::kho_alloc_preserve(len) })?;
        let start = NonNull::new(start.cast()).ok_or(ENOMEM)?;
        // INVARIANT: Just allocated, as a folio of that many bytes.
        Ok(Self { start, len: shim::folio_len(len) })
    }

    /// What the next kernel finds the memory by.
    pub fn handle(&self) -> u64 {
        // SAFETY: The memory is in the direct mapping, as `kho_alloc_preserve()` gives it.
        unsafe { shim::kserial_virt_to_phys(self.start.as_ptr().cast_const().cast()) }
    }
}

impl Deref for Preserved {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: By the type invariant; the bytes were zeroed when they were allocated.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl DerefMut for Preserved {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: By the type invariant, and through the only reference.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Preserved {
    fn drop(&mut self) {
        // SAFETY: By the type invariant; this is the one place that unpreserves.
        unsafe { bindings::kho_unpreserve_free(self.start.as_ptr().cast()) };
    }
}

/// A number that the previous kernel says is the physical address of memory it preserved.
///
/// It is used up by [`restore`](Self::restore): what was restored and freed must not be asked for
/// again.
#[must_use = "memory whose handle is dropped stays held until a cold boot"]
pub struct Handle(u64);

impl Handle {
    /// A handle that came from the previous kernel. Whether it is one, restoring tells.
    pub fn new(handle: u64) -> Self {
        Self(handle)
    }

    /// The number itself, for a kind of file whose handle is a key into what its files share: such
    /// files have no memory of their own.
    pub fn into_key(self) -> u64 {
        self.0
    }

    /// Takes the memory over if these are its first bytes. A number that was damaged on its way may
    /// lead to what was handed over to somebody else, who would find it taken, and freed.
    ///
    /// # Errors
    ///
    /// `ENOENT` as for [`restore`](Self::restore), and for memory that begins otherwise.
    pub fn restore_with(self, first: [u8; 8]) -> Result<Restored> {
        if !shim::is_handed_over_with(self.0, first) {
            return Err(ENOENT);
        }
        self.restore()
    }

    /// Takes the memory over, whatever it is.
    ///
    /// # Errors
    ///
    /// `ENOENT` if no folio that was handed over begins there, or it was taken already.
    pub fn restore(self) -> Result<Restored> {
        // Kexec Handover checks this too, and warns: what is damaged is no bug of this kernel's.
        if !shim::is_handed_over(self.0) {
            return Err(ENOENT);
        }
        // SAFETY: It takes any number: it looks for an online page, and at the mark that the boot
        // left on the first page of each folio handed over and which restoring clears.
        let folio = unsafe { bindings::kho_restore_folio(self.0) };
        let folio = NonNull::new(folio).ok_or(ENOENT)?;
        let mut len = 0;
        // SAFETY: `folio` is a folio that is now ours.
        let start = unsafe { shim::kserial_folio_bytes(folio.as_ptr(), &mut len) };
        let Some(start) = NonNull::new(start.cast()) else {
            // SAFETY: `folio` is ours, and is not used any more.
            unsafe { shim::kserial_folio_put(folio.as_ptr()) };
            return Err(EFAULT);
        };
        // INVARIANT: As the folio says of itself.
        Ok(Restored { folio, start, len })
    }
}

/// Memory that the previous kernel preserved, now this one's. Dropping it frees it.
///
/// # Invariants
///
/// `folio` is a restored folio of which this holds the only reference, and `start` and `len` are
/// its bytes.
pub struct Restored {
    folio: NonNull<bindings::folio>,
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: The memory is owned, and may be freed on any thread.
unsafe impl Send for Restored {}
// SAFETY: A shared reference gives nothing but shared access to bytes.
unsafe impl Sync for Restored {}

/// Pages that were taken over, and are kept from everybody.
static HELD: Atomic<i64> = Atomic::new(0);

/// How many pages are [held](Restored::hold).
pub(crate) fn held_pages() -> u64 {
    HELD.load(Relaxed).unsigned_abs()
}

impl Restored {
    /// Keeps the memory from everybody until a cold boot: it is not what it was, so that somebody may
    /// write to it still.
    #[inline(never)]
    pub fn hold(self) {
        HELD.fetch_add((self.len >> PAGE_SHIFT) as i64, Relaxed);
        mem::forget(self);
    }

    /// Hands the folio to someone who goes on with it, such as a page cache.
    pub fn into_folio(self) -> NonNull<bindings::folio> {
        ManuallyDrop::new(self).folio
    }
}

impl Deref for Restored {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: By the type invariant; all memory that was handed over is initialised.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Restored {
    fn drop(&mut self) {
        // SAFETY: By the type invariant this is the only reference.
        unsafe { shim::kserial_folio_put(self.folio.as_ptr()) };
    }
}
