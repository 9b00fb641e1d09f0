//! Sets of integers, as intervals.

/// A set of integers: disjoint intervals, ascending, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set(Vec<(i128, i128)>);

impl Set {
    /// The union of `intervals`; those upside down are empty.
    pub fn of(intervals: impl IntoIterator<Item = (i128, i128)>) -> Self {
        let mut sorted: Vec<_> = intervals.into_iter().filter(|(low, high)| low <= high).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(i128, i128)> = Vec::new();
        for (low, high) in sorted {
            match merged.last_mut() {
                Some(last) if low <= last.1 + 1 => last.1 = last.1.max(high),
                _ => merged.push((low, high)),
            }
        }
        Self(merged)
    }

    /// The set of one value.
    pub fn only(value: i128) -> Self {
        Self(vec![(value, value)])
    }

    /// Its intervals, ascending and apart.
    pub fn intervals(&self) -> &[(i128, i128)] {
        &self.0
    }

    /// Whether it has no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has `value`.
    pub fn has(&self, value: i128) -> bool {
        self.0.iter().any(|(low, high)| *low <= value && value <= *high)
    }

    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|a| other.0.iter().map(move |b| (a, b)));
        Self::of(pairs.map(|(a, b)| (a.0.max(b.0), a.1.min(b.1))))
    }

    /// What `other` has not.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut left = self.0.clone();
        for (low, high) in &other.0 {
            left = left
                .into_iter()
                .flat_map(|(a, b)| [(a, b.min(low - 1)), (a.max(high + 1), b)])
                .filter(|(a, b)| a <= b)
                .collect();
        }
        Self::of(left)
    }

    /// Values worth trying: the ends of every interval and what lies just inside.
    pub fn edges(&self) -> Vec<i128> {
        let near = self.0.iter().flat_map(|(low, high)| [*low, low + 1, high - 1, *high]);
        let mut edges: Vec<_> = near.filter(|value| self.has(*value)).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}
