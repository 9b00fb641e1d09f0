// SPDX-License-Identifier: GPL-2.0

//! What the previous kernel left: its tables, verified against the copy that was sealed beside them.
//!
//! Tables are taken over first, whatever then comes of them. Every word of them is held against the
//! copy, but for what hardware writes; then each device's tables are walked into a list of what they
//! map. Nothing is given to hardware: this kernel's unit has tables of its own.
//!
//! Where a word is wrong, all is refused. Tables that verify are freed then; one that does not is kept
//! from everybody until a cold boot, as who wrote to it may do so again. So are all where the rows and the
//! tables do not belong together, for then none can be compared. Rows that are merely not this kernel's
//! say nothing against the tables.

use core::fmt;

use kernel::error::code;
use kernel::prelude::*;
use kserial::{Record, Room, Verified};
use liveupdate::status::{self, Verdict};
use liveupdate::{image, Handle, Incoming, Restored};

use crate::named::device::Address;
use crate::record::{Device, Entry, Table, CONTEXT, ROOT};
use crate::vtd::{self, WORDS};

/// A table that was taken over.
struct Taken {
    at: u64,
    level: u8,
    memory: Restored,
    /// Words that are not what they were, where that is known.
    wrong: Option<usize>,
}

/// The most tables that are named, each with its first wrong word; all are counted.
const NAMED: usize = 16;

impl Taken {
    fn word(&self, index: usize) -> Option<u64> {
        let word = self.memory.get(index.checked_mul(8)?..)?.first_chunk::<8>()?;
        Some(u64::from_ne_bytes(*word))
    }

    /// Holds a word against what it was; `named` counts the tables that are named.
    fn hold(&mut self, index: usize, is: Option<u64>, was: u64, named: &mut usize) {
        if is == Some(was) {
            return;
        }
        let (at, is) = (self.at, is.unwrap_or(0));
        self.is_wrong(named, format_args!("{at:#x}: entry {index} is {is:#x}, was {was:#x}"));
    }

    /// Counts a word that is wrong. The status has a page for all that happens in a boot.
    fn is_wrong(&mut self, named: &mut usize, why: fmt::Arguments<'_>) {
        let wrong = self.wrong.get_or_insert(0);
        *wrong += 1;
        if *wrong == 1 && *named < NAMED {
            *named += 1;
            damaged(why);
        }
    }
}

/// A run of pages that lie one behind the other on both sides.
#[derive(Clone, Copy)]
pub(crate) struct Mapping {
    device: Address,
    iova: u64,
    at: u64,
    len: u64,
    read: bool,
    write: bool,
}

impl Mapping {
    fn joins(&self, next: &Self) -> bool {
        self.device == next.device
            && self.iova.checked_add(self.len) == Some(next.iova)
            && self.at.checked_add(self.len) == Some(next.at)
            && (self.read, self.write) == (next.read, next.write)
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (read, write) = (if self.read { 'r' } else { '-' }, if self.write { 'w' } else { '-' });
        let Self { device, iova, at, len, .. } = self;
        write!(f, "{device} {iova:#x} {at:#x} {len:#x} {read}{write}")
    }
}

/// What the previous kernel left, verified.
pub(crate) struct Left {
    tables: KVVec<Taken>,
    devices: KVec<Address>,
    mappings: KVVec<Mapping>,
}

impl Left {
    /// Takes the tables over and verifies them.
    ///
    /// # Errors
    ///
    /// What restoring and reading the image gives; `EIO` for a table that is not what it was;
    /// `EOPNOTSUPP` if this kernel must not take the rows.
    pub(crate) fn retrieve(state: Handle) -> Result<Self> {
        let incoming = Incoming::restore(state)?;
        let (record, verdict) = (Table::SHAPE.record(), Verdict::Held);
        let mut tables = incoming.read_any(take).inspect_err(|_| {
            status::note(record, verdict, format_args!("tables until a cold boot"));
        })?;
        let verified = incoming.read(|image| verify(image, &mut tables));
        match verified {
            Ok((devices, mappings)) => Ok(Self { tables, devices, mappings }),
            Err(error) => {
                give_up(tables, error == code::EIO);
                Err(error)
            }
        }
    }

