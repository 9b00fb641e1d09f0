//! Which physical addresses lie where in a file.

use std::ops::Range;

use kserial::kho::Missing;
use kserial::PhysAddr;

/// A stretch of physical memory in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Extent {
    /// The first physical address.
    pub(super) phys: u64,
    /// How long it is, in bytes; its end is below 2^64.
    pub(super) len: u64,
    /// Where in the file it is; its end there is below 2^64 as well.
    pub(super) offset: u64,
}

/// Stretches of memory, ascending, without overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents {
    list: Vec<Extent>,
    /// Below this address, what is in no stretch is zero.
    zero_below: u64,
}

/// What a piece of memory is made of.
enum Piece {
    /// Bytes of the file from this offset on.
    Bytes(u64),
    /// Zeros.
    Zeros,
}

impl Extents {
    /// These stretches; where two overlap, the one that begins first counts. One that ends above 2^64,
    /// in memory or in the file, is none: no file has it.
    pub(super) fn new(mut list: Vec<Extent>, zero_below: u64) -> Self {
        let ends = |from: u64, extent: &Extent| from.checked_add(extent.len).is_some();
        list.retain(|e| e.len > 0 && ends(e.phys, e) && ends(e.offset, e));
        list.sort_by_key(|extent| extent.phys);
        let mut end = 0;
        list.retain_mut(|extent| {
            let hidden = end.max(extent.phys) - extent.phys;
            let kept = hidden < extent.len;
            if kept {
                extent.phys += hidden;
                extent.len -= hidden;
                extent.offset += hidden;
                end = extent.phys + extent.len;
            }
            kept
        });
        Self { list, zero_below }
    }

    /// The same without what would lie beyond the end of a file of `length` bytes.
    pub(super) fn within(mut self, length: u64) -> Self {
        self.list.retain_mut(|extent| {
            extent.len = extent.len.min(length.saturating_sub(extent.offset));
            extent.len > 0
        });
        self
    }

    /// What lies at `at`, and for how many bytes; `None` when nothing does.
    fn piece(&self, at: u64) -> Option<(Piece, u64)> {
        let place = self.list.partition_point(|extent| extent.phys <= at);
        if let Some(extent) = place.checked_sub(1).and_then(|before| self.list.get(before)) {
            let within = at - extent.phys;
            if within < extent.len {
                return Some((Piece::Bytes(extent.offset + within), extent.len - within));
            }
        }
        let next = self.list.get(place).map_or(u64::MAX, |extent| extent.phys);
        let end = next.min(self.zero_below);
        (at < end).then(|| (Piece::Zeros, end - at))
    }

    /// Reads from `at` on; `take` is given where in the file a piece is, and room for it.
    pub(super) fn read(
        &self,
        at: PhysAddr,
        into: &mut [u8],
        take: impl Fn(u64, &mut [u8]) -> Option<()>,
    ) -> Result<(), Missing> {
        let (mut at, mut rest) = (at.0, into);
        while !rest.is_empty() {
            let missing = Missing { at: PhysAddr(at) };
            let (piece, available) = self.piece(at).ok_or(missing)?;
            let length = usize::try_from(available).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            match piece {
                Piece::Zeros => now.fill(0),
                Piece::Bytes(offset) => take(offset, now).ok_or(missing)?,
            }
            at = at.wrapping_add(length as u64);
            rest = later;
        }
        Ok(())
    }

    pub(super) fn parts(&self) -> Vec<Range<u64>> {
        let mut parts: Vec<Range<u64>> = Vec::with_capacity(self.list.len());
        for extent in &self.list {
            let range = extent.phys..extent.phys + extent.len;
            match parts.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => parts.push(range),
            }
        }
        parts
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_overlapping_stretches_the_first_counts() {
        let extent = |phys, len, offset| Extent { phys, len, offset };
        let extents =
            Extents::new(vec![extent(10, 10, 100), extent(5, 10, 0), extent(6, 2, 50)], 40);
        let at = |at| match extents.piece(at) {
            Some((Piece::Bytes(offset), length)) => (Some(offset), length),
            Some((Piece::Zeros, length)) => (None, length),
            None => (None, 0),
        };
        assert_eq!(at(0), (None, 5));
        assert_eq!(at(6), (Some(1), 9));
        assert_eq!(at(15), (Some(105), 5));
        assert_eq!(at(20), (None, 20));
        assert_eq!(at(40), (None, 0));
        assert_eq!(extents.parts(), vec![Range { start: 5, end: 20 }]);
        // The file ends before the second stretch begins, and within the first.
        assert_eq!(extents.within(7).parts(), vec![Range { start: 5, end: 12 }]);
    }
}
