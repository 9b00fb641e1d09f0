//! Plans: what lies between two layouts of one record, settled before the first row.

use core::fmt;
use core::iter::from_fn;

use crate::bits;
use crate::check::{Check, Effect};
use crate::layout::Layout;
use crate::member::Path;
use crate::pair::{has_bits, Cause, Pair, TakenBy};
use crate::record::{Record, Steps};
use crate::step::Step;

/// How rows of one layout become rows of another, in memory that the caller gave.
///
/// A plan exists only where some row can cross. Which rows do is what its [`checks`](Self::checks)
/// say; run them before [`convert`](Self::convert).
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pair: Pair<'a>,
    steps: &'a [Step],
    traits: Traits,
}

/// What is true of all rows of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// Source rows are target rows as they lie.
    pub(crate) in_place: bool,
    /// Rows have to be checked.
    pub(crate) checked: bool,
    /// Steps write every byte of a target row.
    covers: bool,
    /// Members, or elements of them, that the source lacks have a default other than 0.
    fills: bool,
}

/// Why there is no plan: the first member that cannot cross.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Incompatible {
    /// The member.
    pub path: Path,
    /// What stands in its way.
    pub cause: Cause,
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member {}: {}", self.path, self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record => "records of different names",
            Self::Kind => "one ID, two kinds of value",
            Self::Array => "a single value on one side, an array on the other",
            Self::Unit => "one ID, two units",
            Self::Child => "end marks into two different records",
            Self::Renumbered => "a named value stands for another number",
            Self::Disjoint => "no value of the writer is one that the reader accepts",
            Self::Required => "the reader requires it, the writer has none, there is no default",
            Self::Critical => "the reader does not know it, and it is always in use",
            Self::NotUnderstood => "a layout of a later version of the format",
            Self::Room => "the room for the plan is too small: give a step per member",
        })
    }
}

impl core::error::Error for Incompatible {}

/// A row that does not meet a check.
#[derive(Clone, Copy, Debug)]
pub struct Unmet<'a> {
    /// The check.
    pub check: Check<'a>,
    /// The row, counted from the first one looked at.
    pub row: usize,
}

impl<'a> Plan<'a> {
    /// The plan by which a reader of `T` takes rows of the layout `source`.
    ///
    /// # Errors
    /// The first member that keeps every row from crossing.
    pub fn reading<T: Record>(
        source: Layout<'a>,
        room: &'a mut T::Steps,
    ) -> Result<Self, Incompatible> {
        Self::between(source, T::SHAPE, room.steps())
    }

    /// The plan by which a writer of `T` leaves rows for a reader of the layout `target`.
    ///
    /// # Errors
    /// The first member that keeps every row from crossing.
    pub fn writing<T: Record>(
        target: Layout<'a>,
        room: &'a mut T::Steps,
    ) -> Result<Self, Incompatible> {
        Self::between_images(T::SHAPE, target, room.steps())
    }

    /// The plan from rows of `source` to rows of `target`, both as images hold them: what the target
    /// only reads counts as absent. `room` as for [`between`](Self::between).
    ///
    /// # Errors
    /// The first member that keeps every row from crossing.
    pub fn between_images(
        source: Layout<'a>,
        target: Layout<'a>,
        room: &'a mut [Step],
    ) -> Result<Self, Incompatible> {
        Self::of(Pair { source, target, taken_by: TakenBy::Image }, room)
    }

    /// The plan by which a reader of `target` takes rows of `source`. `room` must hold a step for
    /// every member that both have; as many as the smaller of the two has members is always enough.
    ///
    /// # Errors
    /// The first member that keeps every row from crossing, or for which there is no room.
    pub fn between(
        source: Layout<'a>,
        target: Layout<'a>,
        room: &'a mut [Step],
    ) -> Result<Self, Incompatible> {
        Self::of(Pair { source, target, taken_by: TakenBy::Reader }, room)
    }

    fn of(pair: Pair<'a>, room: &'a mut [Step]) -> Result<Self, Incompatible> {
        let Pair { source, target, .. } = pair;
        if let Some(cause) = pair.stranger() {
            // As good as any: all members are unknown.
            let path = target.members().next().map_or(Path::of(1), |member| member.path());
            return Err(Incompatible { path, cause });
        }
        let mut in_place = source.row() == target.row();
        let mut checked = false;
        let mut used: usize = 0;
        let mut free = room.iter_mut();
        for member in pair.takers() {
            let refused = |cause| Incompatible { path: member.path(), cause };
            let Some(giver) = pair.giver(member) else {
                if has_bits(&member) {
                    Pair::missing(member).map_err(refused)?;
                    in_place = false;
                }
                continue;
            };
            let common = pair.common(giver, member).map_err(refused)?;
            if !has_bits(&member) {
                continue;
            }
            let step = Step::of(&common);
            in_place &= step.is_in_place() && giver.count() == member.count();
            checked |= step.checked().is_some();
            *free.next().ok_or(refused(Cause::Room))? = step;
            used = used.saturating_add(1);
        }
        for member in pair.untaken() {
            let refused = |cause| Incompatible { path: member.path(), cause };
            // Its bits are no bits of the target, whatever they hold.
            in_place = false;
            checked |= pair.unknown(member).map_err(refused)?.is_some();
        }
        let (steps, _) = room.split_at_mut_checked(used).unwrap_or_default();
        Step::merge(steps);
        let moved = steps.iter().try_fold(0_usize, |sum, step| {
            step.whole_bytes().and_then(|bytes| sum.checked_add(bytes))
        });
        let covers = moved.is_some() && moved == usize::try_from(target.row()).ok();
        let fills = pair.takers().any(|t| {
            let given = pair.giver(t).map_or(0, |giver| giver.count());
            given < t.count() && t.default().is_some_and(|value| value != 0)
        });
        if !fills {
            Step::find_first(steps, usize::try_from(target.row()).unwrap_or(0));
        }
        let traits = Traits { in_place: in_place && !checked, checked, covers, fills };
        Ok(Self { pair, steps, traits })
    }

