//! Picks: one member of foreign rows, read where it lies, without the rest of its row.
//!
//! A [`Step`] writes a member into the row of another struct; a pick makes a value of it and writes
//! nothing. Which bits those are, and what stands for them where the writer had none, is decided by the
//! same [`Pair`]; the plan's checks are the caller's affair.
//!
//! Single values have one formula, whatever happened to the member in between: load eight bytes, shift,
//! mask, extend the sign, add the default. For a member that the writer lacks the mask is empty. So a
//! loop over rows has nothing left to decide.
//!
//! Arrays lie in the row as they are to be, or are put together element by element.

use core::fmt;

use zerocopy::FromBytes;

use crate::bits;
use crate::cell::trimmed;
use crate::declare::blob_record;
use crate::layout::Layout;
use crate::member::{Kind, Member, Path};
use crate::pair::{has_bits, Pair, TakenBy};
use crate::record::Field;
use crate::step::Step;
use crate::values::mask;

/// Why a member cannot be had as the type that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Misfit {
    /// The reader's struct has no such member, or only a name for those nested there.
    Absent,
    /// A single value on one side, an array on the other, or arrays of different lengths.
    Count,
    /// A signed number for an unsigned one, or a number for an address.
    Kind,
    /// The type has fewer bits than the member, or an array's elements have others.
    Width,
    /// An end mark into another record.
    Child,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "the reader's struct has no such member",
            Self::Count => "its type has another number of elements than the member",
            Self::Kind => {
                "its type is for another kind of value: signed, unsigned, address or end mark"
            }
            Self::Width => {
                "its type has too few bits for the member, or an array's elements others"
            }
            Self::Child => "its type is an end mark into another record than the member",
        })
    }
}

/// Rows whose members are read at once, where there are many.
pub(crate) const RUN: usize = 32;

/// A member of all rows of a run.
pub(crate) type Column = [u64; RUN];

/// How a member is had from each row of one layout.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// The first byte that counts.
    start: usize,
    /// Of a single value, where in eight bytes from there its bits are, and which.
    shift: u32,
    keep: u64,
    /// What a single value is in the absence of the member.
    default: u64,
    /// Of an array that does not lie in the row as it is to be.
    made: Option<Made>,
}

/// An array that has to be put together.
#[derive(Clone, Copy, Debug)]
struct Made {
    step: Step,
    /// Elements that the row has; the others take the default.
    given: u32,
}

impl Pick {
    /// The pick of a table without rows.
    const NONE: Self = Self { start: 0, shift: 0, keep: 0, default: 0, made: None };

    /// The member `path` of `target`, as a value of `F`, from rows of `source`. There is a plan between
    /// the two; without a source there are no rows.
    pub(crate) fn of<F: Field>(
        path: Path,
        source: Option<Layout<'_>>,
        target: Layout<'_>,
    ) -> Result<Self, Misfit> {
        let member = target.member(path).filter(has_bits).ok_or(Misfit::Absent)?;
        hold::<F>(member, target)?;
        let Some(source) = source else { return Ok(Self::NONE) };
        let pair = Pair { source, target, taken_by: TakenBy::Reader };
        let default = member.default().unwrap_or(0);
        let giver = pair.giver(member);
        if F::ARRAY {
            return Ok(Self { default, ..Self::array(&pair, giver, member) });
        }
        let Some(giver) = giver else { return Ok(Self { default, ..Self::NONE }) };
        let row = usize::try_from(source.row()).unwrap_or(0);
        let (start, shift) = bits::window(giver.bit(), row).unwrap_or_else(|| {
            (usize::try_from(giver.bit() >> 3).unwrap_or(usize::MAX), giver.bit() & 7)
        });
        Ok(Self { start, shift, keep: mask(giver.bits()), ..Self::NONE })
    }

