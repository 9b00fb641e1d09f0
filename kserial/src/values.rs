//! Which values a member may take: a few intervals, and whether one set lies within another.
//!
//! Values are compared by their *ordinal*: the number that orders signed and unsigned values of any
//! width alike, so that a set stated for 16 bits can be held against one for 64.

use core::iter::from_fn;

use crate::layout::Layout;
use crate::member::{Kind, Member};

/// Values from `low` to `high`, both included, as ordinals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

impl Span {
    pub(crate) const fn contains(self, ordinal: u64) -> bool {
        self.low <= ordinal && ordinal <= self.high
    }
}

/// The ordinal of a value that has been extended to 64 bits.
pub(crate) const fn ordinal(kind: Kind, value: u64) -> u64 {
    match kind {
        Kind::Signed => value ^ (1 << 63),
        _ => value,
    }
}

/// The lowest `bits` bits set; all of them from 64 on.
#[allow(clippy::as_conversions, reason = "constant functions have no `From`")]
pub(crate) const fn mask(bits: u8) -> u64 {
    match u64::MAX.checked_shr(64_u32.saturating_sub(bits as u32)) {
        Some(mask) => mask,
        None => 0,
    }
}

/// The value of `bits` bits, extended to 64: by its sign where the kind has one.
pub(crate) const fn extended(kind: Kind, bits: u8, raw: u64) -> u64 {
    match kind {
        Kind::Signed => (raw ^ sign(bits)).wrapping_sub(sign(bits)),
        _ => raw,
    }
}

/// The sign bit of a number of `bits` bits.
pub(crate) const fn sign(bits: u8) -> u64 {
    mask(bits) ^ (mask(bits) >> 1)
}

/// All values that the member's width can hold; for a bool, 0 and 1.
pub(crate) const fn width(kind: Kind, bits: u8) -> Span {
    match kind {
        Kind::Bool => Span { low: 0, high: 1 },
        Kind::Signed => {
            let largest = mask(bits) >> 1;
            Span { low: ordinal(kind, !largest), high: ordinal(kind, largest) }
        }
        _ => Span { low: 0, high: mask(bits) },
    }
}

/// The values that a layout allows a member.
///
/// A set is what the layout states, not a copy of it: it is walked anew each time, which costs
/// nothing beside the rows and needs no memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a> {
    layout: Layout<'a>,
    member: Member<'a>,
}

impl<'a> Values<'a> {
    pub(crate) const fn of(layout: Layout<'a>, member: Member<'a>) -> Self {
        Self { layout, member }
    }

    /// Whether the layout says anything beyond the width: then the intervals count.
    pub(crate) fn is_stated(&self) -> bool {
        match self.member.kind() {
            Kind::OpenEnum => false,
            Kind::ClosedEnum | Kind::Bool => true,
            _ => self.layout.intervals(self.member.path()).next().is_some(),
        }
    }

    /// The set as spans, in no order.
    pub(crate) fn spans(self) -> impl Iterator<Item = Span> + Clone + 'a {
        let kind = self.member.kind();
        let listed = kind != Kind::Bool && self.is_stated();
        let mut stated = self.layout.intervals(self.member.path());
        let mut whole = Some(width(kind, self.member.bits()));
        from_fn(move || match listed {
            true => {
                let i = stated.next()?;
                Some(Span { low: ordinal(kind, i.low()), high: ordinal(kind, i.high()) })
            }
            false => whole.take(),
        })
    }

    /// Whether every value of `self` is one of `other`.
    pub(crate) fn lies_within(self, other: Self) -> bool {
        self.spans().all(|span| {
            let mut from = span.low;
            loop {
                let Some(cover) = other.spans().filter(|s| s.contains(from)).map(|s| s.high).max()
                else {
                    return false;
                };
                match cover.checked_add(1) {
                    Some(next) if cover < span.high => from = next,
                    _ => return true,
                }
            }
        })
    }

    /// Whether `value`, extended to 64 bits, is one of them.
    pub(crate) fn contain(self, value: u64) -> bool {
        let ordinal = ordinal(self.member.kind(), value);
        self.spans().any(|span| span.contains(ordinal))
    }

    /// Whether there is no other value than this one.
    pub(crate) fn are_only(self, value: u64) -> bool {
        let ordinal = ordinal(self.member.kind(), value);
        self.spans().all(|span| span.low == ordinal && span.high == ordinal)
    }

    /// Whether the two sets share a value.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.spans().any(|a| other.spans().any(|b| a.low <= b.high && b.low <= a.high))
    }
}
