//! Steps: how one member, or a run of neighbours, moves from source rows to target rows.
//!
//! A step is settled once and then run over many rows, one column at a time, so that the inner loop
//! has nothing left to decide: load a window, shift, mask, extend the sign, store.

use crate::bits;
use crate::member::{Kind, Member, Path};
use crate::pair::Common;
use crate::values::{extended, mask};

/// How one member moves. Plans fill these in; callers only provide the room.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    action: Action,
    checked: Option<Path>,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    /// Nothing to do, or done by an earlier step.
    Skip,
    /// The same bits at another place; `bits` may span several elements or members.
    Same { from: u32, to: u32, bits: u32 },
    /// Whole bytes.
    Copy { from: usize, to: usize, len: usize },
    /// Element by element through 64 bits.
    Convert { from: Slot, to: Slot, count: u32, kind: Kind },
}

/// Where the first of some elements lies, and how wide each is.
#[derive(Clone, Copy, Debug)]
struct Slot {
    bit: u32,
    width: u8,
}

impl Step {
    /// No step.
    pub const EMPTY: Self = Self { action: Action::Skip, checked: None };

    /// The step for a member that both sides have.
    pub(crate) fn of(common: &Common<'_>) -> Self {
        let (s, t) = (common.source, common.target);
        let count = s.count().min(t.count());
        let action = if s.bits() == t.bits() {
            let bits = count.saturating_mul(u32::from(s.bits()));
            Action::Same { from: s.bit(), to: t.bit(), bits }
        } else {
            Action::Convert { from: Slot::of(s), to: Slot::of(t), count, kind: s.kind() }
        };
        let checked = (common.values || common.tail).then(|| s.path());
        Self { action, checked }
    }

    /// The member that has to be checked before this step runs.
    pub(crate) const fn checked(&self) -> Option<Path> {
        self.checked
    }

    /// Whether the step leaves the bits where they are.
    pub(crate) const fn is_in_place(&self) -> bool {
        matches!(self.action, Action::Same { from, to, .. } if from == to)
    }

    /// Whether the step moves whole bytes, and how many.
    pub(crate) const fn whole_bytes(&self) -> Option<usize> {
        match self.action {
            Action::Copy { len, .. } => Some(len),
            Action::Skip => Some(0),
            _ => None,
        }
    }

    /// Makes one step of neighbours that stay neighbours, and whole bytes of what can be.
    pub(crate) fn merge(steps: &mut [Self]) {
        let mut rest = steps;
        while let Some((first, after)) = rest.split_first_mut() {
            let mut taken: usize = 0;
            if let Action::Same { from, to, bits } = first.action {
                let (mut reach, mut whole) = (bits, bits);
                for (n, step) in (1..).zip(after.iter()) {
                    let Action::Same { from: next, to: place, bits } = step.action else { break };
                    let follows = from.checked_add(reach) == Some(next)
                        && to.checked_add(reach) == Some(place);
                    let Some(further) = reach.checked_add(bits).filter(|_| follows) else { break };
                    reach = further;
                    if moves_at_once(from, to, reach) {
                        (whole, taken) = (reach, n);
                    }
                }
                first.action = Action::Same { from, to, bits: whole }.in_bytes();
            }
            let (merged, more) = after.split_at_mut_checked(taken).unwrap_or_default();
            for step in merged {
                step.action = Action::Skip;
            }
            rest = more;
        }
    }

    /// Moves the member for every row of `source` to the row of `target` at the same place.
    pub(crate) fn run(&self, source: &[u8], stride: usize, target: &mut [u8], pitch: usize) {
        match self.action {
            Action::Skip => {}
            Action::Copy { from, to, len } => {
                let mut columns = Columns { source, from, stride, target, to, pitch };
                match len {
                    1 => columns.copy::<1>(),
                    2 => columns.copy::<2>(),
                    4 => columns.copy::<4>(),
                    8 => columns.copy::<8>(),
                    12 => columns.copy::<12>(),
                    16 => columns.copy::<16>(),
                    24 => columns.copy::<24>(),
                    32 => columns.copy::<32>(),
                    _ => columns.copy_bytes(len),
                }
            }
            Action::Same { from, to, bits } => {
                let width = u8::try_from(bits).unwrap_or(0);
                let (from, to) = (Slot { bit: from, width }, Slot { bit: to, width });
                convert(from, to, 1, Kind::Unsigned, (source, stride), (target, pitch));
            }
            Action::Convert { from, to, count, kind } => {
                convert(from, to, count, kind, (source, stride), (target, pitch));
            }
        }
    }
}

