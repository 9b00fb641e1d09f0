// SPDX-License-Identifier: GPL-2.0

//! KSerial images in preserved memory.
//!
//! An image's segments are folios wherever the allocator had them. One segment is found by its
//! handle; for more there is a *root*, itself a small image with a table of where the segments
//! are. A reader tells the two apart by that table's name. An image whose rows come and go has a
//! root in any case, as its handle must not change.

use core::result;

use kernel::error::code;
use kernel::page::PAGE_SHIFT;
use kernel::prelude::*;
use kserial::image::{self, ImageError, TableError, WriteError};
use kserial::{
    Image, KSerial, Machine, PhysAddr, Plan, Record, Spec, Steps, Table, Verified, Writer,
};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::kho::{self, Handle, Preserved, Restored};
use crate::next::Reader;
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

/// An image for the next kernel: from preserve to unpreserve.
pub struct Outgoing {
    root: Option<Preserved>,
    segments: KVec<Preserved>,
}

impl Outgoing {
    /// Allocates and preserves what an image of these tables needs, and fills it.
    ///
    /// `max_order` is the largest order of the folios that the rows tell of.
    ///
    /// May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `E2BIG` for more tables than an image can have; what `fill` returns; `EINVAL` for
    /// rows that the tables do not allow.
    pub fn new(
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl FnOnce(&mut Writer<'_, '_>) -> result::Result<(), WriteError>,
    ) -> Result<Self> {
        Self::for_reader(&Reader::UNKNOWN, tables, max_order, |writer, _| fill(writer))
    }

    /// The same where the next kernel has said what it reads: a table that was announced as
    /// [`Reader::spec`] says is written through the plan that `fill` is given, if there is one.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn for_reader(
        reader: &Reader<'_>,
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl for<'s> FnOnce(
            &mut Writer<'_, 's>,
            Option<Plan<'s>>,
        ) -> result::Result<(), WriteError>,
    ) -> Result<Self> {
        let segments = segments(reader.plan(), tables, max_order, fill)?;
        let root = if segments.len() > 1 { Some(root(&segments)?) } else { None };
        Ok(Self { root, segments })
    }

    /// The same with a handle that stays as it is when the image is made anew.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn rooted(
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl FnOnce(&mut Writer<'_, '_>) -> result::Result<(), WriteError>,
    ) -> Result<Self> {
        let segments = segments(None, tables, max_order, |writer, _| fill(writer))?;
        Ok(Self { root: Some(root(&segments)?), segments })
    }

    /// Makes a [rooted](Self::rooted) image anew, under the same handle. If that fails, it is what
    /// it was.
    ///
    /// May sleep.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); `EINVAL` for an image without a root.
    pub fn replace(
        &mut self,
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl FnOnce(&mut Writer<'_, '_>) -> result::Result<(), WriteError>,
    ) -> Result {
        let root = self.root.as_mut().ok_or(EINVAL)?;
        let segments = segments(None, tables, max_order, |writer, _| fill(writer))?;
        write_root(root, &segments)?;
        self.segments = segments;
        Ok(())
    }

    /// Makes a [rooted](Self::rooted) image anew where it lies, without allocating: for rows that
    /// it held before, and less of them.
    ///
    /// # Errors
    ///
    /// `ENOSPC` if there is no room; `EINVAL` for an image without a root, and for rows that the
    /// tables do not allow.
    pub fn shrink(
        &mut self,
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl FnOnce(&mut Writer<'_, '_>) -> result::Result<(), WriteError>,
    ) -> Result {
        let root = self.root.as_mut().ok_or(EINVAL)?;
        let size = image::size(tables, kho::MAX_LEN).map_err(|why| written(&why))?;
        let last = size.segments.checked_sub(1).and_then(|last| self.segments.get(last));
        if last.is_none_or(|last| last.len() < size.last) {
            return Err(code::ENOSPC);
        }
        self.segments.truncate(size.segments);
        write_segments(None, tables, max_order, &mut self.segments, |writer, _| fill(writer))?;
        write_root(root, &self.segments)
    }

    /// What the next kernel finds the image by.
    pub fn handle(&self) -> u64 {
        self.root.as_ref().or(self.segments.first()).map_or(0, Preserved::handle)
    }

    /// The memory that the handle leads to.
    pub(crate) fn first(&mut self) -> Option<&mut Preserved> {
        self.root.as_mut().or(self.segments.first_mut())
    }

    /// Rewrites the rows of a late table, without allocating memory for rows.
    ///
    /// # Errors
    ///
    /// `EINVAL` for other rows than the table was announced with.
    pub fn rewrite<T: Record>(&mut self, rows: &[T], room: &mut T::Steps) -> Result {
        let count = self.segments.len();
        let mut slices = slices(&mut self.segments)?;
        let slices = slices.get_mut(..count).ok_or(EINVAL)?;
        image::rewrite(slices, rows, room, shim::crc32).map_err(|why| written(&why))
    }
}

/// Allocates, preserves and fills the segments of an image.
fn segments(
    plan: Option<Plan<'_>>,
    tables: &[Spec<'_>],
    max_order: u8,
    fill: impl for<'s> FnOnce(
        &mut Writer<'_, 's>,
        Option<Plan<'s>>,
    ) -> result::Result<(), WriteError>,
) -> Result<KVec<Preserved>> {
    let size = image::size(tables, kho::MAX_LEN).map_err(|why| written(&why))?;
    let mut segments = KVec::with_capacity(size.segments, GFP_KERNEL)?;
    for n in 1..=size.segments {
        let len = if n == size.segments { size.last } else { size.segment };
        segments.push(Preserved::new(len)?, GFP_KERNEL)?;
    }
    write_segments(plan, tables, max_order, &mut segments, fill)?;
    Ok(segments)
}

