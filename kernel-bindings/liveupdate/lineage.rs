// SPDX-License-Identifier: GPL-2.0

//! How this kernel came to run: how many updates ago the last cold boot was, and which kernel came
//! before. Each kernel tells the next, under a name of its own, and says it in the status file:
//!
//! ```text
//! kserial-lineage read update 3 since a cold boot, from 7.2.13
//! ```
//!
//! A kernel that was updated into and was not told does not begin to count: then nobody is told until a
//! cold boot.
//!
//! Of a machine that has not booted for a year, that is the first thing that one asks; and if what
//! is handed over by name does not come across, it is the first to show it.

use core::mem;

use kernel::bindings;
use kernel::prelude::*;
use kserial::{KSerial, Record, Room, Spec};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::image::{self, Incoming, Outgoing};
use crate::status::{self, Verdict};
use crate::{shim, subtree, Subtree};

const NAME: &CStr = c"kserial-lineage";

/// Bytes of a release with its NUL: those that `uname(2)` has for it.
const RELEASE: usize = 65;

/// What a kernel tells the next of itself.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-lineage", carrier = "subtree", note)]
#[repr(C)]
struct Lineage {
    /// Updates that led to it since a cold boot.
    #[kserial(id = 1)]
    updates: u64,
    /// Its release.
    #[kserial(id = 2, text)]
    release: [u8; RELEASE],
    #[kserial(pad)]
    pad: [u8; 7],
}

/// Reads what the previous kernel told, and leaves word for the next.
///
/// # Errors
///
/// What the image or its name gives, and what the previous kernel's gave if there was one: then the next
/// kernel knows nothing of this one, rather than a count that is none.
pub(crate) fn begin() -> Result {
    let before = match subtree::retrieve(NAME) {
        Ok(handle) => Incoming::restore(handle).and_then(|image| {
            image.read(|image| {
                let mut room = Room::empty();
                image::table::<Lineage>(image, &mut room)?.get(0).ok_or(EINVAL)
            })
        }),
        // A cold boot, or a kernel that says nothing of itself.
        Err(_) => Err(ENOENT),
    };
    let updates = match before {
        Ok(before) => {
            let updates = before.updates.saturating_add(1);
            let release = CStr::from_bytes_until_nul(&before.release).ok();
            let release = release.and_then(|release| release.to_str().ok()).unwrap_or("?");
            let why = format_args!("update {updates} since a cold boot, from {release}");
            status::note(Lineage::SHAPE.record(), Verdict::Read, why);
            updates
        }
        // SAFETY: It may be called at any time.
        Err(error) if unsafe { bindings::is_kho_boot() } => return Err(error),
        Err(_) => 0,
    };
    let mut release = [0; RELEASE];
    for (place, byte) in release.iter_mut().zip(shim::release().to_bytes()).take(RELEASE - 1) {
        *place = *byte;
    }
    let row = Lineage { updates, release, pad: [0; 7] };
    let image = Outgoing::new([], &[Spec::of::<Lineage>(1)], 0, |writer, []| {
        let mut rows = writer.table::<Lineage>()?;
        rows.push(&row)?;
        rows.finish(writer)
    })?;
    // It is for the next kernel, and nobody takes it back.
    mem::forget(Subtree::add(NAME, image)?);
    Ok(())
}
