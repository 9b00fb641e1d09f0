// SPDX-License-Identifier: GPL-2.0

//! The lab's labels in Rust: the device of `label/`, its files and its record, but the derive instead of
//! a member table, and a handler in Rust. What either of the two wrote, the other reads.

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use kernel::error::{from_err_ptr, to_result};
use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kserial::{KSerial, Record, Room, Steps};
use liveupdate::status::{self, Verdict};
use liveupdate::{image, next, FileHandler, Handle, Incoming, Outgoing, Registration};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

module! {
    type: Module,
    name: "kserial_twin",
    authors: ["The KSerial developers"],
    description: "Labels across a live update, in Rust, for the lab",
    license: "GPL",
}

/// `LABEL_ROOM`.
const ROOM: usize = 40;

/// `struct label`, in its first shape.
#[cfg(generation = "1")]
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-label", carrier = "file", note)]
#[repr(C)]
struct Label {
    #[kserial(id = 1, default = 0)]
    writes: u32,
    #[kserial(id = 2, default = 0)]
    unused: u32,
    #[kserial(id = 3, text)]
    text: [u8; ROOM],
}

/// `struct label`, in its second shape.
#[cfg(generation = "2")]
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-label", retired(2 = "unused"), carrier = "file", note)]
#[repr(C)]
struct Label {
    #[kserial(id = 3, text)]
    text: [u8; ROOM],
    #[kserial(id = 1, default = 0)]
    writes: u64,
    #[kserial(id = 4, unit = "bytes", default = 0)]
    length: u32,
    #[kserial(id = 5, default = 0, critical)]
    pinned: u32,
}

mod c {
    use super::Label;
    use kernel::bindings::file;
    use kernel::ffi::c_int;

    #[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
    extern "C" {
        pub(super) fn label_device_register() -> c_int;
        pub(super) fn label_device_unregister();
        pub(super) fn label_is_ours(file: *const file) -> bool;
        pub(super) fn label_of(file: *const file, label: *mut Label);
        pub(super) fn label_file(label: *const Label) -> *mut file;
    }
}

/// What a file has now.
fn label(file: &File) -> Label {
    let mut label = MaybeUninit::uninit();
    // SAFETY: The file is one of ours, and alive as long as the reference; `label` has room for what C
    // fills in, a struct that any bytes are right for.
    unsafe {
        c::label_of(file.as_ptr(), label.as_mut_ptr());
        label.assume_init()
    }
}

/// The handler.
struct Labels;

impl FileHandler for Labels {
    const COMPATIBLE: &'static CStr = c"kserial-label";

    type Preserved = Outgoing;

    fn can_preserve(file: &File) -> bool {
        // SAFETY: The file is alive as long as the reference.
        unsafe { c::label_is_ours(file.as_ptr()) }
    }

    fn preserve(file: &File) -> Result<Outgoing> {
        let rows = [label(file)];
        next::with_notes(|notes| {
            let mut steps = <Label as Record>::Steps::empty();
            let reader = notes.reader(rows.iter().cloned(), &mut steps);
            let tables = [reader.spec::<Label>(1).late()];
            Outgoing::new([reader.plan()], &tables, 0, |writer, [plan]| {
                let mut labels = next::open::<Label>(writer, plan)?;
                labels.extend(&rows)?;
                labels.finish(writer)
            })
        })
    }

    fn handle(image: &Outgoing) -> u64 {
        image.handle()
    }

    fn freeze(image: &mut Outgoing, file: &File) -> Result {
        let rows = [label(file)];
        next::takes(&rows)?;
        image.rewrite(&rows, &mut <Label as Record>::Steps::empty())
    }

    fn retrieve(state: Handle) -> Result<ARef<File>> {
        let label = Incoming::restore(state)?.read(|image| {
            let mut room = Room::empty();
            let rows = image::table::<Label>(image, &mut room)?;
            rows.get(0).filter(|_| rows.len() == 1).ok_or(EINVAL)
        })?;
        let why = format_args!("1 rows in Rust, text of {} writes", label.writes);
        status::note(Label::SHAPE.record(), Verdict::Read, why);
        // SAFETY: C copies the label.
        let file = NonNull::new(from_err_ptr(unsafe { c::label_file(&label) })?).ok_or(ENOMEM)?;
        // SAFETY: The file is new, so the reference is ours, and nobody is in `fdget_pos` on it.
        Ok(unsafe { ARef::from_raw(file.cast()) })
    }
}

/// The misc device, for as long as this exists.
struct Device(());

impl Device {
    fn register() -> Result<Self> {
        // SAFETY: Called once, by the module's init.
        to_result(unsafe { c::label_device_register() })?;
        Ok(Self(()))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: It is registered while this exists.
        unsafe { c::label_device_unregister() };
    }
}

// Fields are dropped in this order: first nobody can preserve, then nobody can open.
#[pin_data]
struct Module {
    #[pin]
    _handler: Registration<Labels>,
    _device: Device,
}

impl kernel::InPlaceModule for Module {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _handler <- Registration::new(module),
            _device: Device::register()?,
        })
    }
}
