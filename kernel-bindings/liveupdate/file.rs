// SPDX-License-Identifier: GPL-2.0

//! Handlers of preserved files.
//!
//! A preserved file goes through these calls, and nothing else happens to it:
//!
//! ```text
//! old kernel   preserve ─┬─ freeze ─┬─ kexec
//!                        │    └─ unfreeze (the reboot was called off; freeze may follow again)
//!                        └─ unpreserve (the session was closed)
//! new kernel   retrieve ─── finish
//!              (never retrieved) ─ abandon
//! ```
//!
//! Freeze is the last moment at which saying no costs nothing: an error there calls the reboot
//! off, with everything alive. An error in retrieve is final: the orchestrator remembers it and
//! asks neither for the file nor for anything else again.
//!
//! # Locks
//!
//! [`FileHandler::can_preserve`] runs with the orchestrator's registration lock held: do not
//! register or unregister handlers in it. All other calls about one file come one at a time.

use core::marker::PhantomData;

use kernel::bindings;
use kernel::error::{from_result, to_result};
use kernel::ffi::{c_int, c_ulong};
use kernel::fs::File;
use kernel::container_of;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kernel::sync::atomic::{Acquire, Atomic, Release};
use kernel::types::Opaque;

use crate::flb::Share;
use crate::image::Incoming;
use crate::kho::Handle;
use crate::shim;

/// What a kind of file does in a live update.
pub trait FileHandler: Sized + Send + Sync + 'static {
    /// The name of the kind, at most 47 bytes. The next kernel must have a handler of this name.
    const COMPATIBLE: &'static CStr;

    /// The state of a file from preserve on. Dropping it must undo what preserve did.
    type Preserved: Send;

    /// What files of this kind share with each other, and with files of other kinds.
    ///
    /// The kernel before must have had it as well if it had the kind: the orchestrator counts files
    /// that finish against what it was handed.
    fn shares() -> &'static [&'static dyn Share] {
        &[]
    }

    /// Whether this file is of the kind. Must be quick, and must not sleep.
    fn can_preserve(file: &File) -> bool;

    /// What is preserved, as a number: of files with the same, one can be preserved at a time, whatever
    /// the session. Files of one kind may lead to one thing; then the number is that thing's.
    fn id(file: &File) -> usize {
        file.as_ptr() as usize
    }

    /// Saves the state of the file. All memory must be had here: freeze comes when there may be
    /// none.
    fn preserve(file: &File) -> Result<Self::Preserved>;

    /// What the next kernel finds the state by.
    fn handle(preserved: &Self::Preserved) -> u64;

    /// Last changes before the kexec; an error calls it off. May be called again after an unfreeze.
    fn freeze(_preserved: &mut Self::Preserved, _file: &File) -> Result {
        Ok(())
    }

    /// The kexec was called off after this file was frozen.
    fn unfreeze(_preserved: &mut Self::Preserved, _file: &File) {}

    /// Makes the file anew from what the previous kernel left. An error is final.
    fn retrieve(state: Handle) -> Result<ARef<File>>;

    /// The session is finished, and this file was retrieved.
    fn finish(_file: &File) {}

    /// The session is finished, and nobody retrieved this file: what is held for it is released. As it
    /// stands here, an image.
    fn abandon(state: Handle) {
        drop(Incoming::restore(state));
    }
}

/// The registration of a handler: for as long as this exists.
///
/// The orchestrator holds the module while files of the kind are preserved, so that the
/// registration cannot go before them.
///
/// # Invariants
///
/// `handler` is registered, and points to `operations`.
#[pin_data(PinnedDrop)]
pub struct Registration<T: FileHandler> {
    #[pin]
    operations: Opaque<bindings::liveupdate_file_ops>,
    /// Whether its files have all that they share: the orchestrator takes a handler first.
    linked: Atomic<bool>,
    #[pin]
    handler: Opaque<bindings::liveupdate_file_handler>,
    _kind: PhantomData<T>,
}

