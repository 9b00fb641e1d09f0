//! Spans: the parts of an image's segments that one table has to itself.

use core::mem;

use super::place::Extent;
use super::writer::take;

/// The parts of the segments that one table has to itself.
#[derive(Debug)]
pub(super) struct Spans<'m, 's> {
    first: Option<&'m mut [u8]>,
    middle: core::slice::IterMut<'s, &'m mut [u8]>,
    last: Option<&'m mut [u8]>,
}

/// Rows and sums of the part that is being filled.
#[derive(Debug, Default)]
pub(super) struct Open<'m> {
    pub(super) rows: &'m mut [u8],
    pub(super) sums: &'m mut [u8],
}

impl<'m, 's> Spans<'m, 's> {
    pub(super) fn take(free: &mut &'s mut [&'m mut [u8]], row: usize, rows: usize) -> Option<Self> {
        let mut spans = Self { first: None, middle: [].iter_mut(), last: None };
        if rows == 0 {
            return Some(spans);
        }
        let mut left = rows;
        let mut whole: usize = 0;
        let span = loop {
            let extent = Extent::fit(free.get(whole)?.len(), row, left);
            left = left.checked_sub(extent.rows)?;
            if left == 0 {
                break extent.span()?;
            }
            whole = whole.checked_add(1)?;
        };
        let (full, rest) = mem::take(free).split_at_mut_checked(whole)?;
        let last = take(rest, span);
        *free = rest;
        match full.split_first_mut() {
            Some((first, middle)) => {
                spans.first = Some(mem::take(first));
                spans.middle = middle.iter_mut();
                spans.last = last;
            }
            None => spans.first = last,
        }
        Some(spans)
    }

    /// The next part that holds a row, with everything behind its sums cleared.
    pub(super) fn next(&mut self, row: usize, left: usize) -> Open<'m> {
        loop {
            let part = self.first.take().or_else(|| self.middle.next().map(mem::take));
            let Some(part) = part.or_else(|| self.last.take()) else { return Open::default() };
            let extent = Extent::fit(part.len(), row, left);
            let (rows, rest) = part.split_at_mut_checked(extent.bytes).unwrap_or_default();
            let (sums, gap) = rest.split_at_mut_checked(extent.sums).unwrap_or_default();
            gap.fill(0);
            if extent.rows > 0 {
                return Open { rows, sums };
            }
        }
    }
}