fn write_segments(
    plan: Option<Plan<'_>>,
    tables: &[Spec<'_>],
    max_order: u8,
    segments: &mut KVec<Preserved>,
    fill: impl for<'s> FnOnce(
        &mut Writer<'_, 's>,
        Option<Plan<'s>>,
    ) -> result::Result<(), WriteError>,
) -> Result {
    let count = segments.len();
    let mut slices = slices(segments)?;
    write(plan, tables, max_order, slices.get_mut(..count).ok_or(EINVAL)?, fill)
}

/// A root that has room for as many segments as an image may have.
fn root(segments: &KVec<Preserved>) -> Result<Preserved> {
    let most = [Spec::of::<Segment>(MAX_SEGMENTS)];
    let size = image::size(&most, kho::MAX_LEN).map_err(|why| written(&why))?;
    let mut root = Preserved::new(size.last)?;
    write_root(&mut root, segments)?;
    Ok(root)
}

fn write_root(root: &mut Preserved, segments: &KVec<Preserved>) -> Result {
    if segments.len() > MAX_SEGMENTS {
        return Err(code::E2BIG);
    }
    write(None, &[Spec::of::<Segment>(segments.len())], 0, &mut [&mut root[..]], |writer, _| {
        let mut table = writer.table::<Segment>()?;
        for segment in segments {
            table.push(&Segment { at: PhysAddr(segment.handle()) })?;
        }
        table.finish(writer)
    })
}

/// The segments as the writer takes them, in an array: a `KVec` may not be borrowed for as long as
/// what it holds.
fn slices(segments: &mut KVec<Preserved>) -> Result<[&mut [u8]; MAX_SEGMENTS]> {
    if segments.len() > MAX_SEGMENTS {
        return Err(code::E2BIG);
    }
    let mut slices: [&mut [u8]; MAX_SEGMENTS] = core::array::from_fn(|_| Default::default());
    for (slice, segment) in slices.iter_mut().zip(segments.iter_mut()) {
        *slice = &mut segment[..];
    }
    Ok(slices)
}

fn write<'m>(
    plan: Option<Plan<'m>>,
    tables: &'m [Spec<'m>],
    max_order: u8,
    slices: &'m mut [&'m mut [u8]],
    fill: impl for<'s> FnOnce(
        &mut Writer<'_, 's>,
        Option<Plan<'s>>,
    ) -> result::Result<(), WriteError>,
) -> Result {
    let machine = Machine { max_order, ..machine() };
    Writer::new(tables, machine, shim::image_number(), slices, shim::crc32)
        .and_then(|mut writer| {
            fill(&mut writer, plan)?;
            writer.finish()
        })
        .map_err(|why| written(&why))
}

/// An image that the previous kernel left. Dropping it frees its memory.
///
/// It and what reads it need no memory: what cannot be read for want of memory could not be freed
/// either.
pub struct Incoming {
    segments: [Option<Restored>; MAX_SEGMENTS],
}

impl Incoming {
    /// Takes over the memory of an image: all of it, or what can be had is freed again.
    ///
    /// # Errors
    ///
    /// `ENOENT` for memory that was not handed over, `EIO` for a damaged head, `ENOMEM`.
    pub fn restore(handle: Handle) -> Result<Self> {
        let first = handle.restore()?;
        let mut segments = [const { None }; MAX_SEGMENTS];
        if !Self::is_root(&first) {
            segments[0] = Some(first);
            return Ok(Self { segments });
        }
        let mut failed = None;
        Self::with_image(&[&first], Some(&machine()), |root| {
            let mut steps = <Segment as Record>::Steps::empty();
            let table = root.table::<Segment>(&mut steps).map_err(|why| refused::<Segment>(&why))?;
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
        failed.map_or(Ok(Self { segments }), Err)
    }

    /// Reads the image, verified from end to end: after that reading cannot fail.
    ///
    /// # Errors
    ///
    /// `EIO` for a damaged image, `EOPNOTSUPP` for one of another kind of machine, and what `read`
    /// returns.
    pub fn read<R>(&self, read: impl FnOnce(&Verified<'_>) -> Result<R>) -> Result<R> {
        let (slices, count) = self.slices();
        Self::with_image(slices.get(..count).unwrap_or_default(), Some(&machine()), read)
    }

    /// The same for an image of any kind of machine: to find and free what it tells of.
    ///
    /// # Errors
    ///
    /// `EIO` for a damaged image, and what `read` returns.
    pub fn read_any<R>(&self, read: impl FnOnce(&Verified<'_>) -> Result<R>) -> Result<R> {
        let (slices, count) = self.slices();
        Self::with_image(slices.get(..count).unwrap_or_default(), None, read)
    }

    fn slices(&self) -> ([&[u8]; MAX_SEGMENTS], usize) {
        let mut slices: [&[u8]; MAX_SEGMENTS] = Default::default();
        let mut count = 0;
        for (slice, segment) in slices.iter_mut().zip(self.segments.iter().flatten()) {
            *slice = &segment[..];
            count += 1;
        }
        (slices, count)
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
///
/// # Errors
///
/// `EOPNOTSUPP` if this kernel must not take the rows.
pub fn table<'r, T: Record>(
    image: &Verified<'r>,
    steps: &'r mut T::Steps,
) -> Result<Table<'r, T>> {
    let table = image.table::<T>(steps).map_err(|why| refused::<T>(&why))?;
    table.losses(|loss| {
        let path = loss.check.member().path();
        status::note(T::SHAPE.record(), Verdict::Lost, format_args!("row {}: member {path}", loss.row));
    });
    Ok(table)
}
