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

/// # Safety
///
/// `rows` must be `count` rows of the layout.
unsafe fn rows<'a>(layout: Layout<'_>, rows: *const c_void, count: usize) -> Result<&'a [u8]> {
    let bytes = usize::try_from(layout.row()).ok().and_then(|row| row.checked_mul(count));
    // SAFETY: By the requirement of this function.
    Ok(unsafe { slice::from_raw_parts(rows.cast(), bytes.ok_or(EINVAL)?) })
}

/// Room for a plan from or to this layout.
fn room(layout: Layout<'_>) -> Result<KVec<Step>> {
    let mut room = KVec::new();
    for _ in layout.members() {
        room.push(Step::EMPTY, GFP_KERNEL)?;
    }
    Ok(room)
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
            let tables = [Spec::like(plan.target(), count)];
            Outgoing::new([Some(plan)], &tables, 0, |writer, [plan]| {
                plan.map_or(Ok(()), |plan| writer.rows(&plan, rows))
            })
        })?;
        let image = KBox::new(image, GFP_KERNEL)?;
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
    unsafe { &*image.cast::<Outgoing>() }.handle()
}

/// # Safety
///
/// `image` must come from `kserial_preserve()`, and is not used any more.
#[no_mangle]
unsafe extern "C" fn kserial_unpreserve(image: *mut c_void) {
    // SAFETY: By the requirement of this function.
    drop(unsafe { KBox::from_raw(image.cast::<Outgoing>()) });
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
        // SAFETY: By the requirement of this function.
        let target = unsafe { layout(note) }?;
        let row = usize::try_from(target.row()).map_err(|_| EINVAL)?;
        let bytes = row.checked_mul(count).ok_or(EINVAL)?;
        // SAFETY: By the requirement of this function.
        let out = unsafe { slice::from_raw_parts_mut(out.cast::<u8>(), bytes) };
        let mut room = room(target)?;
        let record = target.record();
        Incoming::restore(Handle::new(handle))?.read(|image| {
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
                    let row = unmet.row;
                    let why = format_args!("row {row}: member {path} cannot be taken");
                    status::note(record, Verdict::Refused, why);
                    return Err(not_supported());
                }
                for loss in plan.losses(piece) {
                    let path = loss.check.member().path();
                    let why = format_args!("row {}: member {path}", loss.row);
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