    fn array<'a>(pair: &Pair<'a>, giver: Option<Member<'a>>, member: Member<'a>) -> Self {
        let common = giver.and_then(|giver| pair.common(giver, member).ok());
        let Some(common) = common else {
            return Self { made: Some(Made { step: Step::EMPTY, given: 0 }), ..Self::NONE };
        };
        let (s, t) = (common.source, common.target);
        if s.bits() == t.bits() && s.count() >= t.count() {
            // Elements of arrays are whole bytes and lie on them.
            let start = usize::try_from(s.bit() >> 3).unwrap_or(usize::MAX);
            return Self { start, ..Self::NONE };
        }
        let made = Made { step: Step::of(&common).into_value(), given: s.count() };
        Self { made: Some(made), ..Self::NONE }
    }

    /// The value that this row has.
    #[inline]
    pub(crate) fn read<F: Field>(&self, row: &[u8]) -> F {
        if F::ARRAY {
            return match &self.made {
                None => self.whole(row),
                Some(made) => made.read(row, self.default),
            };
        }
        let window = row.get(self.start..).and_then(|rest| rest.first_chunk());
        let window = window.map_or_else(|| self.short(row), |bytes| u64::from_le_bytes(*bytes));
        let raw = window.wrapping_shr(self.shift) & self.keep;
        let value = if matches!(F::KIND, Kind::Signed) { signed(raw, self.keep) } else { raw };
        number_of(value | self.default)
    }

    /// A column that needs no filling where no row has the member.
    #[inline]
    pub(crate) const fn column(&self) -> Column {
        [self.default; RUN]
    }

    /// The single values of a run of `rows`, in a loop that does nothing else.
    #[inline]
    pub(crate) fn fill<F: Field>(&self, rows: &[u8], row: usize, column: &mut Column) {
        if F::ARRAY {
            return;
        }
        if matches!(F::KIND, Kind::Signed) {
            self.fill_numbers::<true>(rows, row, column);
        } else {
            self.fill_numbers::<false>(rows, row, column);
        }
    }

    #[inline(never)]
    fn fill_numbers<const SIGNED: bool>(&self, rows: &[u8], row: usize, column: &mut Column) {
        if self.keep == 0 {
            return;
        }
        let value = |window: &[u8; 8]| {
            let raw = u64::from_le_bytes(*window).wrapping_shr(self.shift) & self.keep;
            if SIGNED {
                signed(raw, self.keep)
            } else {
                raw
            }
        };
        // The rows of which there are millions, folios, are this long. Known to the compiler, the length
        // lets it take two at a time: a fifth of what summing selected folios costs.
        if let (16, Ok(rows)) = (row, <[[u8; 16]]>::ref_from_bytes(rows)) {
            let start = self.start.min(8);
            for (place, row) in column.iter_mut().zip(rows) {
                let window = row.get(start..).and_then(|rest| rest.first_chunk());
                *place = window.map_or(0, value);
            }
            return;
        }
        for (place, row) in column.iter_mut().zip(rows.chunks_exact(row.max(1))) {
            let window = row.get(self.start..).and_then(|rest| rest.first_chunk());
            *place = window.map_or_else(|| value(&self.short(row).to_le_bytes()), value);
        }
    }

    /// The value of row `number` of the run, whose bytes are `row`.
    #[inline]
    pub(crate) fn nth<F: Field>(&self, column: &Column, number: usize, row: &[u8]) -> F {
        if F::ARRAY {
            self.read(row)
        } else {
            number_of(column.get(number).copied().unwrap_or(0))
        }
    }

    /// The array as it lies in the row.
    #[inline]
    fn whole<F: Field>(&self, row: &[u8]) -> F {
        let bytes = row.get(self.start..).and_then(|rest| rest.get(..size_of::<F>()));
        bytes.and_then(|bytes| F::read_from_bytes(bytes).ok()).unwrap_or_else(F::new_zeroed)
    }

    /// The window of a row that has no eight bytes from there.
    #[cold]
    fn short(&self, row: &[u8]) -> u64 {
        bits::short(row.get(self.start..).unwrap_or(&[]))
    }
}

/// A single value from the low bits of a number.
#[inline]
fn number_of<F: Field>(value: u64) -> F {
    let bytes = value.to_le_bytes();
    F::read_from_prefix(&bytes).map_or_else(|_| F::new_zeroed(), |(value, _)| value)
}

/// The number whose bits are those of `keep`, with its sign.
#[inline]
const fn signed(raw: u64, keep: u64) -> u64 {
    let sign = keep ^ (keep >> 1);
    (raw ^ sign).wrapping_sub(sign)
}

impl Made {
    /// Seldom, and long beside everything around it: apart, so that loops stay small.
    #[inline(never)]
    fn read<F: Field>(&self, row: &[u8], default: u64) -> F {
        let mut value = F::new_zeroed();
        let place = value.as_mut_bytes();
        if default != 0 {
            for element in self.given..F::COUNT {
                bits::store(place, element.wrapping_mul(F::BITS.into()), F::BITS, default);
            }
        }
        self.step.run_once(row, place);
        value
    }
}

/// Holds the type that was asked for against the member.
fn hold<F: Field>(member: Member<'_>, layout: Layout<'_>) -> Result<(), Misfit> {
    if F::ARRAY != member.is_array() || F::COUNT != member.count() {
        return Err(Misfit::Count);
    }
    let fits = match member.kind() {
        Kind::Signed => matches!(F::KIND, Kind::Signed),
        Kind::Physical => matches!(F::KIND, Kind::Physical),
        // A mark that was declared with its record's name is an integer.
        Kind::End => matches!(F::KIND, Kind::End | Kind::Unsigned),
        _ => matches!(F::KIND, Kind::Unsigned | Kind::Bytes),
    };
    if !fits {
        return Err(Misfit::Kind);
    }
    if F::BITS < member.bits() || F::ARRAY && F::BITS != member.bits() {
        return Err(Misfit::Width);
    }
    if matches!(F::KIND, Kind::End) {
        let blob = blob_record(layout.record(), member.path());
        let child = layout.child(member.path()).unwrap_or("").as_bytes();
        if F::CHILD.map_or(trimmed(&blob).unwrap_or(&[]), str::as_bytes) != child {
            return Err(Misfit::Child);
        }
    }
    Ok(())
}
