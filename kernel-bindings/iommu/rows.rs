// SPDX-License-Identifier: GPL-2.0

//! The image of the tables: a row for each device, each table, each entry that is not empty.
//!
//! Each of the three may be written for another reader, if every row of it can be.

use kserial::{Plan, Record, Spec, Steps};
use liveupdate::{next, Fill, Notes, Reader};

use crate::record::{self, Device, Entry, Table};
use crate::tables::{Preserved, User};

/// What the image tells of.
#[derive(Clone, Copy)]
pub(crate) struct All<'a> {
    pub(crate) devices: &'a [User],
    pub(crate) tables: &'a [Preserved],
}

/// Room for the plans.
pub(crate) struct Room {
    devices: <Device as Record>::Steps,
    tables: <Table as Record>::Steps,
    entries: <Entry as Record>::Steps,
}

impl Room {
    pub(crate) fn empty() -> Self {
        Self { devices: Steps::empty(), tables: Steps::empty(), entries: Steps::empty() }
    }
}

/// For whom the rows are written.
pub(crate) struct Readers<'r> {
    devices: Reader<'r>,
    tables: Reader<'r>,
    entries: Reader<'r>,
}

impl<'r> Readers<'r> {
    pub(crate) const UNKNOWN: Readers<'static> =
        Readers { devices: Reader::UNKNOWN, tables: Reader::UNKNOWN, entries: Reader::UNKNOWN };

    pub(crate) fn plans(&self) -> [Option<Plan<'r>>; 3] {
        [self.devices.plan(), self.tables.plan(), self.entries.plan()]
    }
}

impl<'a> All<'a> {
    fn device_rows(self) -> impl Iterator<Item = Device> + Clone + 'a {
        self.devices.iter().map(|user| user.row)
    }

    pub(crate) fn table_rows(self) -> impl Iterator<Item = Table> + Clone + 'a {
        let mut end = 0;
        self.tables.iter().map(move |table| {
            end += table.entries.len() as u64;
            record::table(table.kept.handle(), table.level, table.users, end)
        })
    }

    pub(crate) fn entry_rows(self) -> impl Iterator<Item = Entry> + Clone + 'a {
        let entries = self.tables.iter().flat_map(|table| table.entries.iter());
        entries.map(|(index, value)| record::entry(*index, *value))
    }

    pub(crate) fn readers<'r>(self, notes: &Notes<'r>, room: &'r mut Room) -> Readers<'r> {
        let Room { devices, tables, entries } = room;
        Readers {
            devices: notes.reader(self.device_rows(), devices),
            tables: notes.reader(self.table_rows(), tables),
            entries: notes.reader(self.entry_rows(), entries),
        }
    }

    pub(crate) fn specs<'r>(self, readers: &Readers<'r>) -> [Spec<'r>; 3] {
        [
            readers.devices.spec::<Device>(self.devices.len()).sorted(),
            readers.tables.spec::<Table>(self.tables.len()).sorted(),
            readers.entries.spec::<Entry>(self.entry_rows().count()),
        ]
    }

    pub(crate) fn fill(self) -> impl Fill<3> + 'a {
        move |to, [devices, tables, entries]| {
            if self.devices.is_empty() {
                return Ok(());
            }
            let mut rows = next::open::<Device>(to, devices)?;
            for row in self.device_rows() {
                rows.push(&row)?;
            }
            rows.finish(to)?;
            let mut rows = next::open::<Table>(to, tables)?;
            for row in self.table_rows() {
                rows.push(&row)?;
            }
            rows.finish(to)?;
            let mut rows = next::open::<Entry>(to, entries)?;
            for row in self.entry_rows() {
                rows.push(&row)?;
            }
            rows.finish(to)
        }
    }
}
