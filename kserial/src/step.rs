//! Steps: how one member, or a run of neighbours, moves from source rows to target rows.
//!
//! A step is settled once and then run over many rows, one column at a time, so that the inner loop
//! has nothing left to decide: load a window, shift, mask, extend the sign, store.

use crate::bits;
use crate::member::{Kind, Member, Path};
use crate::pair::Common;
use crate::values::{extended, mask, sign};

/// How one member moves. Plans fill these in; callers only provide the room.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    action: Action,
    /// No step before this one writes into the window that it stores.
    first: bool,
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
    pub const EMPTY: Self = Self { action: Action::Skip, first: false, checked: None };

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
        Self { action, first: false, checked }
    }

    /// The same step where what it moves is not put into a row but into a value of its own.
    pub(crate) fn into_value(self) -> Self {
        let action = match self.action {
            Action::Same { from, bits, .. } => Action::Same { from, to: 0, bits }.in_bytes(),
            Action::Convert { from, to, count, kind } => {
                Action::Convert { from, to: Slot { bit: 0, ..to }, count, kind }
            }
            action => action,
        };
        Self { action, ..self }
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

    /// Finds the steps that need not keep what is in the window that they store, because all steps
    /// before them write to bytes before it. To be asked only where rows are zero before the first.
    pub(crate) fn find_first(steps: &mut [Self], pitch: usize) {
        let mut end = 0;
        for step in steps {
            end = step.written_to(end, pitch);
        }
    }

    /// Settles whether the step stores into bytes from `end` on only, where all steps before it end;
    /// and where all up to it do.
    fn written_to(&mut self, end: usize, pitch: usize) -> usize {
        let (to, bits) = match self.action {
            Action::Skip => return end,
            Action::Copy { to, len, .. } => return end.max(to.saturating_add(len)),
            Action::Same { to, bits, .. } => (to, bits),
            Action::Convert { to, count, .. } => {
                (to.bit, count.saturating_mul(u32::from(to.width)))
            }
        };
        self.first = bits::window(to, pitch).is_some_and(|(start, _)| start >= end);
        let last = to.saturating_add(bits).div_ceil(8);
        end.max(usize::try_from(last).unwrap_or(usize::MAX))
    }

    /// Moves the member for every row of `source` to the row of `target` at the same place.
    pub(crate) fn run(&self, source: &[u8], stride: usize, target: &mut [u8], pitch: usize) {
        match self.action {
            Action::Skip => {}
            Action::Copy { from, to, len } => {
                let columns = Columns { source, from, stride, target, to, pitch };
                match len {
                    1 => columns.copy::<1>(),
                    2 => columns.copy::<2>(),
                    4 => columns.copy::<4>(),
                    8 => columns.copy::<8>(),
                    12 => columns.copy::<12>(),
                    16 => columns.copy::<16>(),
                    24 => columns.copy::<24>(),
                    32 => columns.copy::<32>(),
                    48 => columns.copy::<48>(),
                    56 => columns.copy::<56>(),
                    64 => columns.copy::<64>(),
                    72 => columns.copy::<72>(),
                    _ => columns.copy_bytes(len),
                }
            }
            Action::Same { from, to, bits } => {
                let width = u8::try_from(bits).unwrap_or(0);
                let (from, to) = (Slot { bit: from, width }, Slot { bit: to, width });
                self.convert(from, to, 1, Kind::Unsigned, (source, stride), (target, pitch));
            }
            Action::Convert { from, to, count, kind } => {
                self.convert(from, to, count, kind, (source, stride), (target, pitch));
            }
        }
    }

    fn convert(
        &self,
        from: Slot,
        to: Slot,
        count: u32,
        kind: Kind,
        (source, stride): (&[u8], usize),
        (target, pitch): (&mut [u8], usize),
    ) {
        let rows = rows(source, stride, target, pitch);
        let windows = (count, bits::window(from.bit, stride), bits::window(to.bit, pitch));
        let (1, Some(read), Some(write)) = windows else {
            for (row, out) in rows {
                convert_row(from, to, count, kind, row, out);
            }
            return;
        };
        let field = Field {
            read,
            keep: mask(from.width),
            sign: if kind == Kind::Signed { sign(from.width) } else { 0 },
            write,
            field: mask(to.width).wrapping_shl(write.1),
        };
        match (kind, self.first) {
            (Kind::Signed, true) => field.convert::<true, true>(rows),
            (Kind::Signed, false) => field.convert::<true, false>(rows),
            (_, true) => field.convert::<false, true>(rows),
            (_, false) => field.convert::<false, false>(rows),
        }
    }
}

