//! Late tables: what settles last (a file's position, its seals) is rewritten in place.
//!
//! Only values settle. Keys and end marks stay as they were written: other rows lie where they lie
//! because of them.

use zerocopy::IntoBytes;

use super::block::{broken_value, has_claims};
use super::error::WriteError;
use super::head::{Head, Listed, LATE};
use super::hole::clear_holes;
use super::place::{rows_per_block, Cursor, Walk};
use super::sum::{store_sum, Seal, Sum};
use crate::bits;
use crate::count::numbered;
use crate::layout::Layout;
use crate::member::{Kind, Member, Path};
use crate::plan::Plan;
use crate::record::{Record, Steps};
use crate::step::{copy, Step};
use crate::values::extended;

/// Rewrites all rows of the late table of `T` in a finished image and seals them anew, without
/// allocating and as often as needed. Rows go in as `T`, whatever layout the image was written for.
///
/// # Errors
/// [`WriteError::NotLate`] when there is no such table or it is not late, [`WriteError::Full`] or
/// [`WriteError::Unfilled`] when `rows` are not as many as it has, [`WriteError::Fixed`] when a key or
/// an end mark is another one than before; what stands in the way of a row. Nothing is written then.
pub fn rewrite<T: Record>(
    segments: &mut [&mut [u8]],
    rows: &[T],
    room: &mut T::Steps,
    sum: Sum,
) -> Result<(), WriteError> {
    settle(segments, (T::SHAPE, rows.as_bytes()), room.steps(), sum, |plan, now, target| {
        if plan.is_in_place() {
            copy(now, target);
            if let Some(mask) = T::MASK {
                clear_holes(target, mask);
            }
        } else {
            plan.convert(now, target);
        }
    })
}

/// The same for rows whose layout is known at run time only, such as those of users in C: whole rows, one
/// after the other. The table is the late one of the layout's record; `room` as for [`Plan::between`].
///
/// ```
/// use kserial::image::{rewrite_rows, size};
/// use kserial::{KSerial, Image, Machine, Record, Room, Spec, Step, Writer};
/// # use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};
/// # const HERE: Machine =
/// #     Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
///
/// #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
/// #[kserial(record = "clock")]
/// #[repr(C)]
/// struct Clock {
///     #[kserial(id = 1, unit = "ns")]
///     offset: u64,
/// }
///
/// let tables = [Spec::of::<Clock>(1).late()];
/// let mut memory = vec![0; size(&tables, 4096)?.bytes()];
/// let mut segments = [memory.as_mut_slice()];
/// let mut image = Writer::new(&tables, HERE, 7, &mut segments, crc32fast::hash)?;
/// let mut clocks = image.table::<Clock>()?;
/// clocks.push(&Clock { offset: 1 })?;
/// clocks.finish(&mut image)?;
/// image.finish()?;
///
/// // At the last moment there is a layout, and bytes.
/// let now = 2_u64.to_le_bytes();
/// let mut segments = [memory.as_mut_slice()];
/// rewrite_rows(&mut segments, Clock::SHAPE, &now, &mut [Step::EMPTY; 1], crc32fast::hash)?;
///
/// let segments = [memory.as_slice()];
/// let image = Image::open(&segments, &HERE, crc32fast::hash)?.verify()?;
/// let mut room = Room::empty();
/// assert_eq!(image.table::<Clock>(&mut room)?.get(0).map(|clock| clock.offset), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As for [`rewrite`]. Nothing is written then.
pub fn rewrite_rows(
    segments: &mut [&mut [u8]],
    layout: Layout<'_>,
    rows: &[u8],
    room: &mut [Step],
    sum: Sum,
) -> Result<(), WriteError> {
    settle(segments, (layout, rows), room, sum, |plan, now, target| plan.convert(now, target))
}

