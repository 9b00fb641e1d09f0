//! Rows of C structs, read through plans: whichever version wrote them, the reader gets its own.

use core::mem::size_of;
use std::vec::Vec;

use zerocopy::IntoBytes;

use super::Wrong;
use crate::{Layout, Path, Plan, Record, Steps};

/// Reads rows of the layout `source` as rows of `T`.
///
/// # Errors
/// The first row that the plan refuses, with the member; [`Wrong::Refused`] of the whole when no row
/// of the layout can be read as `T`.
pub fn read<T: Record>(source: Layout<'static>, bytes: &[u8]) -> Result<Vec<T>, (usize, Wrong)> {
    let mut room = T::Steps::empty();
    let plan = Plan::reading::<T>(source, &mut room)
        .map_err(|incompatible| (0, Wrong::Refused(incompatible.path)))?;
    if let Some(unmet) = plan.refused(bytes) {
        return Err((unmet.row, Wrong::Refused(unmet.check.member().path())));
    }
    let stride = usize::try_from(source.row()).unwrap_or(usize::MAX);
    let count = bytes.len().checked_div(stride).unwrap_or(0);
    let mut rows = std::vec![T::new_zeroed(); count];
    plan.convert(bytes, rows.as_mut_slice().as_mut_bytes());
    Ok(rows)
}

/// Reads one row of the layout `source` as a `T`.
///
/// # Errors
/// As [`read`]; also when `bytes` are no whole row.
pub fn read_one<T: Record>(source: Layout<'static>, bytes: &[u8]) -> Result<T, Wrong> {
    let rows = read::<T>(source, bytes).map_err(|(_, wrong)| wrong)?;
    rows.into_iter().next().ok_or(Wrong::Refused(Path::of(0)))
}

/// How long a row of `layout` is, in bytes.
pub fn stride(layout: Layout<'_>) -> usize {
    usize::try_from(layout.row()).unwrap_or(usize::MAX)
}

/// The `u64`s that lie side by side in `bytes`.
pub fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let words = bytes.chunks_exact(8).filter_map(|word| word.first_chunk::<8>());
    words.map(|word| u64::from_le_bytes(*word))
}

/// Text in a field that is padded with NUL: the bytes before the first one, and whether only NULs
/// follow.
pub fn text(field: &[u8]) -> (&[u8], bool) {
    let length = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let (text, rest) = field.split_at_checked(length).unwrap_or((field, &[]));
    (text, !rest.is_empty() && rest.iter().all(|byte| *byte == 0))
}

const _: () = assert!(size_of::<usize>() >= size_of::<u32>(), "rows are found by their offsets");
