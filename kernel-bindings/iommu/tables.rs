// SPDX-License-Identifier: GPL-2.0

//! What the files share: the tables of all devices that are named, each preserved once.
//!
//! Devices of one domain have tables in common, and all of a unit have its root. Preserving is a bit,
//! not a count: so a table has one owner here, and knows how many devices use it.

use kernel::error::code;
use kernel::prelude::*;
use liveupdate::{next, Flb, Handle, Kept, Outgoing, Share, Shared};

use crate::left::Left;
use crate::live::Live;
use crate::named::device::Address;
use crate::record::{Device, CONTEXT, ROOT};
use crate::rows::{All, Readers, Room};
use crate::vtd::{self, Start};

pub(crate) static TABLES: Shared<Tables> = Shared::new();

/// What files share.
pub(crate) static SHARED: [&dyn Share; 1] = [&TABLES];

/// The translation of devices, by address.
pub(crate) struct Tables;

/// A table for the next kernel.
pub(crate) struct Preserved {
    pub(crate) kept: Kept,
    pub(crate) level: u8,
    pub(crate) users: u32,
    pub(crate) entries: KVec<(u16, u64)>,
}

/// A device for the next kernel, and which tables it uses.
pub(crate) struct User {
    pub(crate) row: Device,
    tables: KVVec<u64>,
}

/// Where an image is made anew.
enum Place {
    /// In new memory: if that fails, it is what it was.
    New,
    /// Where it lies, if there is room: rows can be taken out when there is no memory.
    Same,
}

/// The devices and their tables, in the order of addresses, and the image that tells of them.
pub(crate) struct Outlet {
    devices: KVec<User>,
    tables: KVVec<Preserved>,
    image: Outgoing,
}

impl Outlet {
    fn device(&self, address: Address) -> core::result::Result<usize, usize> {
        self.devices.binary_search_by_key(&address, |user| Address::of(&user.row))
    }

    fn table(&self, at: u64) -> core::result::Result<usize, usize> {
        self.tables.binary_search_by_key(&at, |table| table.kept.handle())
    }

    /// Preserves the tables of a device.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a file names the device already, or if a table that it shares with another has
    /// changed; `ENOMEM`.
    fn add(&mut self, live: Live) -> Result {
        let address = Address::of(&live.row);
        let Err(place) = self.device(address) else { return Err(EBUSY) };
        let tables = KVVec::with_capacity(live.tables.len(), GFP_KERNEL)?;
        self.devices.push(User { row: live.row, tables }, GFP_KERNEL)?;
        self.devices.get_mut(place..).unwrap_or_default().rotate_right(1);
        let added = self.take(place, live.tables).and_then(|()| self.write(Place::New));
        added.inspect_err(|_| self.forget(place))
    }

    fn take(&mut self, place: usize, live: KVVec<crate::live::Table>) -> Result {
        for table in live {
            let at = table.at;
            match self.table(at) {
                Ok(known) => {
                    let known = self.tables.get_mut(known).ok_or(EINVAL)?;
                    if known.level != table.level || known.entries[..] != table.entries[..] {
                        return Err(EBUSY);
                    }
                    known.users += 1;
                }
                Err(next) => {
                    let kept = Kept::new(table.page)?;
                    let (level, entries) = (table.level, table.entries);
                    self.tables.push(Preserved { kept, level, users: 1, entries }, GFP_KERNEL)?;
                    self.tables.get_mut(next..).unwrap_or_default().rotate_right(1);
                }
            }
            self.devices.get_mut(place).ok_or(EINVAL)?.tables.push(at, GFP_KERNEL)?;
        }
        Ok(())
    }

    /// Gives a device and what only it uses up, but for the image.
    fn forget(&mut self, place: usize) {
        let Ok(user) = self.devices.remove(place) else { return };
        for at in &user.tables {
            let Ok(place) = self.table(*at) else { continue };
            if let Some(table) = self.tables.get_mut(place) {
                table.users -= 1;
            }
        }
        self.tables.retain(|table| table.users > 0);
    }

    fn remove(&mut self, address: Address) {
        let Ok(place) = self.device(address) else { return };
        self.forget(place);
        if self.write(Place::Same).is_err() {
            pr_err!("{} stays in the image\n", format_args!("{address}"));
        }
    }

