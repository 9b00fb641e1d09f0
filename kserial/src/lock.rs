//! The lock: what was written down of a record, held against what it is now.
//!
//! The plan and the verdict judge a pair of layouts. Two mistakes they cannot see: two IDs of one
//! type swapped, and an ID reused with the same type; both sides then agree, and mean different
//! things. They show only against history, which is why records have lock files. A lock remembers
//! every layout that was ever written down; a new name for an old ID is believed only when it is
//! written down as well, as a deliberate act.
//!
//! All of this is constant code: the derive runs it at compile time, the command at run time.

use crate::cell::{self, same, Cell, IntervalCell, MemberCell};
use crate::layout::Layout;
use crate::member::{Kind, Path};

/// What was written down of a record.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The layouts, oldest first.
    pub generations: &'a [Layout<'a>],
    /// The names that were changed on purpose.
    pub renamed: &'a [Renamed<'a>],
}

/// A member, or a value of an enum, that kept its meaning and got a new name.
#[derive(Clone, Copy, Debug)]
pub struct Renamed<'a> {
    /// The member, or the enum.
    pub path: Path,
    /// The name that was written down.
    pub from: &'a str,
    /// The new one.
    pub to: &'a str,
}

/// A layout that contradicts its history.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contradiction {
    /// The member.
    pub path: Path,
    /// What about it.
    pub what: Broken,
}

/// What a layout may not do to an ID that was written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Broken {
    /// Another name: swapped with another ID, or reused. If it is the same member, say so.
    Name,
    /// Another kind.
    Kind,
    /// An array where a single value was, or the reverse.
    Array,
    /// Another unit.
    Unit,
    /// An end mark into another record.
    Child,
    /// A value of an enum that now has another name, or a name that now has another value.
    Value,
    /// Neither there nor retired.
    Dropped,
    /// Retired, and back.
    Returned,
}

impl Broken {
    /// What happened and what to do, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Name => {
                "the lock knows this ID under another name: give a new member a new ID, or write \
                 the new name of an old one into the lock as `[[renamed]]`"
            }
            Self::Kind => "the lock knows this ID as another kind: a new kind is a new member",
            Self::Array => {
                "the lock knows this ID as an array and it is a single value now, or the reverse: \
                 make it a new member"
            }
            Self::Unit => "the lock knows this ID in another unit: a new unit is a new member",
            Self::Child => "the lock knows this ID as the end mark of another record's rows",
            Self::Value => {
                "a value of this enum has another name in the lock, or its name another value: \
                 values are for ever, a new name goes into the lock as `[[renamed]]`"
            }
            Self::Dropped => "the lock knows this ID and the record does not: retire it",
            Self::Returned => "the lock knows this ID as retired: take a new one",
        }
    }
}

impl core::fmt::Display for Contradiction {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "member {}: {}", self.path, self.what.sentence())
    }
}

impl core::error::Error for Contradiction {}

impl<'a> History<'a> {
    /// Whether `now` may be the next generation.
    ///
    /// # Errors
    /// The first ID that means something else than it did.
    pub const fn judge(&self, now: Layout<'_>) -> Result<(), Contradiction> {
        self.judge_below(now, 0)
    }

    /// As [`judge`](Self::judge), but only of the member `id` of the record itself and of what is
    /// nested there; 0 stands for all.
    ///
    /// # Errors
    /// The first ID that means something else than it did.
    pub const fn judge_below(&self, now: Layout<'_>, id: u16) -> Result<(), Contradiction> {
        let mut generations = self.generations;
        while let Some((generation, newer)) = generations.split_first() {
            let mut cells = generation.cells();
            while let Some((cell, rest)) = cells.split_first() {
                let path = Path::from_cell(&cell.path);
                let [first, ..] = path.ids();
                if id == 0 || id == first {
                    if let Some(what) = self.broken(*generation, cell, newer, now) {
                        return Err(Contradiction { path, what });
                    }
                }
                cells = rest;
            }
            generations = newer;
        }
        Ok(())
    }

