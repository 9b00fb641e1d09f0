//! Counting without a way to fail.
//!
//! The counters inside `enumerate`, `position` and `count` inherit the overflow checks of the crate
//! that uses them, and with the checks a panic. A range ends before it overflows.

/// The items with their numbers from 0.
pub(crate) fn numbered<I: IntoIterator>(items: I) -> impl Iterator<Item = (usize, I::Item)> {
    (0..usize::MAX).zip(items)
}

/// How many items there are.
pub(crate) fn count(items: impl Iterator) -> usize {
    items.fold(0, |count: usize, _| count.saturating_add(1))
}
