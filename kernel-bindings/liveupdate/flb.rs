// SPDX-License-Identifier: GPL-2.0

//! State that several files share: *file-lifecycle-bound* objects.
//!
//! Such an object is there from before the first file of the kinds that share it is preserved until
//! after the last is unpreserved; in the next kernel from when it is first asked for until the last
//! of those files is finished:
//!
//! ```text
//! old kernel   preserve ─┬─ kexec             (there is no freeze: files settle their part of it)
//!                        └─ unpreserve        (by dropping)
//! new kernel   retrieve ─── finish
//! ```
//!
//! # What cannot be written down
//!
//! - *A retrieve that fails.* The orchestrator would never release what was refused, nor call
//!   finish. [`Flb::retrieve`] may say no; that no is then the object, kept as such, given to
//!   whoever asks, and released like any other.
//! - *An object that nobody asked for.* Its count would underflow when the first file finishes. It
//!   is retrieved before a file of a kind that shares it finishes, whether or not one asked.
//! - *An outgoing reference that outlives the freeze.* It would be counted as a file, and the next
//!   kernel would wait for that file's finish for ever. References last for a closure.
//! - *A handle that changes.* The orchestrator asks for it once; so does [`Flb::handle`].
//! - *A registration that outlives its module.* It is the handler's, and goes with it.
//!
//! # Locks
//!
//! The orchestrator holds its registration lock and the object's in [`Flb::preserve`] and while
//! unpreserving, the object's in [`Flb::retrieve`] and [`Flb::finish`]: neither register handlers
//! there nor ask for the same object. The closures of [`Shared::outgoing`] and [`Shared::incoming`]
//! run without these; the former holds a mutex of the object's, which all objects have in common
//! for lockdep, so that such closures do not nest.

use core::cell::UnsafeCell;
use core::ptr;

use kernel::bindings;
use kernel::error::{from_result, to_result};
use kernel::ffi::c_int;
use kernel::prelude::*;
use kernel::static_lock_class;
use kernel::sync::atomic::{Acquire, Atomic, Release};
use kernel::sync::{global_lock, LockClassKey, Mutex};
use kernel::types::Opaque;

use crate::kho::Handle;
use crate::shim;

/// What files share in a live update.
///
/// # Examples
///
/// ```ignore
/// struct Devices;
///
/// impl Flb for Devices {
///     const COMPATIBLE: &'static CStr = c"pci-devices";
///     type Outgoing = Rows;
///     type Incoming = KVec<PciDevice>;
///     // …
/// }
///
/// static DEVICES: Shared<Devices> = Shared::new();
/// static SHARED: [&dyn Share; 1] = [&DEVICES];
///
/// impl FileHandler for PciConfig {
///     fn shares() -> &'static [&'static dyn Share] {
///         &SHARED
///     }
///
///     fn preserve(file: &File) -> Result<Self::Preserved> {
///         DEVICES.outgoing(|rows| rows.add(read(file)?))
///     }
///     // …
/// }
/// ```
pub trait Flb: 'static {
    /// The name of the object, at most 47 bytes: a longer one does not compile.
    const COMPATIBLE: &'static CStr;

    /// The object from preserve on. Dropping it must undo what preserve did.
    type Outgoing: Send + Unpin;

    /// The object in the next kernel. Dropping it must release what is left of it.
    type Incoming: Send + Sync;

    /// Makes the object, before the first file is preserved. May sleep.
    fn preserve() -> Result<Self::Outgoing>;

    /// What the next kernel finds it by: asked for once, before any file was preserved.
    fn handle(outgoing: &Self::Outgoing) -> u64;

    /// Takes over what the previous kernel left. An error is kept in place of the object.
    fn retrieve(state: Handle) -> Result<Self::Incoming>;

    /// The last file is finished.
    fn finish(_left: &Self::Incoming) {}
}

/// An object's place: a `static` of the module that has it.
///
/// # Invariants
///
/// `flb` is what the orchestrator knows the object by, and begins this struct. `incoming` is
/// written by the orchestrator's calls of retrieve and finish alone, which come one at a time, and
/// is not written while anyone holds an incoming reference.
#[repr(C)]
pub struct Shared<T: Flb> {
    flb: Opaque<bindings::liveupdate_flb>,
    operations: Opaque<bindings::liveupdate_flb_ops>,
    incoming: UnsafeCell<Option<Result<T::Incoming>>>,
    /// Whether there is something in `incoming`.
    retrieved: Atomic<bool>,
}

