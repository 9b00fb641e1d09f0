// SPDX-License-Identifier: GPL-2.0

//! What the next kernel declares: `/sys/kernel/kserial/next`.
//!
//! Before the update userspace writes the ELF notes of the next kernel and its modules here, one
//! after the other as they lie in their note sections; notes of other owners are passed over. Each
//! freeze then evaluates what the notes say on the rows that it really hands over, and an unmet
//! condition calls the kexec off, with everything alive. Writing anew from the start forgets what
//! was written before; nothing written means that nothing is known, and nothing is called off. A newline
//! alone is nothing written: the file cannot tell that nothing was.
//!
//! What is preserved after that is written for this reader, in *its* layout, wherever it may have the
//! rows ([`with_notes`]): so a fleet in which two generations coexist pins a format by writing the
//! older one's notes.

use core::{fmt, mem};

use kernel::error::code;
use kernel::prelude::*;
use kernel::sync::global_lock;
use kserial::image::{TableWriter, WriteError};
use kserial::{note, Layout, Note, Plan, Record, Spec, Step, Steps, Writer};
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
    if at == 0 && piece == b"\n" {
        return Ok(());
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

/// The same for rows that lie nowhere side by side. Those that cannot be refused are not made, and none
/// at all are taken by every kernel.
///
/// # Errors
///
/// As for [`takes`].
pub fn takes_each<T: Record>(rows: impl Iterator<Item = T>) -> Result {
    let mut rows = rows.enumerate().peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let next = NEXT.lock();
    let mut steps = T::Steps::empty();
    let plan = plan_for(&next, T::SHAPE, steps.steps())?;
    let Some(plan) = plan.filter(Plan::is_checked) else { return Ok(()) };
    rows.try_for_each(|(number, row)| judge(&plan, row.as_bytes(), number))
}

/// The same for rows whose layout is known at run time only; `room` as for [`Plan::between`].
pub(crate) fn takes_rows(layout: Layout<'_>, rows: &[u8], room: &mut [Step]) -> Result {
    let next = NEXT.lock();
    plan_for(&next, layout, room)?.map_or(Ok(()), |plan| judge(&plan, rows, 0))
}

/// The plan to what the next kernel reads, if anything is known of it.
fn plan_for<'r>(
    next: &'r [u8],
    layout: Layout<'r>,
    room: &'r mut [Step],
) -> Result<Option<Plan<'r>>> {
    if next.is_empty() {
        return Ok(None);
    }
    let record = layout.record();
    let note = find(next, record)?.ok_or_else(|| {
        aborted(record, format_args!("the next kernel does not read this record"))
    })?;
    let plan = Plan::between_images(layout, note.layout, room);
    plan.map(Some).map_err(|why| aborted(record, format_args!("{why}")))
}

/// Holds rows, which are counted from `first`, against what the next kernel takes.
fn judge(plan: &Plan<'_>, rows: &[u8], first: usize) -> Result {
    let Some(unmet) = plan.refused(rows) else { return Ok(()) };
    let (record, path) = (plan.source().record(), unmet.check.member().path());
    let row = first.saturating_add(unmet.row);
    Err(aborted(record, format_args!("row {row}: the next kernel cannot take member {path}")))
}

fn aborted(record: &str, why: fmt::Arguments<'_>) -> Error {
    status::note(record, Verdict::Aborted, why);
    not_supported()
}

/// What the next kernel declares, which does not change meanwhile.
pub struct Notes<'a>(&'a [u8]);

/// Calls `work` on what the next kernel declares, for what is preserved now: in that kernel's own
/// layout, where it is known and may have the rows as they are. What it must not be without it is still
/// told of by the layout of this kernel, and whether it may have the rows is decided at the freeze.
///
/// May sleep. Do not call [`takes`], nor this, in `work`.
pub fn with_notes<R>(work: impl FnOnce(&Notes<'_>) -> R) -> R {
    let next = NEXT.lock();
    work(&Notes(&next))
}

impl<'a> Notes<'a> {
    /// For whom a table of these rows is written; `room` as for [`Plan::writing`]. What the next kernel
    /// does not know and need not, it would leave out, and so does its layout: that is noted.
    pub fn reader<'r, T: Record>(
        &self,
        rows: impl Iterator<Item = T> + Clone,
        room: &'r mut T::Steps,
    ) -> Reader<'r>
    where
        'a: 'r,
    {
        let plan = self.plan(T::SHAPE, room.steps());
        let taken = |row: T, to: &Plan<'_>| to.refused(row.as_bytes()).is_none();
        let plan = plan.filter(|to| !to.is_checked() || rows.clone().all(|row| taken(row, to)));
        // What may be left out is a check, too.
        if let Some(plan) = plan.as_ref().filter(|plan| plan.is_checked()) {
            let mut numbered = rows.enumerate();
            numbered.find(|(number, row)| left_out(plan, row.as_bytes(), *number));
        }
        Reader(plan)
    }

    /// The plan from this layout to that of the next kernel, if that is known and another.
    pub(crate) fn plan<'r>(&self, layout: Layout<'r>, room: &'r mut [Step]) -> Option<Plan<'r>>
    where
        'a: 'r,
    {
        // Notes that cannot be read are an error of the freeze.
        let note = find(self.0, layout.record()).ok().flatten();
        let note = note.filter(|note| note.layout != layout)?;
        Plan::between_images(layout, note.layout, room).ok()
    }
}

/// Notes the first thing that a plan leaves out of rows, which are counted from `first`; says whether
/// there is any.
pub(crate) fn left_out(plan: &Plan<'_>, rows: &[u8], first: usize) -> bool {
    let Some(loss) = plan.losses(rows).next() else { return false };
    let (record, path) = (plan.source().record(), loss.check.member().path());
    let row = first.saturating_add(loss.row);
    let why = format_args!("row {row}: member {path}, which the next kernel does not know");
    status::note(record, Verdict::Lost, why);
    true
}

/// For whom a table is written: the next kernel, as far as it is known.
#[derive(Clone, Copy)]
pub struct Reader<'a>(Option<Plan<'a>>);

impl<'a> Reader<'a> {
    /// Nothing is known: rows are written as they are.
    pub const UNKNOWN: Reader<'static> = Reader(None);

    /// Announces the table.
    pub fn spec<T: Record>(&self, rows: usize) -> Spec<'a>
    where
        T: 'a,
    {
        match self.0 {
            Some(plan) => Spec::like(plan.target(), rows),
            None => Spec::of::<T>(rows),
        }
    }

    /// The plan, if rows become those of another layout: for [`open`].
    pub fn plan(&self) -> Option<Plan<'a>> {
        self.0
    }
}

/// Opens the next table of an image, announced by [`Reader::spec`].
///
/// # Errors
///
/// What [`Writer::table`] returns.
pub fn open<'m, 's, T: Record>(
    writer: &mut Writer<'m, 's>,
    plan: Option<Plan<'s>>,
) -> core::result::Result<TableWriter<'m, 's, T>, WriteError> {
    match plan {
        Some(plan) => writer.table_for::<T>(plan),
        None => writer.table::<T>(),
    }
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
        is_read |= note.roles.reads || note.roles.requires;
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
