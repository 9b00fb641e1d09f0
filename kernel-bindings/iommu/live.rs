// SPDX-License-Identifier: GPL-2.0

//! The tables of a device while hardware uses them.
//!
//! They belong to the driver, which may free a table that it unmaps. So a table is taken hold of
//! first, and only then the entry that leads to it is read again: where it still does, the table
//! was one all the time, and stays readable.

use kernel::prelude::*;
use liveupdate::{not_supported, Held};

use crate::named::device::Address;
use crate::record::{self, Device, CONTEXT, ROOT};
use crate::vtd::{self, Entry, Start, WORDS};

/// The most tables of one device: enough for 128 GiB of small pages.
const MAX_TABLES: usize = 1 << 16;

/// A table, and what its entries are: of translation alone, as the other tables are for others,
/// too.
pub(crate) struct Table {
    pub(crate) at: u64,
    pub(crate) level: u8,
    pub(crate) page: Held,
    pub(crate) entries: KVec<(u16, u64)>,
}

/// What a device's translation is made of.
pub(crate) struct Live {
    pub(crate) row: Device,
    pub(crate) tables: KVVec<Table>,
}

impl Live {
    /// Walks the tables of a device.
    ///
    /// # Errors
    ///
    /// `EBUSY` if they change meanwhile; `EOPNOTSUPP` for what cannot be handed over; `ENXIO` if
    /// there is no translation; `E2BIG` for too many tables.
    pub(crate) fn of(address: Address) -> Result<Self> {
        let start = Start::of(address)?;
        let mut tables = KVVec::new();
        let root = push(&mut tables, start.root, ROOT)?;
        let [low, high] = words(root, vtd::of_bus(address))?;
        // The upper half is for the other mode.
        if high != 0 {
            return Err(not_supported());
        }
        let context = vtd::context(low).ok_or(ENXIO)?;
        let context = push(&mut tables, context, CONTEXT)?;
        let entry = words(context, vtd::of_device(address))?;
        let (top, level) = vtd::top(entry)?;
        descend(&mut tables, top, level)?;
        if Start::of(address)? != start {
            return Err(EBUSY);
        }
        Ok(Self { row: record::device(address, start, low, entry)?, tables })
    }
}

fn words(table: &Table, [low, high]: [usize; 2]) -> Result<[u64; 2]> {
    Ok([table.page.word(low).ok_or(EINVAL)?, table.page.word(high).ok_or(EINVAL)?])
}

fn push(tables: &mut KVVec<Table>, at: u64, level: u8) -> Result<&mut Table> {
    if tables.len() >= MAX_TABLES {
        return Err(E2BIG);
    }
    let page = Held::at(at)?;
    tables.push(Table { at, level, page, entries: KVec::new() }, GFP_KERNEL)?;
    tables.last_mut().ok_or(EINVAL)
}

/// Copies a table and those below it. Levels fall, so that this goes no deeper than they are many.
fn descend(tables: &mut KVVec<Table>, at: u64, level: u8) -> Result {
    let place = tables.len();
    push(tables, at, level)?;
    for index in 0..WORDS {
        let table = tables.get_mut(place).ok_or(EINVAL)?;
        let word = vtd::sealed(table.page.word(index).ok_or(EINVAL)?);
        if word == 0 {
            continue;
        }
        table.entries.push((index as u16, word), GFP_KERNEL)?;
        if let Entry::Table(below) = Entry::read(word, level) {
            descend(tables, below, level - 1)?;
            // The table below is held now; was it one when it was taken hold of?
            let again = tables.get(place).and_then(|table| table.page.word(index));
            if again.map(vtd::sealed) != Some(word) {
                return Err(EBUSY);
            }
        }
    }
    Ok(())
}