// SAFETY: Everything that changes does so under the orchestrator's locks, or under `LINKS`.
unsafe impl<T: Flb> Sync for Shared<T> {}

global_lock! {
    // SAFETY: `init` runs in an initcall, before anything registers.
    unsafe(uninit) static LINKS: Mutex<()> = ();
}

/// The class of the locks of outgoing objects. It is one, as there are no statics for each type; so its
/// name must be one, too, and not that of each module's instance of generic code.
#[inline(never)]
pub(crate) fn outgoing_class() -> (&'static CStr, Pin<&'static LockClassKey>) {
    (c"liveupdate::Flb::Outgoing", static_lock_class!())
}

/// # Safety
///
/// To be called once.
pub(crate) unsafe fn init() {
    // SAFETY: By the requirement of this function.
    unsafe { LINKS.init() };
}

impl<T: Flb> Shared<T> {
    /// A place for an object that no handler shares yet.
    #[allow(clippy::new_without_default, reason = "it is for statics")]
    pub const fn new() -> Self {
        // SAFETY: It is a C struct for which all zeroes is "not initialised yet".
        let mut flb: bindings::liveupdate_flb = unsafe { core::mem::zeroed() };
        let name = T::COMPATIBLE.to_bytes_with_nul();
        let mut n = 0;
        while n < name.len() {
            // Out of bounds is an error of compiling the static.
            flb.compatible[n] = name[n] as _;
            n += 1;
        }
        // INVARIANT: Nobody knows it yet.
        Self {
            flb: Opaque::new(flb),
            operations: Opaque::zeroed(),
            incoming: UnsafeCell::new(None),
            retrieved: Atomic::new(false),
        }
    }

    /// Calls `with` on the object for the next kernel, which no one else has meanwhile.
    ///
    /// May sleep. Not to be called within itself, nor in the calls of an [`Flb`].
    ///
    /// # Errors
    ///
    /// `ENOENT` while no file is preserved that shares it, and what `with` returns.
    pub fn outgoing<R>(
        &'static self,
        with: impl FnOnce(&mut T::Outgoing) -> Result<R>,
    ) -> Result<R> {
        // SAFETY: The object's place is a static.
        unsafe { shim::may_get(self.flb.get()) };
        let mut object = ptr::null_mut();
        // SAFETY: The place is a static, and `object` can be written.
        to_result(unsafe { bindings::liveupdate_flb_get_outgoing(self.flb.get(), &mut object) })?;
        // SAFETY: `preserve` put it there, and unpreserve does not come before the reference goes.
        let object = unsafe { &*object.cast::<Mutex<T::Outgoing>>() };
        let result = with(&mut object.lock());
        // SAFETY: The reference is the one taken above.
        unsafe { bindings::liveupdate_flb_put_outgoing(self.flb.get()) };
        result
    }

    /// Calls `with` on what the previous kernel left, retrieving it first where nobody has.
    ///
    /// May sleep. Not to be called in the calls of an [`Flb`].
    ///
    /// # Errors
    ///
    /// `ENOENT` if the previous kernel left no such object, `ENODATA` without a live update or when
    /// it is finished; the error of [`Flb::retrieve`] if that refused it; what `with` returns.
    pub fn incoming<R>(&'static self, with: impl FnOnce(&T::Incoming) -> Result<R>) -> Result<R> {
        // SAFETY: The object's place is a static.
        unsafe { shim::may_get(self.flb.get()) };
        let mut object = ptr::null_mut();
        // SAFETY: The place is a static, and `object` can be written.
        to_result(unsafe { bindings::liveupdate_flb_get_incoming(self.flb.get(), &mut object) })?;
        // SAFETY: By the type invariant nobody writes it before the reference goes.
        let result = match unsafe { &*self.incoming.get() } {
            Some(Ok(left)) => with(left),
            Some(Err(refused)) => Err(*refused),
            None => Err(ENOENT),
        };
        // SAFETY: The reference is the one taken above.
        unsafe { bindings::liveupdate_flb_put_incoming(self.flb.get()) };
        result
    }

    /// The same where it is retrieved already: to look costs nobody anything. (A refusal is final; and
    /// who asks a module that was loaded anew, after the object was finished, would have the orchestrator
    /// retrieve it again, and wait for a finish that never comes.)
    ///
    /// # Errors
    ///
    /// As for [`incoming`](Self::incoming); `ENOENT` also if it was not retrieved yet.
    pub fn retrieved<R>(&'static self, with: impl FnOnce(&T::Incoming) -> Result<R>) -> Result<R> {
        if !self.retrieved.load(Acquire) {
            return Err(ENOENT);
        }
        self.incoming(with)
    }
}

