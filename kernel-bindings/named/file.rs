// SPDX-License-Identifier: GPL-2.0

//! What a file stands for; `file.c` is the object itself.

use core::fmt::Write;
use core::ptr;
use core::slice;

use kernel::error::{from_err_ptr, from_result, to_result};
use kernel::ffi::{c_char, c_int, c_void};
use kernel::fs::File;
use kernel::new_mutex;
use kernel::prelude::*;
use kernel::str::Formatter;
use kernel::sync::aref::ARef;
use kernel::sync::Mutex;

use super::device::{Address, Found};
use super::Kind;
use crate::Files;

mod c {
    use super::{c_int, c_void};
    use kernel::bindings::file;

    #[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
    extern "C" {
        pub(super) fn kserial_named_register() -> c_int;
        pub(super) fn kserial_named_unregister();
        pub(super) fn kserial_named_is_ours(file: *const file) -> bool;
        pub(super) fn kserial_named_named(file: *const file) -> *mut c_void;
        pub(super) fn kserial_named_file(named: *mut c_void) -> *mut file;
    }
}

/// What a file was told, or what it was retrieved with.
enum Named {
    /// Opened, and not told anything yet.
    Nothing,
    /// A device, and what userspace says of it.
    Device(Address, <Files as Kind>::More),
    /// A device as the previous kernel left it.
    Retrieved(<Files as Kind>::Left),
}

/// What lies behind a file.
#[pin_data]
pub(crate) struct Inner {
    #[pin]
    named: Mutex<Named>,
}

impl Inner {
    fn new(named: Named) -> Result<Pin<KBox<Self>>> {
        KBox::pin_init(pin_init!(Self { named <- new_mutex!(named) }), GFP_KERNEL)
    }

    /// The device that the file names, and what userspace says of it.
    ///
    /// # Errors
    ///
    /// `ENXIO` if it names none.
    pub(crate) fn device(&self) -> Result<(Address, <Files as Kind>::More)> {
        match &*self.named.lock() {
            Named::Nothing => Err(ENXIO),
            Named::Device(address, more) => Ok((*address, *more)),
            Named::Retrieved(left) => Ok(Files::device(left)),
        }
    }
}

/// What lies behind a file, if the file is one of ours.
pub(crate) fn inner(file: &File) -> Option<&Inner> {
    // SAFETY: The file is alive as long as the reference to it.
    unsafe {
        if !c::kserial_named_is_ours(file.as_ptr()) {
            return None;
        }
        // `open` or `retrieved` put it there, and it goes with the file.
        c::kserial_named_named(file.as_ptr()).cast::<Inner>().as_ref()
    }
}

/// A file that shows what the previous kernel left.
pub(crate) fn retrieved(left: <Files as Kind>::Left) -> Result<ARef<File>> {
    let inner = Inner::new(Named::Retrieved(left))?;
    // SAFETY: It is pinned again below, or dropped.
    let inner = KBox::into_raw(unsafe { Pin::into_inner_unchecked(inner) });
    // SAFETY: The file's operations expect a pointer to an `Inner`.
    let file = from_err_ptr(unsafe { c::kserial_named_file(inner.cast()) });
    let file = file.inspect_err(|_| {
        // SAFETY: There is no file that would release it.
        drop(unsafe { KBox::from_raw(inner) });
    })?;
    let file = ptr::NonNull::new(file).ok_or(ENOMEM)?;
    // SAFETY: The file is new, so the reference is ours, and nobody is in `fdget_pos` on it.
    Ok(unsafe { ARef::from_raw(file.cast()) })
}

/// The misc device, for as long as this exists.
pub(crate) struct Device(());

impl Device {
    pub(crate) fn register() -> Result<Self> {
        // SAFETY: Called once, by the module's init.
        to_result(unsafe { c::kserial_named_register() })?;
        Ok(Self(()))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: It is registered while this exists.
        unsafe { c::kserial_named_unregister() };
    }
}

/// Reads an address, and one word of what the kind of file has beside it.
fn parse(text: &[u8]) -> Option<(Address, <Files as Kind>::More)> {
    let mut words = core::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let address = Address::parse(words.next()?)?;
    let more = words.next().map_or(Some(Default::default()), Files::more)?;
    words.next().is_none().then_some((address, more))
}

#[no_mangle]
extern "C" fn kserial_named_open() -> *mut c_void {
    match Inner::new(Named::Nothing) {
        // SAFETY: It stays where it is until `release`.
        Ok(inner) => KBox::into_raw(unsafe { Pin::into_inner_unchecked(inner) }).cast(),
        Err(_) => ptr::null_mut(),
    }
}

/// # Safety
///
/// `named` must come from `open` or `retrieved`, and not be used any more.
#[no_mangle]
unsafe extern "C" fn kserial_named_release(named: *mut c_void) {
    // SAFETY: By the requirement of this function.
    drop(unsafe { KBox::from_raw(named.cast::<Inner>()) });
}

/// # Safety
///
/// `named` must come from `open` or `retrieved`, and `address` must be `len` bytes.
#[no_mangle]
unsafe extern "C" fn kserial_named_name(
    named: *mut c_void,
    address: *const c_char,
    len: usize,
) -> isize {
    from_result(|| {
        // SAFETY: By the requirement of this function.
        let inner = unsafe { &*named.cast::<Inner>() };
        // SAFETY: By the requirement of this function.
        let text = unsafe { slice::from_raw_parts(address.cast::<u8>(), len) };
        let mut named = inner.named.lock();
        match &*named {
            Named::Nothing => {
                let (address, more) = parse(text).ok_or(EINVAL)?;
                Found::at(address)?;
                *named = Named::Device(address, more);
            }
            Named::Device(..) => return Err(EBUSY),
            Named::Retrieved(left) => Files::told(left, text)?,
        }
        isize::try_from(len).map_err(|_| EINVAL)
    })
}

/// # Safety
///
/// `named` must come from `open` or `retrieved`, and `text` must be `size` bytes.
#[no_mangle]
unsafe extern "C" fn kserial_named_show(
    named: *mut c_void,
    text: *mut c_char,
    size: usize,
) -> isize {
    from_result(|| {
        // SAFETY: By the requirement of this function.
        let inner = unsafe { &*named.cast::<Inner>() };
        // SAFETY: By the requirement of this function.
        let mut out = Formatter::new(unsafe { slice::from_raw_parts_mut(text.cast(), size) });
        let written = match &*inner.named.lock() {
            Named::Nothing => Ok(()),
            Named::Device(address, _) => writeln!(out, "address={address}"),
            Named::Retrieved(left) => write!(out, "{left}"),
        };
        written.map_err(|_| EOVERFLOW)?;
        isize::try_from(out.bytes_written()).map_err(|_| EINVAL)
    })
}
