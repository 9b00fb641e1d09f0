// SPDX-License-Identifier: GPL-2.0

//! Images for users in C, whose records are tables of members: `include/kserial_liveupdate.h`.
//!
//! Rows come and go in the layout that the user's note declares, so that C reads what any kernel
//! wrote, in its own struct.

use core::slice;

use kernel::error::from_result;
use kernel::ffi::{c_int, c_void};
use kernel::prelude::*;
use kserial::{Layout, Note, Plan, Spec, Step};

use crate::image::{Incoming, Outgoing};
use crate::kho::Handle;
use crate::next;
use crate::not_supported;
use crate::status::{self, Verdict};

/// Bytes of a note before its description: two lengths, the type, the owner.
const BEFORE: usize = 20;

/// The layout that a user's note declares.
///
/// # Safety
///
/// `note` must be what `KSERIAL_RECORD` made, and not go away.
unsafe fn layout<'a>(note: *const u8) -> Result<Layout<'a>> {
    // SAFETY: By the requirement of this function, the second number is the description's length.
    let description = unsafe {
        let len = note.add(4).cast::<u32>().read();
        slice::from_raw_parts(note.add(BEFORE), len.try_into().map_err(|_| EINVAL)?)
    };
    let note = Note::read(description).map_err(|why| {
        pr_err!("a member table: {}\n", format_args!("{why}"));
        EINVAL
    })?;
    Ok(note.layout)
}

/// How many bytes so many rows are.
fn length(layout: Layout<'_>, count: usize) -> Result<usize> {
    let row = usize::try_from(layout.row()).map_err(|_| EINVAL)?;
    row.checked_mul(count).ok_or(EINVAL)
}

/// # Safety
///
/// `rows` must be `count` rows of the layout; anything, if that is nothing.
unsafe fn rows<'a>(layout: Layout<'_>, rows: *const c_void, count: usize) -> Result<&'a [u8]> {
    match length(layout, count)? {
        0 => Ok(&[]),
        // SAFETY: By the requirement of this function.
        bytes => Ok(unsafe { slice::from_raw_parts(rows.cast(), bytes) }),
    }
}

/// # Safety
///
/// `out` must have room for `count` rows of the layout; anything, if that is nothing.
unsafe fn places<'a>(layout: Layout<'_>, out: *mut c_void, count: usize) -> Result<&'a mut [u8]> {
    match length(layout, count)? {
        0 => Ok(&mut []),
        // SAFETY: By the requirement of this function.
        bytes => Ok(unsafe { slice::from_raw_parts_mut(out.cast(), bytes) }),
    }
}

/// Room for a plan from or to this layout.
fn room(layout: Layout<'_>) -> Result<KVec<Step>> {
    let mut room = KVec::new();
    for _ in layout.members() {
        room.push(Step::EMPTY, GFP_KERNEL)?;
    }
    Ok(room)
}

/// `struct kserial_outgoing`: what stays where it is from preserve to unpreserve.
struct Rows {
    image: Outgoing,
    /// For the freeze, which allocates nothing: a plan from the user's layout.
    room: KVec<Step>,
}

/// # Safety
///
/// `note` must be what `KSERIAL_RECORD` made, `from` be `count` of its rows, and `out` a place for a
/// pointer.
#[no_mangle]
unsafe extern "C" fn kserial_preserve(
    note: *const u8,
    from: *const c_void,
    count: usize,
    out: *mut *mut c_void,
) -> c_int {
    from_result(|| {
        // SAFETY: By the requirements of this function.
        let (layout, rows) = unsafe {
            let layout = layout(note)?;
            (layout, rows(layout, from, count)?)
        };
        let (mut own, mut others) = (room(layout)?, room(layout)?);
        let image = next::with_notes(|notes| {
            let plan = notes.plan(layout, &mut others).filter(|to| to.refused(rows).is_none());
            let plan = match plan {
                Some(plan) => {
                    next::left_out(&plan, rows, 0);
                    plan
                }
                None => Plan::between_images(layout, layout, &mut own).map_err(|_| EINVAL)?,
            };
            let tables = [Spec::like(plan.target(), count).late()];
            Outgoing::new([Some(plan)], &tables, 0, |writer, [plan]| {
                plan.map_or(Ok(()), |plan| writer.rows(&plan, rows))
            })
        })?;
        let image = KBox::new(Rows { image, room: own }, GFP_KERNEL)?;
        // SAFETY: By the requirement of this function.
        unsafe { out.write(KBox::into_raw(image).cast()) };
        Ok(0)
    })
}

