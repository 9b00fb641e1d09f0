//! Late tables: what settles last (a file's position, its seals) is rewritten in place.

use zerocopy::IntoBytes;

use super::block::{broken_value, has_claims};
use super::error::WriteError;
use super::head::{Head, LATE};
use super::place::{rows_per_block, salt, Walk};
use super::writer::{clear_padding, store_sum};
use super::Sum;
use crate::count::numbered;
use crate::plan::Plan;
use crate::record::Record;
use crate::step::copy;

/// Rewrites all rows of the late table of `T` in a finished image and seals them anew, without
/// allocating and as often as needed. Rows go in as `T`, whatever layout the image was written for.
///
/// # Errors
/// [`WriteError::NotLate`] when there is no such table or it is not late, [`WriteError::Full`] or
/// [`WriteError::Unfilled`] when `rows` are not as many as it has; what stands in the way of a row.
/// Nothing is written then.
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
    let source = rows.as_bytes();
    if let Some(unmet) = plan.refused(source) {
        return Err(WriteError::Refused { row: unmet.row, path: unmet.check.member().path() });
    }
    if has_claims(T::SHAPE) {
        if let Some((row, path)) = broken_value(T::SHAPE, source) {
            return Err(WriteError::Value { row, path });
        }
    }
    let row = usize::try_from(table.layout.row()).unwrap_or(0);
    let mut walk = Walk::new(table.cursor, row, table.rows);
    let (mut source, mut number): (&[u8], usize) = (source, 0);
    while let Some((at, extent)) = walk.next(|n| head.segment(n)) {
        let place = match at.segment.checked_sub(1) {
            None => at.offset.checked_sub(length).and_then(|from| body.get_mut(from..)),
            Some(n) => others.get_mut(n).and_then(|segment| segment.get_mut(at.offset..)),
        };
        let place = place.ok_or(WriteError::Space)?;
        let (target, rest) = place.split_at_mut_checked(extent.bytes).ok_or(WriteError::Space)?;
        let bytes = extent.rows.saturating_mul(size_of::<T>());
        let (now, later) = source.split_at_checked(bytes).ok_or(WriteError::Unfilled)?;
        source = later;
        if plan.is_in_place() {
            copy(now, target);
            if let Some(mask) = T::MASK {
                clear_padding(target, mask);
            }
        } else {
            plan.convert(now, target);
        }
        let block = rows_per_block(row).saturating_mul(row).max(1);
        for (n, block) in numbered(target.chunks(block)) {
            store_sum(rest, n, sum(block) ^ salt(table.index, number));
            number = number.saturating_add(1);
        }
    }
    Ok(())
}