/// `write` is given the rows of an extent and their place.
fn settle(
    segments: &mut [&mut [u8]],
    (source, rows): (Layout<'_>, &[u8]),
    room: &mut [Step],
    sum: Sum,
    write: impl Fn(&Plan<'_>, &[u8], &mut [u8]),
) -> Result<(), WriteError> {
    let (first, others) = segments.split_first_mut().ok_or(WriteError::NotLate)?;
    let length = Head::read(first, sum)?.rows_at();
    let (head, body) = first.split_at_mut_checked(length).ok_or(WriteError::NotLate)?;
    let head = Head::read(head, sum)?;
    let table = head.tables().find(|t| t.layout.record() == source.record());
    let table = table.filter(|t| t.flags & LATE != 0).ok_or(WriteError::NotLate)?;
    let stride = usize::try_from(source.row()).unwrap_or(usize::MAX);
    match table.rows.checked_mul(stride) {
        Some(bytes) if rows.len() == bytes => {}
        Some(bytes) if rows.len() > bytes => return Err(WriteError::Full),
        _ => return Err(WriteError::Unfilled),
    }
    let plan = Plan::between_images(source, table.layout, room)?;
    if let Some(unmet) = plan.refused(rows) {
        return Err(WriteError::Refused { row: unmet.row, path: unmet.check.member().path() });
    }
    if has_claims(source) {
        if let Some((row, path)) = broken_value(source, rows) {
            return Err(WriteError::Value { row, path });
        }
    }
    let mut extents = Extents { head, length, body, others };
    let mut first = 0_usize;
    extents.each(&table, (rows, stride), |now, target, _| {
        if let Some((row, path)) = moved(source, table.layout, now, target) {
            return Err(WriteError::Fixed { row: first.saturating_add(row), path });
        }
        first = first.saturating_add(now.len().checked_div(stride).unwrap_or(0));
        Ok(())
    })?;
    let row = usize::try_from(table.layout.row()).unwrap_or(0);
    let block = rows_per_block(row).saturating_mul(row);
    let seal = Seal { image: head.number(), table: table.index, sum };
    let mut number: usize = 0;
    extents.each(&table, (rows, stride), |now, target, sums| {
        write(&plan, now, target);
        for (n, block) in numbered(target.chunks(block.max(1))) {
            store_sum(sums, n, seal.of(block, number));
            number = number.saturating_add(1);
        }
        Ok(())
    })
}

/// The segments of a finished image, its head apart from what follows.
struct Extents<'h, 's, 'm> {
    head: Head<'h>,
    length: usize,
    body: &'s mut [u8],
    others: &'s mut [&'m mut [u8]],
}

impl Extents<'_, '_, '_> {
    /// Goes through the extents of a table: the new rows, where they go, and from where on the sums
    /// of the extent lie.
    fn each(
        &mut self,
        table: &Listed<'_>,
        (mut rows, stride): (&[u8], usize),
        mut take: impl FnMut(&[u8], &mut [u8], &mut [u8]) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let row = usize::try_from(table.layout.row()).unwrap_or(0);
        let mut walk = Walk::new(table.cursor, row, table.rows);
        while let Some((at, extent)) = walk.next(|n| self.head.segment(n)) {
            let place = self.place(at).ok_or(WriteError::Space)?;
            let (target, sums) =
                place.split_at_mut_checked(extent.bytes).ok_or(WriteError::Space)?;
            let bytes = extent.rows.saturating_mul(stride);
            let (now, later) = rows.split_at_checked(bytes).ok_or(WriteError::Unfilled)?;
            take(now, target, sums)?;
            rows = later;
        }
        Ok(())
    }

    fn place(&mut self, at: Cursor) -> Option<&mut [u8]> {
        match at.segment.checked_sub(1) {
            None => self.body.get_mut(at.offset.checked_sub(self.length)?..),
            Some(n) => self.others.get_mut(n)?.get_mut(at.offset..),
        }
    }
}

/// The first of the rows `now` that would have another key or end mark than the one that is `there`.
fn moved(
    source: Layout<'_>,
    target: Layout<'_>,
    now: &[u8],
    there: &[u8],
) -> Option<(usize, Path)> {
    let size = |layout: Layout<'_>| usize::try_from(layout.row()).unwrap_or(usize::MAX).max(1);
    let fixed = target.written().filter(|m| m.is_key() || m.kind() == Kind::End);
    fixed
        .filter_map(|member| {
            let given = source.member(member.path()).filter(|given| !given.is_legacy());
            let mut rows =
                numbered(now.chunks_exact(size(source)).zip(there.chunks_exact(size(target))));
            let (row, _) = rows.find(|(_, (now, there))| {
                (0..member.count()).any(|element| {
                    let given = given.filter(|given| element < given.count());
                    let now = given.map(|given| value(given, element, now));
                    let default = || member.default().unwrap_or(0);
                    now.unwrap_or_else(default) != value(member, element, there)
                })
            })?;
            Some((row, member.path()))
        })
        .next()
}

fn value(member: Member<'_>, element: u32, row: &[u8]) -> u64 {
    let skipped = element.wrapping_mul(u32::from(member.bits()));
    let raw = bits::load(row, member.bit().wrapping_add(skipped), member.bits());
    extended(member.kind(), member.bits(), raw)
}
