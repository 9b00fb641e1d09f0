// SPDX-License-Identifier: GPL-2.0

//! What the next kernel declares: `/sys/kernel/kserial/next`.
//!
//! Before the update userspace writes the ELF notes of the next kernel and its modules here, one
//! after the other as they lie in their note sections; notes of other owners are passed over. Each
//! freeze then evaluates what the notes say on the rows that it really hands over, and an unmet
//! condition calls the kexec off, with everything alive. Writing anew from the start forgets what
//! was written before; nothing written means that nothing is known, and nothing is called off.
//!
//! What is preserved after that is written for this reader, in *its* layout, wherever its layout can
//! hold the rows ([`with_reader`]): so a fleet in which two generations coexist pins a format by
//! writing the older one's notes.

use core::mem;

use kernel::error::code;
use kernel::prelude::*;
use kernel::sync::global_lock;
use kserial::{note, Layout, Note, Plan, Record, Spec, Step, Steps};
use zerocopy::IntoBytes;

use crate::not_supported;
use crate::status::{self, Verdict};

/// The most that userspace may write.
const MAX: usize = 1 << 20;

global_lock! {
    // SAFETY: `init` runs in an initcall, before anything is preserved or retrieved.
    unsafe(uninit) static NEXT: Mutex<KVVec<u8>> = KVVec::new();
}

/// # Safety
///
/// To be called once.
pub(crate) unsafe fn init() {
    // SAFETY: By the requirement of this function.
    unsafe { NEXT.init() };
}

/// Takes a piece of what userspace writes.
pub(crate) fn write(at: usize, piece: &[u8]) -> Result {
    let mut next = NEXT.lock();
    if at == 0 {
        drop(mem::replace(&mut *next, KVVec::new()));
    }
    if at != next.len() {
        return Err(EINVAL);
    }
    if piece.len() > MAX - at.min(MAX) {
        return Err(code::EFBIG);
    }
    next.extend_from_slice(piece, GFP_KERNEL)?;
    Ok(())
}

/// Whether the next kernel takes these rows.
///
/// # Errors
///
/// `EOPNOTSUPP` if it does not, `EINVAL` if what was written cannot be read.
pub fn takes<T: Record>(rows: &[T]) -> Result {
    takes_rows(T::SHAPE, rows.as_bytes(), T::Steps::empty().steps())
}

/// The same for rows whose layout is known at run time only; `room` as for [`Plan::between`].
pub(crate) fn takes_rows(layout: Layout<'_>, rows: &[u8], room: &mut [Step]) -> Result {
    let next = NEXT.lock();
    if next.is_empty() {
        return Ok(());
    }
    let record = layout.record();
    let aborted = |why: core::fmt::Arguments<'_>| {
        status::note(record, Verdict::Aborted, why);
        not_supported()
    };
    let note = find(&next, record)?
        .ok_or_else(|| aborted(format_args!("the next kernel does not read this record")))?;
    let plan = Plan::between_images(layout, note.layout, room)
        .map_err(|why| aborted(format_args!("{why}")))?;
    match plan.refused(rows) {
        Some(unmet) => {
            let path = unmet.check.member().path();
            Err(aborted(format_args!("row {}: the next kernel cannot take member {path}", unmet.row)))
        }
        None => Ok(()),
    }
}

/// For whom an image is written: the next kernel, as far as it is known.
pub struct Reader<'a>(Option<Plan<'a>>);

impl<'a> Reader<'a> {
    /// Nothing is known: rows are written as they are.
    pub const UNKNOWN: Reader<'static> = Reader(None);

    /// A reader for whom rows are written by this plan.
    pub(crate) fn by(plan: Plan<'a>) -> Self {
        Self(Some(plan))
    }

    /// Announces the table that the plan is for.
    pub fn spec<T: Record>(&self, rows: usize) -> Spec<'a>
    where
        T: 'a,
    {
        match self.0 {
            Some(plan) => Spec::like(plan.target(), rows),
            None => Spec::of::<T>(rows),
        }
    }

    /// The plan, if rows become those of another layout.
    pub fn plan(&self) -> Option<Plan<'a>> {
        self.0
    }
}

/// Preserves rows for the next kernel: in its own layout, if it is known and can hold them as they
/// are now. What it cannot hold it is still told of by the layout of this kernel, and whether it may
/// have the rows is decided at the freeze.
///
/// Do not call [`takes`] in `preserve`.
///
/// # Errors
///
/// What `preserve` returns.
pub fn with_reader<T: Record, R>(
    rows: &[T],
    preserve: impl FnOnce(&Reader<'_>) -> Result<R>,
) -> Result<R> {
    let next = NEXT.lock();
    let mut steps = T::Steps::empty();
    let record = T::SHAPE.record();
    // Notes that cannot be read are an error of the freeze.
    let note = find(&next, record).ok().flatten();
    let plan = note
        .filter(|note| note.layout != T::SHAPE)
        .and_then(|note| Plan::writing::<T>(note.layout, &mut steps).ok())
        .filter(|plan| plan.refused(rows.as_bytes()).is_none())
        .filter(|plan| plan.losses(rows.as_bytes()).next().is_none());
    if plan.is_some() {
        pr_info!("{record} written for the next kernel\n");
    }
    preserve(&Reader(plan))
}

/// What the notes of a kernel that reads the record say of it.
///
/// A note that cannot be understood says nothing of other records, so it is passed over; two that
/// contradict each other say nothing of theirs.
fn find<'a>(notes: &'a [u8], record: &str) -> Result<Option<Note<'a>>> {
    let mut found: Option<Note<'a>> = None;
    let mut is_read = false;
    let mut rest = notes;
    while !rest.is_empty() {
        let (owner, kind, description, after) = split(rest).ok_or(EINVAL)?;
        rest = after;
        if owner.strip_suffix(b"\0") != Some(note::OWNER.as_bytes()) || kind != note::TYPE {
            continue;
        }
        let note = match Note::read(description) {
            Ok(note) => note,
            Err(why) => {
                pr_warn!("next: a note is passed over: {}\n", format_args!("{why}"));
                continue;
            }
        };
        if note.layout.record() != record {
            continue;
        }
        if found.is_some_and(|it| it.layout != note.layout || it.carrier != note.carrier) {
            pr_err!("next: two notes of {record} contradict each other\n");
            return Err(EINVAL);
        }
        is_read |= note.roles.reads;
        found = Some(note);
    }
    Ok(found.filter(|_| is_read))
}

/// The first note: owner, type, description, and what follows.
fn split(bytes: &[u8]) -> Option<(&[u8], u32, &[u8], &[u8])> {
    let (owner_len, bytes) = number(bytes)?;
    let (description_len, bytes) = number(bytes)?;
    let (kind, bytes) = number(bytes)?;
    let (owner, bytes) = padded(bytes, owner_len)?;
    let (description, bytes) = padded(bytes, description_len)?;
    Some((owner, kind, description, bytes))
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_ne_bytes(*number), rest))
}

fn padded(bytes: &[u8], len: u32) -> Option<(&[u8], &[u8])> {
    let len = usize::try_from(len).ok()?;
    let (all, rest) = bytes.split_at_checked(len.checked_next_multiple_of(4)?)?;
    Some((all.get(..len)?, rest))
}