// SAFETY: Unregistering may happen on another thread than registering.
unsafe impl<T: FileHandler> Send for Registration<T> {}
// SAFETY: There is nothing to do with a shared reference.
unsafe impl<T: FileHandler> Sync for Registration<T> {}

impl<T: FileHandler> Registration<T> {
    /// Registers the handler.
    ///
    /// In a kernel that was updated into, all handlers must be there before userspace first opens
    /// `/dev/liveupdate`: one file without a handler makes every open fail for that boot.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` if live update is off, `EEXIST` if the name is taken, `EINVAL` if it is too
    /// long.
    pub fn new(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(&this in Self {
            operations: Opaque::new(Calls::<T>::operations(module)),
            linked: Atomic::new(false),
            handler <- Opaque::try_ffi_init(move |slot: *mut bindings::liveupdate_file_handler| {
                let mut handler = bindings::liveupdate_file_handler::default();
                let name = T::COMPATIBLE.to_bytes_with_nul();
                let room = handler.compatible.get_mut(..name.len()).ok_or(EINVAL)?;
                for (place, byte) in room.iter_mut().zip(name) {
                    *place = *byte;
                }
                // SAFETY: `this` is where the fields are, and `operations` was initialised first.
                handler.ops = unsafe { (*this.as_ptr()).operations.get() };
                // SAFETY: `slot` is ours to write.
                unsafe { slot.write(handler) };
                shim::may_register();
                // SAFETY: The handler and its operations are pinned, and dropping unregisters.
                to_result(unsafe { bindings::liveupdate_register_file_handler(slot) })?;
                for shared in T::shares() {
                    // SAFETY: The handler is registered, and its module outlives this.
                    if let Err(error) = unsafe { shared.link(slot, module) } {
                        // SAFETY: It was registered above. What was linked is unlinked with it.
                        unsafe { bindings::liveupdate_unregister_file_handler(slot) };
                        return Err(error);
                    }
                }
                // INVARIANT: The handler is registered.
                // SAFETY: `this` is where the fields are, and `linked` was initialised first.
                unsafe { (*this.as_ptr()).linked.store(true, Release) };
                Ok(())
            }),
            _kind: PhantomData,
        }? Error)
    }
}

#[pinned_drop]
impl<T: FileHandler> PinnedDrop for Registration<T> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: By the type invariant.
        unsafe { bindings::liveupdate_unregister_file_handler(self.handler.get()) };
    }
}

type Args = bindings::liveupdate_file_op_args;

/// The orchestrator's calls, translated.
struct Calls<T>(PhantomData<T>);

impl<T: FileHandler> Calls<T> {
    fn operations(module: &'static ThisModule) -> bindings::liveupdate_file_ops {
        bindings::liveupdate_file_ops {
            can_preserve: Some(Self::can_preserve),
            preserve: Some(Self::preserve),
            unpreserve: Some(Self::unpreserve),
            freeze: Some(Self::freeze),
            unfreeze: Some(Self::unfreeze),
            retrieve: Some(Self::retrieve),
            // Saying no for good would strand the session, so there is no way to say it.
            can_finish: None,
            finish: Some(Self::finish),
            get_id: Some(Self::get_id),
            owner: module.as_ptr(),
        }
    }

    /// # Safety
    ///
    /// `args.file` must be a file that outlives the reference.
    unsafe fn file<'a>(args: &Args) -> &'a File {
        // SAFETY: By the requirement of this function; nobody holds it for `fdget_pos`, as the
        // callers are ioctls of other files, and the reboot.
        unsafe { File::from_raw_file(args.file) }
    }

    /// # Safety
    ///
    /// To be called between preserve and unpreserve, and not concurrently for one file.
    unsafe fn preserved<'a>(args: &Args) -> &'a mut T::Preserved {
        // SAFETY: `preserve` put a box's pointer there, and unpreserve has not taken it yet.
        unsafe { &mut *args.private_data.cast::<T::Preserved>() }
    }