mod sealed {
    pub trait Sealed {}
}

/// An object that a handler's files share, whatever its kind; see [`FileHandler::shares`].
///
/// [`FileHandler::shares`]: crate::FileHandler::shares
pub trait Share: sealed::Sealed + Sync {
    /// Makes the handler's files share the object, for as long as the handler is registered.
    ///
    /// # Safety
    ///
    /// The handler must be registered, be of this module, and be unregistered before it unloads.
    #[doc(hidden)]
    unsafe fn link(
        &'static self,
        handler: *mut bindings::liveupdate_file_handler,
        module: &'static ThisModule,
    ) -> Result;

    /// Sees to it that the object is retrieved.
    #[doc(hidden)]
    fn ensure_retrieved(&'static self);
}

impl<T: Flb> sealed::Sealed for Shared<T> {}

impl<T: Flb> Share for Shared<T> {
    unsafe fn link(
        &'static self,
        handler: *mut bindings::liveupdate_file_handler,
        module: &'static ThisModule,
    ) -> Result {
        shim::may_register();
        let _links = LINKS.lock();
        let flb = self.flb.get();
        // SAFETY: The place is a static, and these are read only after registering, or here.
        unsafe {
            if (*flb).ops.is_null() {
                self.operations.get().write(Calls::<T>::operations(module));
                (*flb).ops = self.operations.get();
            }
        }
        // SAFETY: By the requirement of this function. Unregistering the handler undoes it.
        to_result(unsafe { bindings::liveupdate_register_flb(handler, flb) })
    }

    fn ensure_retrieved(&'static self) {
        // What is refused is retrieved, too; where there is nothing, there is nothing to do.
        let _ = self.incoming(|_| Ok(()));
    }
}

type Args = bindings::liveupdate_flb_op_args;

/// The orchestrator's calls, translated.
struct Calls<T>(core::marker::PhantomData<T>);

impl<T: Flb> Calls<T> {
    fn operations(module: &'static ThisModule) -> bindings::liveupdate_flb_ops {
        bindings::liveupdate_flb_ops {
            preserve: Some(Self::preserve),
            unpreserve: Some(Self::unpreserve),
            retrieve: Some(Self::retrieve),
            finish: Some(Self::finish),
            owner: module.as_ptr(),
        }
    }

    unsafe extern "C" fn preserve(args: *mut Args) -> c_int {
        from_result(|| {
            // SAFETY: `args` is the orchestrator's, for this call.
            let args = unsafe { &mut *args };
            let outgoing = T::preserve()?;
            args.data = T::handle(&outgoing);
            let (name, class) = outgoing_class();
            let object = KBox::pin_init(Mutex::new(outgoing, name, class), GFP_KERNEL)?;
            // SAFETY: It stays where it is until unpreserve.
            args.obj = KBox::into_raw(unsafe { Pin::into_inner_unchecked(object) }).cast();
            Ok(0)
        })
    }

    unsafe extern "C" fn unpreserve(args: *mut Args) {
        // SAFETY: `args` is the orchestrator's, for this call, which is the last one for the
        // object: `preserve` put it there, and no reference is left.
        drop(unsafe { KBox::from_raw((*args).obj.cast::<Mutex<T::Outgoing>>()) });
    }

    unsafe extern "C" fn retrieve(args: *mut Args) -> c_int {
        // SAFETY: `args` is the orchestrator's, for this call; by its type invariant the place
        // begins with its `flb`.
        let (args, shared) = unsafe { (&mut *args, &*(*args).flb.cast::<Shared<T>>()) };
        let left = T::retrieve(Handle::new(args.data));
        // SAFETY: There is no reference yet: the orchestrator holds the object's lock.
        unsafe { *shared.incoming.get() = Some(left) };
        shared.retrieved.store(true, Release);
        // No allocation stands in the way: the object's memory was there before.
        args.obj = shared.incoming.get().cast();
        0
    }

    unsafe extern "C" fn finish(args: *mut Args) {
        // SAFETY: As in `retrieve`.
        let shared = unsafe { &*(*args).flb.cast::<Shared<T>>() };
        shared.retrieved.store(false, Release);
        // SAFETY: No reference is left.
        let left = unsafe { (*shared.incoming.get()).take() };
        if let Some(Ok(left)) = &left {
            T::finish(left);
        }
    }
}