    /// The plan again that a reader of `target` has made of rows of `source`.
    pub(crate) const fn again(
        source: Layout<'a>,
        target: Layout<'a>,
        (steps, traits): (&'a [Step], Traits),
    ) -> Self {
        Self { pair: Pair { source, target, taken_by: TakenBy::Reader }, steps, traits }
    }

    /// The plan without its layouts, for those who have these elsewhere and are copied often.
    pub(crate) const fn parts(&self) -> (&'a [Step], Traits) {
        (self.steps, self.traits)
    }

    /// Whether source rows are target rows as they lie, whatever they hold.
    pub const fn is_in_place(&self) -> bool {
        self.traits.in_place
    }

    /// Whether any row has to be checked.
    pub const fn is_checked(&self) -> bool {
        self.traits.checked
    }

    /// The layout of the rows that go in.
    pub const fn source(&self) -> Layout<'a> {
        self.pair.source
    }

    /// The layout of the rows that come out.
    pub const fn target(&self) -> Layout<'a> {
        self.pair.target
    }

    /// What rows must hold: the conditions of a conditional verdict.
    pub fn checks(&self) -> impl Iterator<Item = Check<'a>> + '_ {
        let pair = self.pair;
        let checked = self.traits.checked;
        let common = self.steps.iter().filter_map(move |step| {
            let path = step.checked()?;
            pair.common(pair.source.member(path)?, pair.target.member(path)?).ok()
        });
        let mut known = common.flat_map(move |common| common.checks(pair.target));
        let mut unknown = pair.untaken().filter_map(move |m| pair.unknown(m).ok().flatten());
        from_fn(move || if checked { known.next().or_else(|| unknown.next()) } else { None })
    }

    /// The first row of `rows`, in the source's layout, that must be refused.
    pub fn refused(&self, rows: &[u8]) -> Option<Unmet<'a>> {
        self.unmet(rows, Effect::Refuse).next()
    }

    /// For every check that only loses, the first row of `rows` that does.
    pub fn losses<'s>(&'s self, rows: &'s [u8]) -> impl Iterator<Item = Unmet<'a>> + 's {
        self.unmet(rows, Effect::Lose)
    }

    fn unmet<'s>(&'s self, rows: &'s [u8], effect: Effect) -> impl Iterator<Item = Unmet<'a>> + 's {
        let stride = self.pair.source.row();
        self.checks()
            .filter(move |check| check.effect() == effect)
            .filter_map(move |check| Some(Unmet { check, row: check.first_unmet(rows, stride)? }))
    }

    /// Converts as many whole rows as both sides have room for; bits of the target that no member
    /// of it holds become zero.
    pub fn convert(&self, source: &[u8], target: &mut [u8]) {
        let size = |layout: Layout<'_>| usize::try_from(layout.row()).unwrap_or(usize::MAX);
        let (stride, pitch) = (size(self.pair.source), size(self.pair.target));
        if !self.traits.covers {
            target.fill(0);
        }
        if self.traits.fills {
            self.fill_missing(target, pitch);
        }
        for step in self.steps {
            step.run(source, stride, target, pitch);
        }
    }

    /// The same for one row, into one that is zero.
    pub(crate) fn convert_row(&self, row: &[u8], out: &mut [u8]) {
        if self.traits.fills {
            self.fill_missing(out, out.len());
        }
        for step in self.steps {
            step.run_once(row, out);
        }
    }

    /// Gives members, and elements of arrays, that the source lacks their default.
    fn fill_missing(&self, target: &mut [u8], pitch: usize) {
        if pitch == 0 {
            return;
        }
        for member in self.pair.takers().filter(has_bits) {
            let Some(value) = member.default().filter(|value| *value != 0) else { continue };
            let given = self.pair.giver(member).map_or(0, |giver| giver.count());
            let width = u32::from(member.bits());
            for row in target.chunks_exact_mut(pitch) {
                for element in given..member.count() {
                    let bit = member.bit().wrapping_add(element.wrapping_mul(width));
                    bits::store(row, bit, member.bits(), value);
                }
            }
        }
    }
}
