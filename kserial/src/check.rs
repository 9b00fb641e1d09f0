//! Checks: what rows must hold before they may be taken.
//!
//! A check is always of one form: some elements of the source's member lie in a few intervals;
//! otherwise the rows are refused, or a loss is reported. A conditional verdict is the list of a
//! plan's checks, and a decoder runs that very list.

use core::iter::from_fn;

use crate::bits;
use crate::count::numbered;
use crate::member::{Kind, Member};
use crate::values::{extended, mask, ordinal, sign, Span, Values};

/// What happens to a row that does not meet a check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// The table is refused as a whole; nothing of it is applied.
    Refuse,
    /// The row is taken without what its reader cannot hold, and the loss is reported.
    Lose,
}

/// The values that meet a check.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Allowed<'a> {
    /// Those of the target's member.
    Values(Values<'a>),
    /// This one, the default.
    Only(u64),
    /// None: any row at all fails.
    Nothing,
}

/// One condition on the rows of a source layout.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    member: Member<'a>,
    first: u32,
    end: u32,
    allowed: Allowed<'a>,
    effect: Effect,
}

impl<'a> Check<'a> {
    pub(crate) const fn new(
        member: Member<'a>,
        first: u32,
        end: u32,
        allowed: Allowed<'a>,
        effect: Effect,
    ) -> Self {
        Self { member, first, end, allowed, effect }
    }

    /// The source's member that is looked at.
    pub const fn member(&self) -> Member<'a> {
        self.member
    }

    /// The elements that are looked at; `0..1` for a single value.
    pub const fn elements(&self) -> core::ops::Range<u32> {
        self.first..self.end
    }

    /// What happens to rows that do not meet it.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// The values that meet it, each interval with both ends included, extended to 64 bits by the
    /// member's sign. None at all: any row fails.
    pub fn allowed(&self) -> impl Iterator<Item = (u64, u64)> + 'a {
        let kind = self.member.kind();
        // An ordinal's ordinal is the value again.
        self.spans().map(move |s| (ordinal(kind, s.low), ordinal(kind, s.high)))
    }

    fn spans(&self) -> impl Iterator<Item = Span> + Clone + 'a {
        let (values, only) = match self.allowed {
            Allowed::Values(values) => (Some(values), None),
            Allowed::Only(value) => (None, Some(ordinal(self.member.kind(), value))),
            Allowed::Nothing => (None, None),
        };
        let mut values = values.map(Values::spans);
        let mut only = only.map(|low| Span { low, high: low });
        from_fn(move || match &mut values {
            Some(spans) => spans.next(),
            None => only.take(),
        })
    }

    /// The first of `rows` (each `stride` bytes, the source's own layout) that does not meet the
    /// check, counted from 0.
    pub fn first_unmet(&self, rows: &[u8], stride: u32) -> Option<usize> {
        // Most sets are one interval: looking it up once leaves a loop of loads and compares.
        let spans = self.spans();
        let mut rest = spans.clone();
        let single = match (rest.next(), rest.next()) {
            (Some(span), None) => Some(span),
            _ => None,
        };
        let stride = usize::try_from(stride).ok().filter(|stride| *stride > 0)?;
        if let (Some(span), 1) = (single, self.end.saturating_sub(self.first)) {
            if self.all_meet(rows, stride, span) == Some(true) {
                return None;
            }
        }
        let mut rows = numbered(rows.chunks_exact(stride));
        rows.find(|(_, row)| !self.row_meets(row, single, &spans)).map(|(number, _)| number)
    }

    /// Whether the one element lies in the one span in every row, found out without a branch per
    /// row; `None` where the element's window is no part of the row.
    fn all_meet(&self, rows: &[u8], stride: usize, span: Span) -> Option<bool> {
        let (kind, width) = (self.member.kind(), self.member.bits());
        let skipped = self.first.wrapping_mul(u32::from(width));
        let (start, shift) = bits::window(self.member.bit().wrapping_add(skipped), stride)?;
        let (keep, sign) = (mask(width), if kind == Kind::Signed { sign(width) } else { 0 });
        let size = span.high.wrapping_sub(span.low);
        // The ordinal's distance from the lowest one, which wraps to more than `size` below it.
        let lowest = ordinal(kind, span.low);
        let mut outside = false;
        for row in rows.chunks_exact(stride) {
            let window = row.get(start..).and_then(|rest| rest.first_chunk::<8>())?;
            let raw = u64::from_le_bytes(*window).wrapping_shr(shift) & keep;
            let value = (raw ^ sign).wrapping_sub(sign);
            outside |= value.wrapping_sub(lowest) > size;
        }
        Some(!outside)
    }

    fn row_meets<S>(&self, row: &[u8], single: Option<Span>, spans: &S) -> bool
    where
        S: Iterator<Item = Span> + Clone,
    {
        let (kind, width) = (self.member.kind(), self.member.bits());
        (self.first..self.end).all(|element| {
            let skipped = element.wrapping_mul(u32::from(width));
            let raw = bits::load(row, self.member.bit().wrapping_add(skipped), width);
            let ordinal = ordinal(kind, extended(kind, width, raw));
            match single {
                Some(span) => span.contains(ordinal),
                None => spans.clone().any(|span| span.contains(ordinal)),
            }
        })
    }
}
