//! From a writer's rows to a reader's (§3), row by row.

use std::collections::BTreeSet;

use super::row::Row;
use super::shape::{Member, Path, Shape};

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// It is refused for these members.
    Refused(BTreeSet<Path>),
    /// It crosses: the reader's row, and the members that lose something.
    Crosses {
        /// What the reader sees, for each of its members that has bits.
        row: Row,
        /// The members of which it cannot hold all.
        losses: BTreeSet<Path>,
    },
}

/// The members that keep every row from crossing; none where rows may cross.
///
/// These are the rules of §3 that speak of layouts rather than of rows. That every row happens to
/// be refused for what it holds is found by [`grade`](super::grade).
pub fn obstacles(source: &Shape, target: &Shape) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    if source.record != target.record {
        found.insert(Path::new());
        return found;
    }
    for t in &target.members {
        let stands = match giver(source, t) {
            Some(s) => !may_meet(s, t),
            None => t.kind != super::Kind::Group && t.absent().is_none(),
        };
        if stands {
            found.insert(t.path.clone());
        }
    }
    let unknown = source.held().filter(|s| target.member(&s.path).is_none());
    found.extend(
        unknown.filter(|s| s.must_be_taken() && s.absent().is_none()).map(|s| s.path.clone()),
    );
    found
}

/// The member of the source that is the same and that its rows hold (§3: legacy counts as absent).
pub fn giver<'a>(source: &'a Shape, target: &Member) -> Option<&'a Member> {
    source.member(&target.path).filter(|s| !s.legacy)
}

/// §3.1: whether two sides of one member can have anything to do with each other.
fn may_meet(s: &Member, t: &Member) -> bool {
    let same_kind = s.kind == t.kind || s.kind.is_enum() && t.kind.is_enum();
    if !same_kind {
        return false;
    }
    if s.kind == super::Kind::Group {
        return true;
    }
    let renumbered = s.kind.is_enum()
        && s.ranges.iter().any(|a| t.ranges.iter().any(|b| a.name == b.name && a.low != b.low));
    let unfillable = t.count > s.count && t.absent().is_none() && !t.values().has(0);
    s.array == t.array
        && s.unit == t.unit
        && s.child == t.child
        && !renumbered
        && !unfillable
        && !s.values().and(&t.values()).is_empty()
}

/// What becomes of a row of `source` that is read as `target`, where nothing
/// [stands in the way](obstacles) of all rows.
pub fn cross(source: &Shape, target: &Shape, row: &Row) -> Crossing {
    let (mut refused, mut losses, mut read) = (BTreeSet::new(), BTreeSet::new(), Row::new());
    for t in target.members.iter().filter(|t| t.kind != super::Kind::Group) {
        let missing = t.absent().unwrap_or(0);
        let Some(s) = giver(source, t) else {
            read.insert(t.path.clone(), vec![missing; t.count as usize]);
            continue;
        };
        let elements = &row[&s.path];
        let accepted = t.values();
        let shared = (s.count.min(t.count)) as usize;
        if !elements[..shared].iter().all(|value| accepted.has(*value)) {
            refused.insert(t.path.clone());
        }
        if elements[shared..].iter().any(|value| *value != s.absent().unwrap_or(0)) {
            if s.must_be_taken() { &mut refused } else { &mut losses }.insert(t.path.clone());
        }
        let mut seen = elements[..shared].to_vec();
        seen.resize(t.count as usize, missing);
        read.insert(t.path.clone(), seen);
    }
    for s in source.held().filter(|s| target.member(&s.path).is_none()) {
        if row[&s.path].iter().any(|value| Some(*value) != s.absent()) {
            if s.must_be_taken() { &mut refused } else { &mut losses }.insert(s.path.clone());
        }
    }
    if refused.is_empty() {
        Crossing::Crosses { row: read, losses }
    } else {
        Crossing::Refused(refused)
    }
}