    /// Makes the image anew.
    fn write(&mut self, place: Place) -> Result {
        let Self { devices, tables, image } = self;
        let all = All { devices, tables };
        next::with_notes(|notes| {
            let mut steps = Room::empty();
            let readers = all.readers(notes, &mut steps);
            let (plans, specs) = (readers.plans(), all.specs(&readers));
            if let Place::Same = place {
                let shrunk = image.shrink(plans, &specs, 0, all.fill());
                // Rows of another reader's may be longer.
                if shrunk != Err(code::ENOSPC) {
                    return shrunk;
                }
            }
            image.replace(plans, &specs, 0, all.fill())
        })
    }

    /// The row of a device whose tables are what they were when they were preserved. As long as
    /// their entries are, they are the same tables; so nothing is walked, or allocated.
    ///
    /// # Errors
    ///
    /// `EBUSY` if they are not.
    fn sealed(&self, address: Address) -> Result<Device> {
        let user = self.device(address).ok().and_then(|place| self.devices.get(place));
        let user = user.ok_or(ENOENT)?;
        let row = user.row;
        let start = Start::of(address)?;
        let same = (start.unit, start.root) == (row.unit.0, row.root.0)
            && user.tables.iter().all(|at| {
                let table = self.table(*at).ok().and_then(|place| self.tables.get(place));
                table.is_some_and(|table| table.is_sealed(&row))
            });
        if same {
            Ok(row)
        } else {
            Err(EBUSY)
        }
    }

    /// Whether the next kernel takes the rows of tables and entries. They are those of all devices, and
    /// the file of the first is frozen whenever another is: so they are held against it once.
    ///
    /// # Errors
    ///
    /// As for [`next::takes`].
    fn takes(&self, address: Address) -> Result {
        if self.device(address) != Ok(0) {
            return Ok(());
        }
        let all = All { devices: &self.devices, tables: &self.tables };
        next::takes_each(all.table_rows())?;
        next::takes_each(all.entry_rows())
    }
}

impl Preserved {
    /// Whether the table is what it was; of a table that others use, too, what a device uses.
    fn is_sealed(&self, row: &Device) -> bool {
        let (page, device) = (self.kept.page(), Address::of(row));
        match self.level {
            ROOT => page.word(vtd::of_bus(device)[0]) == Some(row.root_entry),
            CONTEXT => {
                vtd::of_device(device).map(|index| page.word(index)) == row.context_entry.map(Some)
            }
            _ => {
                let mut entries = self.entries.iter().peekable();
                (0..vtd::WORDS).all(|index| {
                    let entry = entries.next_if(|(at, _)| usize::from(*at) == index);
                    let expected = entry.map_or(0, |(_, value)| *value);
                    page.word(index).map(vtd::sealed) == Some(expected)
                })
            }
        }
    }
}

impl Flb for Tables {
    const COMPATIBLE: &'static CStr = c"iommu-device";

    type Outgoing = Outlet;

    type Incoming = Left;

    fn preserve() -> Result<Outlet> {
        let none = All { devices: &[], tables: &[] };
        let specs = none.specs(&Readers::UNKNOWN);
        let image = Outgoing::rooted(Readers::UNKNOWN.plans(), &specs, 0, none.fill())?;
        Ok(Outlet { devices: KVec::new(), tables: KVVec::new(), image })
    }

    fn handle(outlet: &Outlet) -> u64 {
        outlet.image.handle()
    }

    fn retrieve(state: Handle) -> Result<Left> {
        Left::retrieve(state)
    }

    fn finish(left: &Left) {
        left.finish();
    }
}

/// A device's part in what is handed over: dropping it takes that out.
pub(crate) struct Part(Address);

impl Part {
    /// Preserves the tables of a device.
    pub(crate) fn add(address: Address) -> Result<Self> {
        let live = Live::of(address)?;
        TABLES.outgoing(|outlet| outlet.add(live))?;
        Ok(Self(address))
    }

    /// Looks at the tables again.
    ///
    /// # Errors
    ///
    /// `EBUSY` if they are not what they were when they were preserved.
    pub(crate) fn check(&self) -> Result<Device> {
        TABLES.outgoing(|outlet| outlet.sealed(self.0))
    }

    /// Whether the next kernel takes the rows of the tables, which the device may have in common with
    /// others.
    ///
    /// # Errors
    ///
    /// As for [`next::takes`].
    pub(crate) fn takes(&self) -> Result {
        TABLES.outgoing(|outlet| outlet.takes(self.0))
    }

    /// What the next kernel finds the device by.
    pub(crate) fn key(&self) -> u64 {
        self.0.key()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // The object is there for as long as a file is preserved that shares it.
        let _ = TABLES.outgoing(|outlet| {
            outlet.remove(self.0);
            Ok(())
        });
    }
}
