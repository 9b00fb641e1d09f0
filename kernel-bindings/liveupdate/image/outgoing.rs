// SPDX-License-Identifier: GPL-2.0

//! Images for the next kernel.

use core::result;

use kernel::error::code;
use kernel::prelude::*;
use kserial::image::{self, WriteError};
use kserial::{Image, Layout, Machine, PhysAddr, Plan, Record, Spec, Step, Writer};

use super::{machine, slices, written, Segment, MAX_SEGMENTS};
use crate::kho::{self, Preserved};
use crate::shim;

/// What fills the tables of an image: a closure that is given the writer, and the plans of tables
/// that are written for another reader; see [`next::Reader`](crate::next::Reader).
pub trait Fill<const N: usize>:
    for<'m, 's> FnOnce(&mut Writer<'m, 's>, [Option<Plan<'s>>; N]) -> result::Result<(), WriteError>
{
}

impl<F, const N: usize> Fill<N> for F where
    F: for<'m, 's> FnOnce(
        &mut Writer<'m, 's>,
        [Option<Plan<'s>>; N],
    ) -> result::Result<(), WriteError>
{
}

/// An image for the next kernel: from preserve to unpreserve.
///
/// # Invariants
///
/// There are at most [`MAX_SEGMENTS`] segments.
pub struct Outgoing {
    root: Option<Preserved>,
    segments: KVec<Preserved>,
}

impl Outgoing {
    /// Allocates and preserves what an image of these tables needs, fills it, and reads it as the
    /// next kernel will.
    ///
    /// `plans` are those of tables that are written for another reader, and are handed on to `fill`;
    /// most callers have none. `max_order` is the largest order of the folios that the rows tell of.
    ///
    /// May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `E2BIG` for more tables than an image can have, or more segments than every reader
    /// takes; what `fill` returns; `EINVAL` for rows that the tables do not allow, and for an image
    /// that could not be read. Nothing stays preserved then.
    pub fn new<const N: usize>(
        plans: [Option<Plan<'_>>; N],
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl Fill<N>,
    ) -> Result<Self> {
        let segments = segments(plans, tables, max_order, fill)?;
        let root = if segments.len() > 1 { Some(root(&segments)?) } else { None };
        // INVARIANT: `segments` gives no more.
        Ok(Self { root, segments })
    }

    /// The same with a handle that stays as it is when the image is made anew.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn rooted<const N: usize>(
        plans: [Option<Plan<'_>>; N],
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl Fill<N>,
    ) -> Result<Self> {
        let segments = segments(plans, tables, max_order, fill)?;
        // INVARIANT: `segments` gives no more.
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
    pub fn replace<const N: usize>(
        &mut self,
        plans: [Option<Plan<'_>>; N],
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl Fill<N>,
    ) -> Result {
        let root = self.root.as_mut().ok_or(EINVAL)?;
        let segments = segments(plans, tables, max_order, fill)?;
        write_root(root, &segments)?;
        self.segments = segments;
        Ok(())
    }

    /// Makes a [rooted](Self::rooted) image anew where it lies, without allocating: for rows that
    /// it held before, and less of them.
    ///
    /// # Errors
    ///
    /// `ENOSPC` if there is no room, and nothing was written; `EINVAL` for an image without a root,
    /// and for rows that the tables do not allow.
    pub fn shrink<const N: usize>(
        &mut self,
        plans: [Option<Plan<'_>>; N],
        tables: &[Spec<'_>],
        max_order: u8,
        fill: impl Fill<N>,
    ) -> Result {
        let root = self.root.as_mut().ok_or(EINVAL)?;
        let size = image::size(tables, kho::MAX_LEN).map_err(|why| written(&why))?;
        let last = size.segments.checked_sub(1).and_then(|last| self.segments.get(last));
        if last.is_none_or(|last| last.len() < size.last) {
            return Err(code::ENOSPC);
        }
        self.segments.truncate(size.segments);
        write_segments(plans, tables, max_order, &mut self.segments, fill)?;
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
        let mut slices = to_write(&mut self.segments);
        let slices = slices.get_mut(..count).ok_or(EINVAL)?;
        image::rewrite(slices, rows, room, shim::crc32).map_err(|why| written(&why))
    }

    /// The same for rows whose layout is known at run time only; `room` as for [`Plan::between`].
    ///
    /// # Errors
    ///
    /// As for [`rewrite`](Self::rewrite).
    pub(crate) fn rewrite_rows(
        &mut self,
        layout: Layout<'_>,
        rows: &[u8],
        room: &mut [Step],
    ) -> Result {
        let count = self.segments.len();
        let mut slices = to_write(&mut self.segments);
        let slices = slices.get_mut(..count).ok_or(EINVAL)?;
        image::rewrite_rows(slices, layout, rows, room, shim::crc32).map_err(|why| written(&why))
    }
}

/// Allocates, preserves and fills the segments of an image: at most [`MAX_SEGMENTS`].
fn segments<const N: usize>(
    plans: [Option<Plan<'_>>; N],
    tables: &[Spec<'_>],
    max_order: u8,
    fill: impl Fill<N>,
) -> Result<KVec<Preserved>> {
    let size = image::size(tables, kho::MAX_LEN).map_err(|why| written(&why))?;
    if size.segments > MAX_SEGMENTS {
        pr_err!("image: {} segments, and readers take {MAX_SEGMENTS}\n", size.segments);
        return Err(code::E2BIG);
    }
    let mut segments = KVec::with_capacity(size.segments, GFP_KERNEL)?;
    for n in 1..=size.segments {
        let len = if n == size.segments { size.last } else { size.segment };
        segments.push(Preserved::new(len)?, GFP_KERNEL)?;
    }
    write_segments(plans, tables, max_order, &mut segments, fill)?;
    Ok(segments)
}

fn write_segments<const N: usize>(
    plans: [Option<Plan<'_>>; N],
    tables: &[Spec<'_>],
    max_order: u8,
    segments: &mut KVec<Preserved>,
    fill: impl Fill<N>,
) -> Result {
    let count = segments.len();
    let mut slices = to_write(segments);
    let slices = slices.get_mut(..count).ok_or(EINVAL)?;
    write(plans, tables, (max_order, shim::image_number()), slices, fill)?;
    check(segments.iter().map(|segment| &segment[..]))
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
    // The two are told apart by their tables, and belong together by their number.
    let first = segments.first().ok_or(EINVAL)?;
    let number = image::number(&first[..]).map_err(|_| EINVAL)?;
    let tables = [Spec::of::<Segment>(segments.len())];
    write([], &tables, (0, number), &mut [&mut root[..]], |writer: &mut Writer<'_, '_>, []| {
        let mut table = writer.table::<Segment>()?;
        for segment in segments {
            table.push(&Segment { at: PhysAddr(segment.handle()) })?;
        }
        table.finish(writer)
    })?;
    check([&root[..]].into_iter())
}

/// The segments as the writer takes them, in an array: a `KVec` may not be borrowed for as long as
/// what it holds.
fn to_write(segments: &mut KVec<Preserved>) -> [&mut [u8]; MAX_SEGMENTS] {
    let mut slices: [&mut [u8]; MAX_SEGMENTS] = core::array::from_fn(|_| Default::default());
    for (slice, segment) in slices.iter_mut().zip(segments.iter_mut()) {
        *slice = &mut segment[..];
    }
    slices
}

fn write<'s, const N: usize>(
    plans: [Option<Plan<'s>>; N],
    tables: &'s [Spec<'s>],
    (max_order, number): (u8, u32),
    slices: &'s mut [&'s mut [u8]],
    fill: impl Fill<N>,
) -> Result {
    let machine = Machine { max_order, ..machine() };
    Writer::new(tables, machine, number, slices, shim::crc32)
        .and_then(|mut writer| {
            fill(&mut writer, plans)?;
            writer.finish()
        })
        .map_err(|why| written(&why))
}

/// Reads what was written from end to end, as the next kernel will: what it would not take for an
/// image is found while everything is alive. Nothing is allocated for it.
#[inline(never)]
fn check<'a>(segments: impl Iterator<Item = &'a [u8]>) -> Result {
    let (slices, count) = slices(segments);
    let image = Image::inspect(slices.get(..count).unwrap_or_default(), shim::crc32);
    image.and_then(Image::verify).map(drop).map_err(|why| {
        pr_err!("not handed over: {}\n", format_args!("{why}"));
        EINVAL
    })
}
