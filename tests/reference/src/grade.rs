//! Grades (§3.6): what can become of rows, before any exists.
//!
//! Members are independent of each other, so a pair of layouts is understood by asking of each
//! element of the source which of its values are harmless, which lose and which refuse. That this
//! reasoning is right is itself tested, by trying every row of small layouts.

use super::cells;
use super::cross::obstacles;
use super::row::Row;
use super::set::Set;
use super::shape::{Path, Shape};

/// How well one layout's rows are understood through another.
#[allow(missing_docs, reason = "the words are those of FORMAT.md")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Identical,
    Compatible,
    Conditional,
    Incompatible,
}

/// What is asked of some elements of one member of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The member.
    pub path: Path,
    /// The elements, from the first to before the last.
    pub elements: (u32, u32),
    /// What the source may put there.
    pub claimed: Set,
    /// What does no harm.
    pub harmless: Set,
    /// Whether a row with another value is refused; otherwise it loses.
    pub refuses: bool,
}

impl Demand {
    /// Whether every row meets it.
    pub fn is_void(&self) -> bool {
        self.claimed.without(&self.harmless).is_empty()
    }

    /// Whether no row meets it.
    pub fn is_hopeless(&self) -> bool {
        self.claimed.and(&self.harmless).is_empty()
    }
}

/// All that rows of `source` must hold to be read as `target` unharmed, where nothing stands in the
/// way of all rows. Demands that every row meets are left out.
pub fn demands(source: &Shape, target: &Shape) -> Vec<Demand> {
    let mut all = Vec::new();
    for s in source.held() {
        let mut demand = |elements: (u32, u32), harmless: Set, refuses| {
            if elements.0 < elements.1 {
                let (path, claimed) = (s.path.clone(), s.values());
                all.push(Demand { path, elements, claimed, harmless, refuses });
            }
        };
        match target.member(&s.path) {
            Some(t) => {
                let shared = s.count.min(t.count);
                demand((0, shared), t.values(), true);
                demand((shared, s.count), Set::only(s.absent().unwrap_or(0)), s.must_be_taken());
            }
            None => {
                let unused = s.absent().map_or(Set::of([]), Set::only);
                demand((0, s.count), unused, s.must_be_taken());
            }
        }
    }
    all.retain(|demand| !demand.is_void());
    all
}

/// The grade of reading rows of `source` as `target`.
pub fn grade(source: &Shape, target: &Shape) -> Grade {
    if !obstacles(source, target).is_empty() {
        return Grade::Incompatible;
    }
    let demands = demands(source, target);
    if demands.iter().any(|demand| demand.refuses && demand.is_hopeless()) {
        Grade::Incompatible
    } else if !demands.is_empty() {
        Grade::Conditional
    } else if is_identical(source, target) {
        Grade::Identical
    } else {
        Grade::Compatible
    }
}

/// Head cells equal, and the same cells in any order.
fn is_identical(source: &Shape, target: &Shape) -> bool {
    let sorted = |shape: &Shape| {
        let bytes = cells::encode(shape);
        let mut cells: Vec<_> = bytes[64..].chunks(64).map(<[u8]>::to_vec).collect();
        cells.sort_unstable();
        (bytes[..64].to_vec(), cells)
    };
    sorted(source) == sorted(target)
}

/// Every row of a layout, for layouts of few values.
pub fn every_row(shape: &Shape) -> Vec<Row> {
    let mut rows = vec![Row::new()];
    for member in shape.held() {
        let values: Vec<i128> =
            member.values().intervals().iter().flat_map(|i| i.0..=i.1).collect();
        let mut columns: Vec<Vec<i128>> = vec![Vec::new()];
        for _ in 0..member.count {
            columns = extended(&columns, &values);
        }
        rows = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| (row, column)))
            .map(|(row, column)| {
                let mut row = row.clone();
                row.insert(member.path.clone(), column.clone());
                row
            })
            .collect();
    }
    rows
}

fn extended(columns: &[Vec<i128>], values: &[i128]) -> Vec<Vec<i128>> {
    let longer = |column: &Vec<i128>, value: i128| [column.as_slice(), &[value]].concat();
    columns.iter().flat_map(|c| values.iter().map(move |v| longer(c, *v))).collect()
}
