// SPDX-License-Identifier: GPL-2.0

//! What `shim.c` does, declared and made safe where it is.

use kernel::bindings;
use kernel::ffi::{c_char, c_void};
use kernel::prelude::*;

#[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
extern "C" {
    pub(crate) fn kserial_virt_to_phys(memory: *const c_void) -> bindings::phys_addr_t;
    pub(crate) fn kserial_folio_bytes(folio: *mut bindings::folio, len: *mut usize) -> *mut c_void;
    pub(crate) fn kserial_folio_put(folio: *mut bindings::folio);
    fn kserial_is_handed_over(at: bindings::phys_addr_t) -> bool;
    fn kserial_begins_with(at: bindings::phys_addr_t, word: u64) -> bool;
    fn kserial_held_pages() -> u64;
    pub(crate) fn kserial_page_hold(address: u64, start: *mut *mut c_void) -> *mut bindings::folio;
    fn kserial_may_register();
    fn kserial_flb_may_get(flb: *mut bindings::liveupdate_flb);
    fn kserial_folio_len(len: usize) -> usize;
    fn kserial_crc32(bytes: *const c_void, len: usize) -> u32;
    fn kserial_image_number() -> u32;
    fn kserial_max_order() -> u8;
    fn kserial_is_encrypted() -> bool;
    fn kserial_release() -> *const c_char;
}

/// The length of the folio that `len` bytes are allocated in.
pub(crate) fn folio_len(len: usize) -> usize {
    // SAFETY: It only computes.
    unsafe { kserial_folio_len(len) }
}

/// Whether memory that was handed over, and not restored yet, begins there.
pub(crate) fn is_handed_over(at: u64) -> bool {
    // SAFETY: It takes any number, and looks at pages that are online.
    unsafe { kserial_is_handed_over(at) }
}

/// The same, of memory whose first bytes are these.
pub(crate) fn is_handed_over_with(at: u64, first: [u8; 8]) -> bool {
    // SAFETY: What was handed over is memory in the direct mapping, at least a page, and on a page's
    // bounds.
    is_handed_over(at) && unsafe { kserial_begins_with(at, u64::from_ne_bytes(first)) }
}

/// How many pages were handed over and not restored. Looks at every page; may sleep.
pub(crate) fn held_pages() -> u64 {
    // SAFETY: It may be called where sleeping may.
    unsafe { kserial_held_pages() }
}

/// CRC-32 as in zlib and Ethernet: the checksum of images.
pub fn crc32(bytes: &[u8]) -> u32 {
    // SAFETY: It reads these bytes.
    unsafe { kserial_crc32(bytes.as_ptr().cast(), bytes.len()) }
}

/// The largest order of folios in files that this kernel can take.
pub(crate) fn max_order() -> u8 {
    // SAFETY: It returns a constant.
    unsafe { kserial_max_order() }
}

/// Whether memory is encrypted.
pub(crate) fn is_encrypted() -> bool {
    // SAFETY: It may be called at any time.
    unsafe { kserial_is_encrypted() }
}

/// The release of this kernel.
pub(crate) fn release() -> &'static CStr {
    // SAFETY: It ends in NUL, and does not change.
    unsafe { CStr::from_char_ptr(kserial_release()) }
}

// Modules have their own instances of generic code, which call these.

/// A number for an image that no other image here is likely to have.
#[inline(never)]
pub(crate) fn image_number() -> u32 {
    // SAFETY: It may be called in any context.
    unsafe { kserial_image_number() }
}

/// Asserts that handlers may be registered here.
#[inline(never)]
pub(crate) fn may_register() {
    // SAFETY: It only asserts.
    unsafe { kserial_may_register() };
}

/// Asserts that the object of an FLB may be asked for here.
///
/// # Safety
///
/// `flb` must point to one.
#[inline(never)]
pub(crate) unsafe fn may_get(flb: *mut bindings::liveupdate_flb) {
    // SAFETY: By the requirement of this function; it only asserts.
    unsafe { kserial_flb_may_get(flb) };
}
