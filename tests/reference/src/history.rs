//! What only history can know: whether an ID still means what it meant.
//!
//! A layout says how a value is kept, not what it is about. Here a version of a record carries the
//! *meaning* of each member beside its layout, as no real layout can; so it is known, without asking
//! any judge, when a reader would take one thing for another, and what a lock must not let pass.

use std::collections::{BTreeMap, BTreeSet};

use super::cross::giver;
use super::shape::{Member, Path, Shape};

/// A version of a record, and what its members are about.
#[derive(Clone, Debug)]
pub struct Version {
    /// The layout.
    pub shape: Shape,
    /// What each member is about.
    pub means: BTreeMap<Path, String>,
    /// What each named value of an enum is about.
    pub values: BTreeMap<(Path, i128), String>,
}

/// A new name that was written down: of the member, or of one of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The member.
    pub path: Path,
    /// The old name.
    pub from: String,
    /// The new one.
    pub to: String,
}

/// What a version does to an ID that an earlier one had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It has another name, and nobody wrote down that it may.
    Name,
    /// It is of another kind.
    Kind,
    /// It is an array on one side only.
    Array,
    /// It is in another unit.
    Unit,
    /// It counts rows of another record.
    Child,
    /// A value of its enum is called or numbered otherwise.
    Value,
    /// It is gone, and not retired.
    Dropped,
    /// It was retired, and is back.
    Returned,
    /// It is about something else, and nothing that is written anywhere shows it.
    Meaning,
}

impl Version {
    /// What the version says of the value `number` of an enum: its name and what it is about.
    fn value(&self, path: &Path, number: i128) -> Option<(&str, &str)> {
        let member = self.shape.member(path)?;
        let range = member.ranges.iter().find(|range| range.low == number)?;
        let means = self.values.get(&(path.clone(), number))?;
        (!range.name.is_empty()).then_some((&range.name, means))
    }

    fn numbers(&self, path: &Path) -> Vec<(i128, &str)> {
        let member = self.shape.member(path);
        let ranges = member.map_or(&[][..], |member| &member.ranges);
        let named = ranges.iter().filter(|range| !range.name.is_empty());
        named.map(|range| (range.low, range.name.as_str())).collect()
    }

    fn is_retired(&self, path: &[u16]) -> bool {
        (1..=path.len()).any(|n| self.shape.retired.iter().any(|(p, _)| p == &path[..n]))
    }

    fn speaks_of(&self, path: &[u16]) -> bool {
        self.shape.member(path).is_some() || self.shape.retired.iter().any(|(p, _)| p == path)
    }
}

/// The members of the target that a row of the source fills with something they are not about.
pub fn misread(source: &Version, target: &Version) -> BTreeSet<Path> {
    let other = |member: &&Member| {
        giver(&source.shape, member).is_some() && {
            let path = &member.path;
            let named = source.numbers(path);
            let means = |version: &Version| version.means.get(path).cloned();
            means(source) != means(target)
                || named.iter().any(|(number, _)| {
                    let meant = |version: &Version| {
                        version.value(path, *number).map(|(_, means)| means.to_owned())
                    };
                    meant(target).is_some() && meant(target) != meant(source)
                })
        }
    };
    target.shape.members.iter().filter(other).map(|member| member.path.clone()).collect()
}

/// All that `now` does to IDs of the versions before it, the newest word on each counting.
pub fn faults(before: &[Version], now: &Version, told: &[Told]) -> BTreeSet<(Path, Fault)> {
    let mut found = BTreeSet::new();
    for (n, version) in before.iter().enumerate() {
        let newer = &before[n + 1..];
        for member in &version.shape.members {
            values(version, newer, now, &member.path, told, &mut found);
            if newer.iter().any(|version| version.speaks_of(&member.path)) {
                continue;
            }
            match now.shape.member(&member.path) {
                Some(is) => of_member(version, now, member, is, told, &mut found),
                None if now.is_retired(&member.path) => {}
                None => drop(found.insert((member.path.clone(), Fault::Dropped))),
            }
        }
        for (path, _) in &version.shape.retired {
            if newer.iter().any(|version| version.speaks_of(path)) {
                continue;
            }
            if now.shape.member(path).is_some() {
                found.insert((path.clone(), Fault::Returned));
            } else if !now.is_retired(path) {
                found.insert((path.clone(), Fault::Dropped));
            }
        }
    }
    found
}

fn of_member(
    before: &Version,
    now: &Version,
    was: &Member,
    is: &Member,
    told: &[Told],
    found: &mut BTreeSet<(Path, Fault)>,
) {
    let path = &was.path;
    let may = told.iter().any(|t| t.path == *path && t.from == was.name && t.to == is.name);
    let kinds = was.kind == is.kind || was.kind.is_enum() && is.kind.is_enum();
    let shown = [
        (was.name != is.name && !may, Fault::Name),
        (!kinds, Fault::Kind),
        (was.array != is.array, Fault::Array),
        (was.unit != is.unit, Fault::Unit),
        (was.child != is.child, Fault::Child),
    ];
    let shown: Vec<Fault> = shown.into_iter().filter(|(is, _)| *is).map(|(_, f)| f).collect();
    if shown.is_empty() && before.means.get(path) != now.means.get(path) {
        found.insert((path.clone(), Fault::Meaning));
    }
    found.extend(shown.into_iter().map(|fault| (path.clone(), fault)));
}

/// A number keeps its name and a name its number.
fn values(
    version: &Version,
    newer: &[Version],
    now: &Version,
    path: &Path,
    told: &[Told],
    found: &mut BTreeSet<(Path, Fault)>,
) {
    for (number, name) in version.numbers(path) {
        let of_number = |version: &Version| version.value(path, number).is_some();
        if let Some((is, means)) = now.value(path, number).filter(|_| !newer.iter().any(of_number))
        {
            let may = told.iter().any(|t| t.path == *path && t.from == name && t.to == is);
            let meant = version.value(path, number).map(|(_, means)| means);
            if is != name && !may || meant != Some(means) {
                found.insert((path.clone(), Fault::Value));
            }
        }
        let number_of = |version: &Version| {
            version.numbers(path).into_iter().find(|(_, other)| *other == name).map(|(n, _)| n)
        };
        let stated_since = newer.iter().any(|version| number_of(version).is_some());
        if !stated_since && number_of(now).is_some_and(|is| is != number) {
            found.insert((path.clone(), Fault::Value));
        }
    }
}
