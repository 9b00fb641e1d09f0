// SPDX-License-Identifier: GPL-2.0

//! KSerial images in preserved memory.
//!
//! An image's segments are folios wherever the allocator had them. One segment is found by its
//! handle; for more there is a *root*, itself a small image with a table of where the segments
//! are. A reader tells the two apart by that table's name. An image whose rows come and go has a
//! root in any case, as its handle must not change.
//!
//! What is wrong with an image is found before it is handed over: one is read from end to end, as
//! the next kernel will, before its handle is given out.

mod incoming;
mod outgoing;

pub use incoming::Incoming;
pub use outgoing::{Fill, Outgoing};

use kernel::error::code;
use kernel::page::PAGE_SHIFT;
use kernel::prelude::*;
use kserial::image::{ImageError, TableError, WriteError};
use kserial::{KSerial, Machine, PhysAddr, Record, Room, Table, Verified};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::status::{self, Verdict};
use crate::{not_supported, shim};

/// The most segments of an image: enough for 16 GiB of small folios.
const MAX_SEGMENTS: usize = 32;

/// Where a segment of an image is.
#[derive(KSerial, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kho-segment", critical, required)]
#[repr(C)]
struct Segment {
    /// Its first byte.
    #[kserial(id = 1)]
    at: PhysAddr,
}

/// Segments as they are read, in an array, and how many they are: nothing is allocated for it.
fn slices<'a>(segments: impl Iterator<Item = &'a [u8]>) -> ([&'a [u8]; MAX_SEGMENTS], usize) {
    let mut slices: [&[u8]; MAX_SEGMENTS] = Default::default();
    let mut count = 0;
    for (slice, segment) in slices.iter_mut().zip(segments) {
        *slice = segment;
        count += 1;
    }
    (slices, count)
}

/// This machine, as a reader: the largest folios that it can take.
pub(crate) fn machine() -> Machine {
    Machine {
        arch: if cfg!(CONFIG_ARM64) { Machine::AARCH64 } else { Machine::X86_64 },
        page_shift: PAGE_SHIFT as u8,
        max_order: shim::max_order(),
        encrypted: shim::is_encrypted(),
    }
}

/// Says what is wrong with the tables or rows of an image that is written here.
pub(crate) fn written(why: &WriteError) -> Error {
    pr_err!("image: {}\n", format_args!("{why}"));
    match why {
        WriteError::Directory => code::E2BIG,
        WriteError::Space => code::ENOSPC,
        WriteError::Refused { .. } => not_supported(),
        _ => code::EINVAL,
    }
}

/// Says what is wrong with an image that was handed over.
fn damaged(why: &ImageError) -> Error {
    match why {
        ImageError::Machine => {
            status::note("image", Verdict::Refused, format_args!("{why}"));
            not_supported()
        }
        _ => {
            status::note("image", Verdict::Damaged, format_args!("{why}"));
            code::EIO
        }
    }
}

/// Notes why the table of `T` in an image that was handed over cannot be read.
pub fn refused<T: Record>(why: &TableError) -> Error {
    status::note(T::SHAPE.record(), Verdict::Refused, format_args!("{why}"));
    not_supported()
}

/// The table of `T` in an image that was handed over; what this kernel cannot hold of it is noted.
/// `room` as for [`Verified::table`].
///
/// # Errors
///
/// `EOPNOTSUPP` if this kernel must not take the rows.
pub fn table<'r, 'a, T: Record>(
    image: &Verified<'a>,
    room: &'r mut Room<'a, T>,
) -> Result<Table<'r, T>> {
    let table = image.table::<T>(room).map_err(|why| refused::<T>(&why))?;
    table.losses(|loss| {
        let path = loss.check.member().path();
        status::note(T::SHAPE.record(), Verdict::Lost, format_args!("row {}: member {path}", loss.row));
    });
    Ok(table)
}
