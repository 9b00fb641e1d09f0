// SPDX-License-Identifier: GPL-2.0

//! Declarations of `shim.h`.

use kernel::bindings;
use kernel::ffi::c_void;

#[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
extern "C" {
    pub(crate) fn kserial_virt_to_phys(memory: *const c_void) -> bindings::phys_addr_t;
    pub(crate) fn kserial_folio_bytes(
        folio: *mut bindings::folio,
        len: *mut usize,
    ) -> *mut c_void;
    pub(crate) fn kserial_folio_put(folio: *mut bindings::folio);
}