/// # Safety
///
/// `image` must come from `kserial_preserve()`.
#[no_mangle]
unsafe extern "C" fn kserial_handle(image: *const c_void) -> u64 {
    // SAFETY: By the requirement of this function.
    unsafe { &*image.cast::<Rows>() }.image.handle()
}

/// # Safety
///
/// `image` must come from `kserial_preserve()`, and is not used any more.
#[no_mangle]
unsafe extern "C" fn kserial_unpreserve(image: *mut c_void) {
    // SAFETY: By the requirement of this function.
    drop(unsafe { KBox::from_raw(image.cast::<Rows>()) });
}

/// # Safety
///
/// `image` must come from `kserial_preserve()` with this note, not be used by others meanwhile, and
/// `from` be `count` of its rows.
#[no_mangle]
unsafe extern "C" fn kserial_freeze(
    image: *mut c_void,
    note: *const u8,
    from: *const c_void,
    count: usize,
) -> c_int {
    from_result(|| {
        // SAFETY: By the requirements of this function.
        let (Rows { image, room }, layout, rows) = unsafe {
            let layout = layout(note)?;
            (&mut *image.cast::<Rows>(), layout, rows(layout, from, count)?)
        };
        next::takes_rows(layout, rows, room)?;
        image.rewrite_rows(layout, rows, room)?;
        Ok(0)
    })
}

/// # Safety
///
/// `note` must be what `KSERIAL_RECORD` made, and `from` be `count` of its rows.
#[no_mangle]
unsafe extern "C" fn kserial_takes(note: *const u8, from: *const c_void, count: usize) -> c_int {
    from_result(|| {
        // SAFETY: By the requirements of this function.
        let (layout, rows) = unsafe {
            let layout = layout(note)?;
            (layout, rows(layout, from, count)?)
        };
        next::takes_rows(layout, rows, &mut room(layout)?)?;
        Ok(0)
    })
}

/// # Safety
///
/// `note` must be what `KSERIAL_RECORD` made, and `out` have room for `count` of its rows.
#[no_mangle]
unsafe extern "C" fn kserial_restore(
    handle: u64,
    note: *const u8,
    out: *mut c_void,
    count: usize,
) -> isize {
    from_result(|| {
        // Before anything that may fail: dropping it is how its memory is freed.
        let incoming = Incoming::restore(Handle::new(handle))?;
        // SAFETY: By the requirements of this function.
        let (target, out) = unsafe {
            let layout = layout(note)?;
            (layout, places(layout, out, count)?)
        };
        let row = usize::try_from(target.row()).map_err(|_| EINVAL)?;
        let mut room = room(target)?;
        let record = target.record();
        incoming.read(|image| {
            let found = image.tables().find(|table| table.layout.record() == record);
            let source = found.ok_or(ENOENT)?.layout;
            let plan = Plan::between(source, target, &mut room).map_err(|why| {
                status::note(record, Verdict::Refused, format_args!("{why}"));
                not_supported()
            })?;
            let mut filled = 0;
            for piece in image.pieces().filter(|(layout, _)| layout.record() == record) {
                let piece = piece.1;
                if let Some(unmet) = plan.refused(piece) {
                    let path = unmet.check.member().path();
                    let row = filled + unmet.row;
                    let why = format_args!("row {row}: member {path} cannot be taken");
                    status::note(record, Verdict::Refused, why);
                    return Err(not_supported());
                }
                for loss in plan.losses(piece) {
                    let path = loss.check.member().path();
                    let why = format_args!("row {}: member {path}", filled + loss.row);
                    status::note(record, Verdict::Lost, why);
                }
                let rows = piece.len() / usize::try_from(source.row()).map_err(|_| EINVAL)?.max(1);
                let room = out.get_mut(filled * row..(filled + rows) * row).ok_or(E2BIG)?;
                plan.convert(piece, room);
                filled += rows;
            }
            status::note(record, Verdict::Read, format_args!("{filled} rows"));
            isize::try_from(filled).map_err(|_| EINVAL)
        })
    })
}

/// Nothing of the image is read: nobody asked for it.
#[no_mangle]
extern "C" fn kserial_abandon(handle: u64) {
    drop(Incoming::restore(Handle::new(handle)));
}