    /// The last file is finished.
    pub(crate) fn finish(&self) {
        let record = Table::SHAPE.record();
        status::note(record, Verdict::Released, format_args!("{} tables", self.tables.len()));
    }

    /// How many mappings a device has.
    ///
    /// # Errors
    ///
    /// `ENOENT` for a device that nothing was left of.
    pub(crate) fn mappings_of(&self, device: Address) -> Result<usize> {
        if !self.devices.contains(&device) {
            return Err(ENOENT);
        }
        Ok(self.mappings.iter().filter(|mapping| mapping.device == device).count())
    }

    /// Writes what the tables map, a line for each run of pages.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mapping in &self.mappings {
            writeln!(f, "{mapping}")?;
        }
        Ok(())
    }
}

/// Takes over every table that the image tells of.
fn take(image: &Verified<'_>) -> Result<KVVec<Taken>> {
    let mut room = Room::empty();
    // What is lost is said when they are verified.
    let rows = image.table::<Table>(&mut room).map_err(|why| image::refused::<Table>(&why))?;
    let mut tables = KVVec::with_capacity(rows.len(), GFP_KERNEL)?;
    let mut missing = 0;
    for row in rows.iter() {
        let level = u8::try_from(row.level).map_err(|_| EINVAL)?;
        match Handle::new(row.at.0).restore() {
            Ok(memory) => {
                tables.push(Taken { at: row.at.0, level, memory, wrong: None }, GFP_KERNEL)?;
            }
            Err(_) => {
                if missing < NAMED {
                    damaged(format_args!("{:#x} was not handed over", row.at.0));
                }
                missing += 1;
            }
        }
    }
    if missing > 0 {
        damaged(format_args!("{missing} of {} tables were not handed over", rows.len()));
    }
    Ok(tables)
}

fn damaged(why: fmt::Arguments<'_>) {
    status::note(Table::SHAPE.record(), Verdict::Damaged, why);
}

/// Frees the tables that are what they were, and holds the others; those that were not compared, if
/// anything is damaged.
fn give_up(tables: KVVec<Taken>, is_damaged: bool) {
    let (mut released, mut held) = (0, 0);
    for table in tables {
        let is_wrong = table.wrong.map_or(is_damaged, |wrong| wrong > 0);
        if is_wrong {
            held += 1;
            table.memory.hold();
        } else {
            released += 1;
        }
    }
    let record = Table::SHAPE.record();
    if released > 0 {
        status::note(record, Verdict::Released, format_args!("{released} tables"));
    }
    if held > 0 {
        status::note(record, Verdict::Held, format_args!("{held} tables until a cold boot"));
    }
}

/// Holds the tables against their copy, and lists what they map.
fn verify(
    image: &Verified<'_>,
    tables: &mut KVVec<Taken>,
) -> Result<(KVec<Address>, KVVec<Mapping>)> {
    let mut room = Room::empty();
    let rows = image::table::<Table>(image, &mut room)?;
    let mut room = Room::empty();
    let entries = image::table::<Entry>(image, &mut room)?;
    let mut room = Room::empty();
    let devices = image::table::<Device>(image, &mut room)?;
    let ascend = rows.iter().zip(rows.iter().skip(1)).all(|(row, next)| row.at.0 < next.at.0);
    if tables.len() != rows.len() || !ascend {
        return Err(code::EIO);
    }
    let (mut words, mut named) = (0, 0);
    for ((_, entries), table) in rows.with(|row| row.entries, &entries).zip(tables.iter_mut()) {
        // Of the root and of context tables, what leads to the devices; the rest is others'.
        table.wrong = Some(0);
        if table.level == ROOT || table.level == CONTEXT {
            continue;
        }
        let mut entries = entries.iter().peekable();
        for index in 0..WORDS {
            let expected = entries.next_if(|entry| entry.index as usize == index);
            let expected = expected.map_or(0, |entry| entry.value);
            words += 1;
            table.hold(index, table.word(index).map(vtd::sealed), expected, &mut named);
        }
        // One that is left over is out of order, or named twice.
        if entries.next().is_some() {
            let at = table.at;
            table.is_wrong(&mut named, format_args!("{at:#x}: the copy is not in order"));
        }
    }
    for row in devices.iter() {
        words += 3;
        starts(tables, Address::of(&row), &row, &mut named)?;
    }
    let wrong: usize = tables.iter().filter_map(|table| table.wrong).sum();
    if wrong > 0 {
        damaged(format_args!("{wrong} of {words} words"));
        return Err(code::EIO);
    }
    // Only where all is as it was, entries are followed.
    let mut walk = Walk { tables, seen: KVVec::new(), mappings: KVVec::new() };
    let mut all = KVec::with_capacity(devices.len(), GFP_KERNEL)?;
    for row in devices.iter() {
        let device = Address::of(&row);
        all.push(device, GFP_KERNEL)?;
        walk.device(device, &row)?;
    }
    status::note(
        Device::SHAPE.record(),
        Verdict::Read,
        format_args!("{} devices, {} tables, {words} words verified", all.len(), rows.len()),
    );
    Ok((all, walk.mappings))
}

