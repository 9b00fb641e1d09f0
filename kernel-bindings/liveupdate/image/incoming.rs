// SPDX-License-Identifier: GPL-2.0

//! Images that the previous kernel left.

use kernel::error::code;
use kernel::prelude::*;
use kserial::{image, Image, Machine, Record, Room, Verified};

use super::{damaged, machine, refused, slices, Segment, MAX_SEGMENTS};
use crate::kho::{Handle, Restored};
use crate::shim;
use crate::status::{self, Verdict};

/// An image that the previous kernel left. Dropping it frees its memory.
///
/// It and what reads it need no memory: what cannot be read for want of memory could not be freed
/// either.
pub struct Incoming {
    segments: [Option<Restored>; MAX_SEGMENTS],
    /// The root's number, where there is one: the image is another if it has another.
    number: Option<u32>,
}

impl Incoming {
    /// Takes over the memory of an image: all of it, or the root and what it leads to are freed again. Of
    /// a root that cannot be read, or that names more segments than an image has, segments stay held:
    /// where they are is not known, or not believed.
    ///
    /// # Errors
    ///
    /// `ENOENT` for memory that was not handed over, or is no image: that is left alone. `EIO` for a root
    /// that is damaged, `EOPNOTSUPP` for one of another kind of machine or of another layout, `E2BIG` for
    /// one of too many segments.
    pub fn restore(handle: Handle) -> Result<Self> {
        let first = handle.restore_with(image::MAGIC).inspect_err(|_| {
            let why = format_args!("no image is where its handle leads");
            status::note("image", Verdict::Held, why);
        })?;
        let mut segments = [const { None }; MAX_SEGMENTS];
        if !Self::is_root(&first) {
            segments[0] = Some(first);
            return Ok(Self { segments, number: None });
        }
        let mut failed = None;
        Self::with_image(&[&first], Some(&machine()), |root| {
            let mut room = Room::empty();
            let table = root.table::<Segment>(&mut room).map_err(|why| refused::<Segment>(&why))?;
            if table.len() > MAX_SEGMENTS {
                failed = Some(code::E2BIG);
            }
            for (place, segment) in segments.iter_mut().zip(table.iter()) {
                // One that is missing does not keep the others from being freed.
                match Handle::new(segment.at.0).restore() {
                    Ok(memory) => *place = Some(memory),
                    Err(error) => failed = Some(error),
                }
            }
            Ok(())
        })?;
        let number = image::number(&first).ok();
        failed.map_or(Ok(Self { segments, number }), Err)
    }

    /// Reads the image, verified from end to end: after that reading cannot fail.
    ///
    /// # Errors
    ///
    /// `EIO` for a damaged image, `EOPNOTSUPP` for one of another kind of machine, and what `read`
    /// returns.
    pub fn read<R>(&self, read: impl FnOnce(&Verified<'_>) -> Result<R>) -> Result<R> {
        self.with_segments(Some(&machine()), read)
    }

    /// The same for an image of any kind of machine: to find and free what it tells of.
    ///
    /// # Errors
    ///
    /// `EIO` for a damaged image, and what `read` returns.
    pub fn read_any<R>(&self, read: impl FnOnce(&Verified<'_>) -> Result<R>) -> Result<R> {
        self.with_segments(None, read)
    }

    fn with_segments<R>(
        &self,
        machine: Option<&Machine>,
        read: impl FnOnce(&Verified<'_>) -> Result<R>,
    ) -> Result<R> {
        let (slices, count) = slices(self.segments.iter().flatten().map(|segment| &segment[..]));
        let slices = slices.get(..count).unwrap_or_default();
        Self::with_image(slices, machine, |verified| {
            let own = slices.first().and_then(|first| image::number(first).ok());
            if self.number.is_some() && self.number != own {
                status::note("image", Verdict::Damaged, format_args!("its root is another image's"));
                return Err(code::EIO);
            }
            read(verified)
        })
    }

    /// Whether this memory is a root.
    fn is_root(first: &[u8]) -> bool {
        // An image of several segments is none as long as only its first one is at hand.
        let slices = [first];
        let Ok(image) = Image::inspect(&slices, shim::crc32) else { return false };
        let mut tables = image.tables();
        tables.any(|table| table.layout.record() == Segment::SHAPE.record())
    }

    fn with_image<R>(
        slices: &[&[u8]],
        machine: Option<&Machine>,
        read: impl FnOnce(&Verified<'_>) -> Result<R>,
    ) -> Result<R> {
        let image = match machine {
            Some(machine) => Image::open(slices, machine, shim::crc32),
            None => Image::inspect(slices, shim::crc32),
        };
        read(&image.and_then(Image::verify).map_err(|why| damaged(&why))?)
    }
}