    unsafe extern "C" fn can_preserve(
        handler: *mut bindings::liveupdate_file_handler,
        file: *mut bindings::file,
    ) -> bool {
        let handler: *mut Opaque<bindings::liveupdate_file_handler> = handler.cast();
        // SAFETY: The handler is that of a registration, which is pinned.
        let registration = unsafe { &*container_of!(handler, Registration<T>, handler) };
        if !registration.linked.load(Acquire) {
            return false;
        }
        // SAFETY: The orchestrator holds the file during the call.
        T::can_preserve(unsafe { File::from_raw_file(file) })
    }

    unsafe extern "C" fn get_id(file: *mut bindings::file) -> c_ulong {
        // SAFETY: The orchestrator holds the file during the call; nobody holds it for `fdget_pos`, as
        // the callers are ioctls of other files, and the release of a session.
        T::id(unsafe { File::from_raw_file(file) })
    }

    unsafe extern "C" fn preserve(args: *mut Args) -> c_int {
        from_result(|| {
            // SAFETY: `args` is the orchestrator's, for this call.
            let args = unsafe { &mut *args };
            // SAFETY: The orchestrator holds the file until unpreserve.
            let preserved = KBox::new(T::preserve(unsafe { Self::file(args) })?, GFP_KERNEL)?;
            args.serialized_data = T::handle(&preserved);
            args.private_data = KBox::into_raw(preserved).cast();
            Ok(0)
        })
    }

    unsafe extern "C" fn unpreserve(args: *mut Args) {
        // SAFETY: `args` is the orchestrator's, for this call.
        let args = unsafe { &mut *args };
        // SAFETY: `preserve` put it there, and this is the one place that takes it.
        drop(unsafe { KBox::from_raw(args.private_data.cast::<T::Preserved>()) });
    }

    unsafe extern "C" fn freeze(args: *mut Args) -> c_int {
        from_result(|| {
            // SAFETY: `args` is the orchestrator's, for this call.
            let args = unsafe { &mut *args };
            // SAFETY: The orchestrator calls this between preserve and unpreserve, with the file's
            // mutex held, and holds the file.
            let (preserved, file) = unsafe { (Self::preserved(args), Self::file(args)) };
            T::freeze(preserved, file)?;
            args.serialized_data = T::handle(preserved);
            Ok(0)
        })
    }

    unsafe extern "C" fn unfreeze(args: *mut Args) {
        // SAFETY: `args` is the orchestrator's, for this call.
        let args = unsafe { &mut *args };
        // SAFETY: The orchestrator calls this between preserve and unpreserve, with the file's
        // mutex held, and holds the file.
        let (preserved, file) = unsafe { (Self::preserved(args), Self::file(args)) };
        T::unfreeze(preserved, file);
    }

    unsafe extern "C" fn retrieve(args: *mut Args) -> c_int {
        from_result(|| {
            // SAFETY: `args` is the orchestrator's, for this call.
            let args = unsafe { &mut *args };
            let file = T::retrieve(Handle::new(args.serialized_data))?;
            // The reference goes to the orchestrator.
            args.file = ARef::into_raw(file).as_ptr().cast();
            Ok(0)
        })
    }

    unsafe extern "C" fn finish(args: *mut Args) {
        // SAFETY: `args` is the orchestrator's, for this call.
        let args = unsafe { &mut *args };
        match args.retrieve_status {
            // What a failed retrieve was to release, it has released.
            ..0 => {}
            0 => T::abandon(Handle::new(args.serialized_data)),
            // SAFETY: It was retrieved, and the orchestrator still holds it.
            1.. => T::finish(unsafe { Self::file(args) }),
        }
        // The orchestrator counts this file off next.
        for shared in T::shares() {
            shared.ensure_retrieved();
        }
    }
}