/// One element, as windows of eight bytes and where in them its bits are.
struct Field {
    read: (usize, u32),
    keep: u64,
    sign: u64,
    write: (usize, u32),
    field: u64,
}

impl Field {
    /// In every row: load a window, shift, mask, extend the sign, store; `FIRST` without a look at
    /// what was there.
    fn convert<'a, const SIGNED: bool, const FIRST: bool>(
        &self,
        rows: impl Iterator<Item = (&'a [u8], &'a mut [u8])>,
    ) {
        let Self { read: (start, shift), keep, sign, write: (place, by), field } = *self;
        for (row, out) in rows {
            let window = row.get(start..).and_then(|rest| rest.first_chunk::<8>());
            let out = out.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<8>());
            let (Some(window), Some(out)) = (window, out) else { return };
            let mut value = u64::from_le_bytes(*window).wrapping_shr(shift) & keep;
            if SIGNED {
                value = (value ^ sign).wrapping_sub(sign);
            }
            let value = value.wrapping_shl(by) & field;
            let kept = if FIRST { 0 } else { u64::from_le_bytes(*out) & !field };
            *out = (kept | value).to_le_bytes();
        }
    }
}

impl Step {
    /// The same for one row on its own, where finding out what all rows share would not pay.
    pub(crate) fn run_once(&self, row: &[u8], out: &mut [u8]) {
        match self.action {
            Action::Skip => {}
            Action::Copy { from, to, len } => {
                let bytes = row.get(from..).and_then(|rest| rest.get(..len));
                let place = out.get_mut(to..).and_then(|rest| rest.get_mut(..len));
                if let (Some(bytes), Some(place)) = (bytes, place) {
                    match len {
                        4 => copy_fixed::<4>(bytes, place),
                        8 => copy_fixed::<8>(bytes, place),
                        16 => copy_fixed::<16>(bytes, place),
                        _ => copy(bytes, place),
                    }
                }
            }
            Action::Same { from, to, bits } => {
                let width = u8::try_from(bits).unwrap_or(0);
                bits::store(out, to, width, bits::load(row, from, width));
            }
            Action::Convert { from, to, count, kind } => {
                convert_row(from, to, count, kind, row, out);
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
    /// All rows have the same length, so that whether the bytes are there is found out once.
    fn copy<const N: usize>(self) {
        for (row, out) in rows(self.source, self.stride, self.target, self.pitch) {
            let bytes = row.get(self.from..).and_then(|rest| rest.first_chunk::<N>());
            let place = out.get_mut(self.to..).and_then(|rest| rest.first_chunk_mut::<N>());
            let (Some(bytes), Some(place)) = (bytes, place) else { return };
            *place = *bytes;
        }
    }

    fn copy_bytes(self, len: usize) {
        for (row, out) in rows(self.source, self.stride, self.target, self.pitch) {
            let bytes = row.get(self.from..).and_then(|rest| rest.get(..len));
            let place = out.get_mut(self.to..).and_then(|rest| rest.get_mut(..len));
            let (Some(bytes), Some(place)) = (bytes, place) else { return };
            copy(bytes, place);
        }
    }
}

/// Rows of both sides, in pairs; none where a row has no bytes.
fn rows<'a>(
    source: &'a [u8],
    stride: usize,
    target: &'a mut [u8],
    pitch: usize,
) -> impl Iterator<Item = (&'a [u8], &'a mut [u8])> {
    let (source, target) = match (stride, pitch) {
        (0, _) | (_, 0) => (&[][..], &mut [][..]),
        _ => (source, target),
    };
    source.chunks_exact(stride.max(1)).zip(target.chunks_exact_mut(pitch.max(1)))
}

fn copy_fixed<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(from), Some(to)) = (from.first_chunk::<N>(), to.first_chunk_mut::<N>()) {
        *to = *from;
    }
}

/// `copy_from_slice` for slices whose lengths are equal, in a form that keeps no way to fail.
pub(crate) fn copy(from: &[u8], to: &mut [u8]) {
    if from.len() == to.len() {
        to.copy_from_slice(from);
    }
}

/// Element by element, in one row.
fn convert_row(from: Slot, to: Slot, count: u32, kind: Kind, row: &[u8], out: &mut [u8]) {
    let (mut read, mut write) = (from.bit, to.bit);
    for _ in 0..count {
        let raw = bits::load(row, read, from.width);
        bits::store(out, write, to.width, extended(kind, from.width, raw));
        read = read.wrapping_add(u32::from(from.width));
        write = write.wrapping_add(u32::from(to.width));
    }
}