/// Whether so many bits are whole bytes on both sides, or fit the window of a load and a store.
fn moves_at_once(from: u32, to: u32, bits: u32) -> bool {
    let fits = |bit: u32| (bit & 7).saturating_add(bits) <= 64;
    (from | to | bits) & 7 == 0 || fits(from) && fits(to)
}

impl Action {
    /// The same move in bytes, where it begins and ends on them.
    fn in_bytes(self) -> Self {
        let bytes = |bits: u32| usize::try_from(bits >> 3).ok();
        match self {
            Self::Same { from, to, bits } if (from | to | bits) & 7 == 0 => {
                match (bytes(from), bytes(to), bytes(bits)) {
                    (Some(from), Some(to), Some(len)) => Self::Copy { from, to, len },
                    _ => self,
                }
            }
            _ => self,
        }
    }
}

impl Slot {
    fn of(member: Member<'_>) -> Self {
        Self { bit: member.bit(), width: member.bits() }
    }

    /// The eight bytes of a row of `len` that hold the element, as the first byte and the shift
    /// within them; `None` when the row is shorter than that.
    fn window(self, len: usize) -> Option<(usize, u32)> {
        let last = len.checked_sub(8)?;
        let start = usize::try_from(self.bit >> 3).ok()?.min(last);
        let shift = usize::try_from(self.bit).ok()?.checked_sub(start.checked_mul(8)?)?;
        Some((start, u32::try_from(shift).ok()?))
    }
}

/// One member of all rows, on both sides.
struct Columns<'a, 'b> {
    source: &'a [u8],
    from: usize,
    stride: usize,
    target: &'b mut [u8],
    to: usize,
    pitch: usize,
}

impl Columns<'_, '_> {
    fn copy<const N: usize>(&mut self) {
        if self.stride == 0 || self.pitch == 0 {
            return;
        }
        let (Some(source), Some(target)) =
            (self.source.get(self.from..), self.target.get_mut(self.to..))
        else {
            return;
        };
        for (row, place) in source.chunks(self.stride).zip(target.chunks_mut(self.pitch)) {
            if let (Some(bytes), Some(place)) =
                (row.first_chunk::<N>(), place.first_chunk_mut::<N>())
            {
                *place = *bytes;
            }
        }
    }

    fn copy_bytes(&mut self, len: usize) {
        if self.stride == 0 || self.pitch == 0 {
            return;
        }
        let (Some(source), Some(target)) =
            (self.source.get(self.from..), self.target.get_mut(self.to..))
        else {
            return;
        };
        for (row, place) in source.chunks(self.stride).zip(target.chunks_mut(self.pitch)) {
            if let (Some(bytes), Some(place)) = (row.get(..len), place.get_mut(..len)) {
                copy(bytes, place);
            }
        }
    }
}

/// `copy_from_slice` for slices whose lengths are equal, in a form that keeps no way to fail.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() == to.len() {
        to.copy_from_slice(from);
    }
}

fn convert(
    from: Slot,
    to: Slot,
    count: u32,
    kind: Kind,
    (source, stride): (&[u8], usize),
    (target, pitch): (&mut [u8], usize),
) {
    if stride == 0 || pitch == 0 {
        return;
    }
    let rows = source.chunks_exact(stride).zip(target.chunks_exact_mut(pitch));
    if let (1, Some((start, shift)), Some((place, by))) =
        (count, from.window(stride), to.window(pitch))
    {
        let (keep, field) = (mask(from.width), mask(to.width).wrapping_shl(by));
        for (row, out) in rows {
            let Some(window) = row.get(start..).and_then(|w| w.first_chunk::<8>()) else { return };
            let Some(out) = out.get_mut(place..).and_then(|w| w.first_chunk_mut::<8>()) else {
                return;
            };
            let raw = u64::from_le_bytes(*window).wrapping_shr(shift) & keep;
            let value = extended(kind, from.width, raw).wrapping_shl(by) & field;
            *out = (u64::from_le_bytes(*out) & !field | value).to_le_bytes();
        }
        return;
    }
    for (row, out) in rows {
        let (mut read, mut write) = (from.bit, to.bit);
        for _ in 0..count {
            let raw = bits::load(row, read, from.width);
            bits::store(out, write, to.width, extended(kind, from.width, raw));
            read = read.wrapping_add(u32::from(from.width));
            write = write.wrapping_add(u32::from(to.width));
        }
    }
}