    /// What `now` breaks of what `cell` of a generation says, if none of the `newer` ones has
    /// spoken about the same since.
    const fn broken(
        &self,
        generation: Layout<'_>,
        cell: &Cell,
        newer: &[Layout<'_>],
        now: Layout<'_>,
    ) -> Option<Broken> {
        let path = Path::from_cell(&cell.path);
        match cell.tag {
            cell::TAG_INTERVAL => self.broken_value(cell.as_interval(), newer, now),
            cell::TAG_MEMBER | cell::TAG_RETIRED if is_stated(newer, path) => None,
            cell::TAG_RETIRED => match member(now, path) {
                Some(_) => Some(Broken::Returned),
                None if is_retired(now, path) => None,
                None => Some(Broken::Dropped),
            },
            cell::TAG_MEMBER => match member(now, path) {
                Some(is) => self.broken_member(generation, cell.as_member(), now, is),
                None if is_retired(now, path) => None,
                None => Some(Broken::Dropped),
            },
            _ => None,
        }
    }

    const fn broken_member(
        &self,
        generation: Layout<'_>,
        was: &MemberCell,
        now: Layout<'_>,
        is: &MemberCell,
    ) -> Option<Broken> {
        let path = Path::from_cell(&was.path);
        let array = cell::MEMBER_ARRAY;
        if was.kind != is.kind && !(is_enum(was.kind) && is_enum(is.kind)) {
            Some(Broken::Kind)
        } else if (was.flags.get() ^ is.flags.get()) & array != 0 {
            Some(Broken::Array)
        } else if !same(&was.unit, &is.unit) {
            Some(Broken::Unit)
        } else if !has_same_child(generation, now, path) {
            Some(Broken::Child)
        } else if !same(&was.name, &is.name) && !self.allows(path, &was.name, &is.name) {
            Some(Broken::Name)
        } else {
            None
        }
    }

    /// A named value keeps its number, and a number its name.
    const fn broken_value(
        &self,
        was: &IntervalCell,
        newer: &[Layout<'_>],
        now: Layout<'_>,
    ) -> Option<Broken> {
        // One value may have two names, so it is not the first one of its number that counts.
        if was.name[0] == 0 || named(now, was, By::Both).is_some() {
            return None;
        }
        if !is_named(newer, was, By::Number) {
            if let Some(is) = named(now, was, By::Number) {
                let path = Path::from_cell(&was.path);
                if !same(&was.name, &is.name) && !self.allows(path, &was.name, &is.name) {
                    return Some(Broken::Value);
                }
            }
        }
        if !is_named(newer, was, By::Name) {
            if let Some(is) = named(now, was, By::Name) {
                if was.low.get() != is.low.get() {
                    return Some(Broken::Value);
                }
            }
        }
        None
    }

    /// Whether the new name was written down.
    const fn allows(&self, path: Path, from: &[u8; 24], to: &[u8; 24]) -> bool {
        let mut rest = self.renamed;
        while let Some((renamed, more)) = rest.split_first() {
            if renamed.path.is(path)
                && same(&cell::padded::<24>(renamed.from), from)
                && same(&cell::padded::<24>(renamed.to), to)
            {
                return true;
            }
            rest = more;
        }
        false
    }
}

const fn is_enum(kind: u8) -> bool {
    matches!(Kind::from_number(kind), Some(kind) if kind.is_enum())
}

const fn find<'a>(layout: Layout<'a>, tag: u8, path: Path) -> Option<&'a Cell> {
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == tag && Path::from_cell(&cell.path).is(path) {
            return Some(cell);
        }
        rest = more;
    }
    None
}

const fn member<'a>(layout: Layout<'a>, path: Path) -> Option<&'a MemberCell> {
    match find(layout, cell::TAG_MEMBER, path) {
        Some(cell) => Some(cell.as_member()),
        None => None,
    }
}

/// Whether the path is retired, or one that it lies below.
const fn is_retired(layout: Layout<'_>, mut path: Path) -> bool {
    loop {
        if find(layout, cell::TAG_RETIRED, path).is_some() {
            return true;
        }
        path = match path.parent() {
            Some(parent) => parent,
            None => return false,
        };
    }
}

/// Whether one of the generations has the member or its retirement.
const fn is_stated(generations: &[Layout<'_>], path: Path) -> bool {
    let mut rest = generations;
    while let Some((generation, more)) = rest.split_first() {
        if member(*generation, path).is_some()
            || find(*generation, cell::TAG_RETIRED, path).is_some()
        {
            return true;
        }
        rest = more;
    }
    false
}

const fn has_same_child(was: Layout<'_>, is: Layout<'_>, path: Path) -> bool {
    match (find(was, cell::TAG_CHILD, path), find(is, cell::TAG_CHILD, path)) {
        (Some(was), Some(is)) => same(&was.as_child().record, &is.as_child().record),
        (None, None) => true,
        _ => false,
    }
}

/// What makes two named values of an enum the same one.
#[derive(Clone, Copy)]
enum By {
    Number,
    Name,
    Both,
}

/// The layout's named value that is the same as `value`.
const fn named<'a>(layout: Layout<'a>, value: &IntervalCell, by: By) -> Option<&'a IntervalCell> {
    let path = Path::from_cell(&value.path);
    let mut rest = layout.cells();
    while let Some((cell, more)) = rest.split_first() {
        if cell.tag == cell::TAG_INTERVAL && Path::from_cell(&cell.path).is(path) {
            let interval = cell.as_interval();
            let number = interval.name[0] != 0 && interval.low.get() == value.low.get();
            let name = same(&interval.name, &value.name);
            let is_same = match by {
                By::Number => number,
                By::Name => name,
                By::Both => number && name,
            };
            if is_same {
                return Some(interval);
            }
        }
        rest = more;
    }
    None
}

/// Whether one of the generations has it.
const fn is_named(generations: &[Layout<'_>], value: &IntervalCell, by: By) -> bool {
    let mut rest = generations;
    while let Some((generation, more)) = rest.split_first() {
        if named(*generation, value, by).is_some() {
            return true;
        }
        rest = more;
    }
    false
}
