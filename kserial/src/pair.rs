//! Two layouts of one record, side by side: what becomes of each member.
//!
//! This is the table of conversions of `docs/FORMAT.md` as code, and the only place that decides.
//! The plan moves what is found possible here, the verdict tells what is found here; so the checker
//! and the decoder cannot disagree.

use crate::check::{Allowed, Check, Effect};
use crate::layout::Layout;
use crate::member::{Kind, Member, Path};
use crate::values::Values;

/// Why no row at all can cross from one layout to the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// Two records of different names.
    Record,
    /// One ID, two kinds of member.
    Kind,
    /// One ID, a single value here and an array there.
    Array,
    /// One ID, two units.
    Unit,
    /// One ID, end marks into two different child records.
    Child,
    /// A name of an enum that stands for different values.
    Renumbered,
    /// No value that the source allows is one that the target accepts.
    Disjoint,
    /// The reader needs the member, the writer has none, and there is no default.
    Required,
    /// The reader does not know a critical member or a key, and no value of it says "unused".
    Critical,
    /// One of the two layouts says something that this reader has no word for.
    NotUnderstood,
    /// Not of the layouts: the room given for the plan has no step left for the member.
    Room,
}

/// A source and a target layout of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) source: Layout<'a>,
    pub(crate) target: Layout<'a>,
    /// Who takes the rows: a reader, for whom its legacy members are there to be filled, or an
    /// image, in which they are zero.
    pub(crate) taken_by: TakenBy,
}

/// What the target layout is the layout of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TakenBy {
    /// A reader's struct.
    Reader,
    /// Rows of an image.
    Image,
}

/// A member that both sides have, and what has to be checked before it moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common<'a> {
    pub(crate) source: Member<'a>,
    pub(crate) target: Member<'a>,
    /// The source may hold values that the target does not accept.
    pub(crate) values: bool,
    /// The source has more elements than the target.
    pub(crate) tail: bool,
}

impl<'a> Pair<'a> {
    /// What keeps the two apart before any member is looked at.
    pub(crate) fn stranger(&self) -> Option<Cause> {
        let both = self.source.is_understood() && self.target.is_understood();
        (!both).then_some(Cause::NotUnderstood)
    }

    /// The member of the target that takes what the source's member holds.
    pub(crate) fn taker(&self, source: Member<'a>) -> Option<Member<'a>> {
        self.target.member(source.path()).filter(|m| self.is_taken(m))
    }

    /// The members of the target that can take anything, and its groups.
    pub(crate) fn takers(self) -> impl Iterator<Item = Member<'a>> + 'a {
        self.target.members().filter(move |m| self.is_taken(m))
    }

    /// The members of the source's rows that the target does not take.
    pub(crate) fn untaken(self) -> impl Iterator<Item = Member<'a>> + 'a {
        self.source.written().filter(move |m| self.taker(*m).is_none())
    }

    fn is_taken(&self, target: &Member<'a>) -> bool {
        self.taken_by == TakenBy::Reader || !target.is_legacy()
    }

    /// The member of the source that a row really holds, for one of the target's.
    pub(crate) fn giver(&self, target: Member<'a>) -> Option<Member<'a>> {
        self.source.member(target.path()).filter(|m| !m.is_legacy())
    }

    /// What becomes of a member that both sides have.
    pub(crate) fn common(&self, s: Member<'a>, t: Member<'a>) -> Result<Common<'a>, Cause> {
        if s.kind() != t.kind() && !(s.kind().is_enum() && t.kind().is_enum()) {
            return Err(Cause::Kind);
        }
        if s.is_array() != t.is_array() {
            return Err(Cause::Array);
        }
        if s.unit() != t.unit() {
            return Err(Cause::Unit);
        }
        if self.source.child(s.path()) != self.target.child(t.path()) {
            return Err(Cause::Child);
        }
        if s.kind().is_enum() && self.is_renumbered(s.path()) {
            return Err(Cause::Renumbered);
        }
        let (claimed, accepted) = (Values::of(self.source, s), Values::of(self.target, t));
        if !claimed.meets(accepted) {
            return Err(Cause::Disjoint);
        }
        // Elements that only the target has are 0 without a default.
        if s.count() < t.count() && t.default().is_none() && !accepted.contain(0) {
            return Err(Cause::Required);
        }
        let unused = s.default().unwrap_or(0);
        let tail = s.count() > t.count() && !claimed.are_only(unused);
        if tail && must_be_taken(&s) && !claimed.contain(unused) {
            return Err(Cause::Critical);
        }
        Ok(Common { source: s, target: t, values: !claimed.lies_within(accepted), tail })
    }

    /// What a reader that lacks the source's member `s` has to check: nothing where the member can
    /// only be unused.
    pub(crate) fn unknown(&self, s: Member<'a>) -> Result<Option<Check<'a>>, Cause> {
        let allowed = match s.default() {
            Some(default) if Values::of(self.source, s).are_only(default) => return Ok(None),
            Some(default) => Allowed::Only(default),
            None if must_be_taken(&s) => return Err(Cause::Critical),
            None => Allowed::Nothing,
        };
        Ok(Some(Check::new(s, 0, s.count(), allowed, effect_of(s))))
    }

    /// What the target takes for a member `t` that no row of the source holds.
    pub(crate) fn missing(t: Member<'a>) -> Result<u64, Cause> {
        t.default().ok_or(Cause::Required)
    }

    fn is_renumbered(&self, path: Path) -> bool {
        self.source.intervals(path).any(|s| {
            self.target.intervals(path).any(|t| s.name() == t.name() && s.low() != t.low())
        })
    }
}

impl<'a> Common<'a> {
    /// The checks that stand between the two.
    pub(crate) fn checks(&self, target: Layout<'a>) -> impl Iterator<Item = Check<'a>> + 'a {
        let (s, t) = (self.source, self.target);
        let shared = s.count().min(t.count());
        let values = self.values.then(|| {
            let allowed = Allowed::Values(Values::of(target, t));
            Check::new(s, 0, shared, allowed, Effect::Refuse)
        });
        let tail = self.tail.then(|| {
            let unused = Allowed::Only(s.default().unwrap_or(0));
            Check::new(s, shared, s.count(), unused, effect_of(s))
        });
        values.into_iter().chain(tail)
    }
}

/// What it costs when a reader cannot take all of the member.
fn effect_of(member: Member<'_>) -> Effect {
    if must_be_taken(&member) {
        Effect::Refuse
    } else {
        Effect::Lose
    }
}

/// Whether a reader that cannot take the member cannot take its row: without a key, what the row is of
/// would be another thing.
fn must_be_taken(member: &Member<'_>) -> bool {
    member.is_critical() || member.is_key()
}

/// Whether the member has bits of its own.
pub(crate) fn has_bits(member: &Member<'_>) -> bool {
    member.kind() != Kind::Group
}
