//! The verdict on a pair of layouts, before any row exists.

use core::fmt;

use crate::check::{Check, Effect};
use crate::layout::Layout;
use crate::member::{Member, Path};
use crate::pair::{has_bits, Cause, Common, Pair, TakenBy};

/// How well one layout's rows are understood through another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grade {
    /// The same layout on both sides, names included.
    Identical,
    /// Every row crosses, whatever it holds.
    Compatible,
    /// Rows cross that meet the checks; others are refused, or lose something.
    Conditional,
    /// No row crosses.
    Incompatible,
}

impl Grade {
    /// The word for it in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Compatible => "compatible",
            Self::Conditional => "conditional",
            Self::Incompatible => "incompatible",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A difference that hurts nobody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Change {
    /// The member's name, or a name of one of its values.
    Name,
    /// Where it lies in the row.
    Place,
    /// How many bits or elements it has.
    Size,
    /// What a reader takes in its absence. Both sides have the member, so no row is read otherwise
    /// than it was written; but a third version may be.
    Default,
    /// Which values it may take.
    Values,
    /// A flag: critical, key, sensitive, legacy.
    Policy,
    /// The reader has the member and the writer has not: the reader takes its default.
    Added,
}

/// One thing to say about a pair of layouts.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The member's path; `None` for the record as a whole.
    pub path: Option<Path>,
    /// The member as the source states it.
    pub source: Option<Member<'a>>,
    /// The member as the target states it.
    pub target: Option<Member<'a>>,
    /// What there is to say.
    pub what: What<'a>,
}

/// What a [`Finding`] says.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// No row crosses.
    Incompatible(Cause),
    /// Rows cross that meet the check.
    Check(Check<'a>),
    /// A difference that hurts nobody.
    Change(Change),
}

/// Whether rows written in one layout can be read in another, and what stands between.
///
/// ```
/// # use kserial::{Grade, Layout, Verdict};
/// # fn show(old: Layout<'_>, new: Layout<'_>) {
/// let update = Verdict::of(old, new);
/// let rollback = Verdict::of(new, old);
/// if update.grade() <= Grade::Compatible && rollback.grade() <= Grade::Compatible {
///     println!("{}: both ways", old.record());
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    pair: Pair<'a>,
}

impl<'a> Verdict<'a> {
    /// The verdict on rows of `source` that are read as `target`.
    pub const fn of(source: Layout<'a>, target: Layout<'a>) -> Self {
        Self { pair: Pair { source, target, taken_by: TakenBy::Reader } }
    }

    /// The worst of what [`findings`](Self::findings) says.
    pub fn grade(&self) -> Grade {
        // Even a layout that is equal may be one that nobody can read: one in words that are unknown here.
        let same = self.pair.source == self.pair.target;
        let mut grade = if same { Grade::Identical } else { Grade::Compatible };
        self.findings(|finding| {
            grade = grade.max(match finding.what {
                What::Incompatible(_) => Grade::Incompatible,
                What::Check(_) => Grade::Conditional,
                What::Change(_) => Grade::Compatible,
            });
        });
        grade
    }

    /// Whether some row may lose something without being refused.
    pub fn may_lose(&self) -> bool {
        let mut loses = false;
        self.findings(|f| loses |= matches!(f.what, What::Check(c) if c.effect() == Effect::Lose));
        loses
    }

    /// Everything there is to say: first the target's members in their order, then what of the
    /// source the target does not know.
    pub fn findings(&self, mut say: impl FnMut(Finding<'a>)) {
        let pair = self.pair;
        let other = (pair.source.record() != pair.target.record()).then_some(Cause::Record);
        if let Some(cause) = other.or_else(|| pair.stranger()) {
            let what = What::Incompatible(cause);
            say(Finding { path: None, source: None, target: None, what });
            return;
        }
        for target in pair.takers() {
            let source = pair.giver(target);
            let mut tell = |what| {
                say(Finding { path: Some(target.path()), source, target: Some(target), what });
            };
            let Some(giver) = source else {
                if has_bits(&target) {
                    match Pair::missing(target) {
                        Ok(_) if target.is_legacy() => {}
                        Ok(_) => tell(What::Change(Change::Added)),
                        Err(cause) => tell(What::Incompatible(cause)),
                    }
                }
                continue;
            };
            match pair.common(giver, target) {
                Err(cause) => tell(What::Incompatible(cause)),
                Ok(common) => {
                    common.checks(pair.target).for_each(|check| tell(What::Check(check)));
                    self.changes(&common, |change| tell(What::Change(change)));
                }
            }
        }
        for source in pair.untaken() {
            let what = match pair.unknown(source) {
                Ok(None) => continue,
                Ok(Some(check)) => What::Check(check),
                Err(cause) => What::Incompatible(cause),
            };
            say(Finding { path: Some(source.path()), source: Some(source), target: None, what });
        }
    }

    fn changes(&self, common: &Common<'a>, mut say: impl FnMut(Change)) {
        let (s, t) = (common.source, common.target);
        let mut differs = |changed: bool, change| {
            if changed {
                say(change);
            }
        };
        let policy = |m: Member<'_>| (m.is_critical(), m.is_key(), m.is_sensitive(), m.is_legacy());
        differs(s.name() != t.name() || self.renames_a_value(s.path()), Change::Name);
        differs(s.bit() != t.bit(), Change::Place);
        differs(s.bits() != t.bits() || s.count() != t.count(), Change::Size);
        differs(s.default() != t.default(), Change::Default);
        differs(self.has_other_values(s.path()) || s.kind() != t.kind(), Change::Values);
        differs(policy(s) != policy(t), Change::Policy);
    }

    fn renames_a_value(&self, path: Path) -> bool {
        // One value may have two names.
        self.pair.source.intervals(path).any(|s| {
            let same = |t: &crate::Interval<'_>| s.low() == t.low() && s.high() == t.high();
            let mut named = self.pair.target.intervals(path).filter(same).peekable();
            named.peek().is_some() && named.all(|t| s.name() != t.name())
        })
    }

    fn has_other_values(&self, path: Path) -> bool {
        let ends = |layout: Layout<'a>| layout.intervals(path).map(|i| (i.low(), i.high()));
        let within = |a, b| ends(a).all(|value| ends(b).any(|other| value == other));
        let Pair { source, target, .. } = self.pair;
        !(within(source, target) && within(target, source))
    }
}