/// Holds what leads to a device's tables against what it was.
fn starts(
    tables: &mut KVVec<Taken>,
    device: Address,
    row: &Device,
    named: &mut usize,
) -> Result {
    let root = place(tables, row.root.0, ROOT)?;
    let root = tables.get_mut(root).ok_or(EINVAL)?;
    let [low, _] = vtd::of_bus(device);
    root.hold(low, root.word(low), row.root_entry, named);
    let context = vtd::context(row.root_entry).ok_or(EINVAL)?;
    let context = place(tables, context, CONTEXT)?;
    let context = tables.get_mut(context).ok_or(EINVAL)?;
    for (index, was) in vtd::of_device(device).into_iter().zip(row.context_entry) {
        context.hold(index, context.word(index), was, named);
    }
    Ok(())
}

/// Where the table at an address is.
fn place(tables: &KVVec<Taken>, at: u64, level: u8) -> Result<usize> {
    let place = tables.binary_search_by_key(&at, |table| table.at).map_err(|_| code::EIO)?;
    let known = tables.get(place).is_some_and(|table| table.level == level);
    known.then_some(place).ok_or(code::EIO)
}

/// Walking the tables of one device after the other.
struct Walk<'t> {
    tables: &'t KVVec<Taken>,
    /// The tables that the device has used: a second time would be a way to walk without end.
    seen: KVVec<bool>,
    mappings: KVVec<Mapping>,
}

impl Walk<'_> {
    /// Walks a device's tables.
    fn device(&mut self, device: Address, row: &Device) -> Result {
        self.seen.clear();
        self.seen.extend_with(self.tables.len(), false, GFP_KERNEL)?;
        let (top, level) = vtd::top(row.context_entry)?;
        self.descend(device, top, level, 0)
    }

    /// The table at an address, once for each device.
    fn find(&mut self, at: u64, level: u8) -> Result<usize> {
        let place = place(self.tables, at, level)?;
        let seen = self.seen.get_mut(place).ok_or(EINVAL)?;
        if core::mem::replace(seen, true) {
            return Err(code::EIO);
        }
        Ok(place)
    }

    /// Lists what a table maps. Levels fall, so that this goes no deeper than they are many.
    fn descend(&mut self, device: Address, at: u64, level: u8, base: u64) -> Result {
        let place = self.find(at, level)?;
        for index in 0..WORDS {
            let word = self.tables.get(place).and_then(|table| table.word(index));
            let iova = base | (index as u64) << vtd::shift(level);
            match vtd::Entry::read(word.ok_or(EINVAL)?, level) {
                vtd::Entry::Empty => {}
                vtd::Entry::Table(below) => self.descend(device, below, level - 1, iova)?,
                vtd::Entry::Page { at, len, read, write } => {
                    let next = Mapping { device, iova, at, len, read, write };
                    match self.mappings.last_mut().filter(|last| last.joins(&next)) {
                        Some(last) => last.len += len,
                        None => self.mappings.push(next, GFP_KERNEL)?,
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a file shows of its device.
pub(crate) struct Show {
    pub(crate) device: Address,
    pub(crate) mappings: usize,
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "address={}", self.device)?;
        writeln!(f, "mappings={}", self.mappings)
    }
}
