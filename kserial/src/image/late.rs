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
use crate::record::Record;
use crate::step::copy;
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
    let (first, others) = segments.split_first_mut().ok_or(WriteError::NotLate)?;
    let length = Head::read(first, sum)?.rows_at();
    let (head, body) = first.split_at_mut_checked(length).ok_or(WriteError::NotLate)?;
    let head = Head::read(head, sum)?;
    let table = head.tables().find(|t| t.layout.record() == T::SHAPE.record());
    let table = table.filter(|t| t.flags & LATE != 0).ok_or(WriteError::NotLate)?;
    if rows.len() != table.rows {
        return Err(if rows.len() > table.rows { WriteError::Full } else { WriteError::Unfilled });
    }
    let plan = Plan::writing::<T>(table.layout, room)?;
    if let Some(unmet) = plan.refused(rows.as_bytes()) {
        return Err(WriteError::Refused { row: unmet.row, path: unmet.check.member().path() });
    }
    if has_claims(T::SHAPE) {
        if let Some((row, path)) = broken_value(T::SHAPE, rows.as_bytes()) {
            return Err(WriteError::Value { row, path });
        }
    }
    let mut extents = Extents { head, length, body, others };
    let mut first = 0_usize;
    extents.each(&table, rows, |now, target, _| {
        if let Some((row, path)) = moved(T::SHAPE, table.layout, now.as_bytes(), target) {
            return Err(WriteError::Fixed { row: first.saturating_add(row), path });
        }
        first = first.saturating_add(now.len());
        Ok(())
    })?;
    let row = usize::try_from(table.layout.row()).unwrap_or(0);
    let block = rows_per_block(row).saturating_mul(row);
    let seal = Seal { image: head.number(), table: table.index, sum };
    let mut number: usize = 0;
    extents.each(&table, rows, |now, target, sums| {
        if plan.is_in_place() {
            copy(now.as_bytes(), target);
            if let Some(mask) = T::MASK {
                clear_holes(target, mask);
            }
        } else {
            plan.convert(now.as_bytes(), target);
        }
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
    fn each<T>(
        &mut self,
        table: &Listed<'_>,
        mut rows: &[T],
        mut take: impl FnMut(&[T], &mut [u8], &mut [u8]) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let row = usize::try_from(table.layout.row()).unwrap_or(0);
        let mut walk = Walk::new(table.cursor, row, table.rows);
        while let Some((at, extent)) = walk.next(|n| self.head.segment(n)) {
            let place = self.place(at).ok_or(WriteError::Space)?;
            let (target, sums) =
                place.split_at_mut_checked(extent.bytes).ok_or(WriteError::Space)?;
            let (now, later) = rows.split_at_checked(extent.rows).ok_or(WriteError::Unfilled)?;
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
