// SPDX-License-Identifier: GPL-2.0

//! What the files share: one image with a row for each device that is named.
//!
//! Rows come and go with files, in whatever order, and lie sorted by the devices' addresses. A file
//! hands over nothing but its device's address; in the next kernel that finds the row.

use kernel::error::code;
use kernel::prelude::*;
use kserial::{Record, Room, Spec, Steps};
use liveupdate::status::{self, Verdict};
use liveupdate::{image, next, Fill, Flb, Handle, Incoming, Outgoing, Reader, Share, Shared};

use crate::named::device::Address;
use crate::record::PciDevice;

/// The devices of all files.
static DEVICES: Shared<Devices> = Shared::new();

/// What files share.
pub(crate) static SHARED: [&dyn Share; 1] = [&DEVICES];

/// The configuration of devices, by address.
pub(crate) struct Devices;

/// The rows for the next kernel, and the image that holds them.
pub(crate) struct Rows {
    rows: KVec<PciDevice>,
    image: Outgoing,
}

impl Rows {
    fn place(&self, address: Address) -> core::result::Result<usize, usize> {
        self.rows.binary_search_by_key(&address, PciDevice::address)
    }

    /// Adds a device's row.
    ///
    /// # Errors
    ///
    /// `EBUSY` if a file names the device already, `ENOMEM`.
    fn add(&mut self, row: PciDevice) -> Result {
        let Err(place) = self.place(row.address()) else { return Err(EBUSY) };
        self.rows.push(row, GFP_KERNEL)?;
        self.rows.get_mut(place..).unwrap_or_default().rotate_right(1);
        self.write(Place::New).inspect_err(|_| drop(self.rows.remove(place)))
    }

    /// Writes a device's row again, in place.
    fn settle(&mut self, row: PciDevice) -> Result {
        let place = self.place(row.address()).map_err(|_| ENOENT)?;
        *self.rows.get_mut(place).ok_or(ENOENT)? = row;
        let mut steps = <PciDevice as Record>::Steps::empty();
        self.image.rewrite(&self.rows, &mut steps)
    }

    fn remove(&mut self, address: Address) {
        let Ok(place) = self.place(address) else { return };
        drop(self.rows.remove(place));
        if self.write(Place::Same).is_err() {
            pr_err!("{} stays in the image\n", format_args!("{address}"));
        }
    }

    /// Makes the image anew.
    fn write(&mut self, place: Place) -> Result {
        let Self { rows, image } = self;
        next::with_notes(|notes| {
            let mut steps = <PciDevice as Record>::Steps::empty();
            let reader = notes.reader(rows.iter().copied(), &mut steps);
            let (plans, tables) = ([reader.plan()], [spec(&reader, rows)]);
            if let Place::Same = place {
                let shrunk = image.shrink(plans, &tables, 0, fill(rows));
                // Rows of another reader's may be longer.
                if shrunk != Err(code::ENOSPC) {
                    return shrunk;
                }
            }
            image.replace(plans, &tables, 0, fill(rows))
        })
    }
}

/// Where an image is made anew.
enum Place {
    /// In new memory: if that fails, it is what it was.
    New,
    /// Where it lies, if there is room: rows can be taken out when there is no memory.
    Same,
}

fn spec<'a>(reader: &Reader<'a>, rows: &[PciDevice]) -> Spec<'a> {
    reader.spec::<PciDevice>(rows.len()).late().sorted()
}

fn fill(rows: &[PciDevice]) -> impl Fill<1> + '_ {
    move |writer, [plan]| {
        if rows.is_empty() {
            return Ok(());
        }
        let mut devices = next::open::<PciDevice>(writer, plan)?;
        for row in rows {
            devices.push(row)?;
        }
        devices.finish(writer)
    }
}

impl Flb for Devices {
    const COMPATIBLE: &'static CStr = c"pci-device";

    type Outgoing = Rows;

    type Incoming = KVec<PciDevice>;

    fn preserve() -> Result<Rows> {
        let none = [spec(&Reader::UNKNOWN, &[])];
        Ok(Rows { rows: KVec::new(), image: Outgoing::rooted([None], &none, 0, fill(&[]))? })
    }

    fn handle(rows: &Rows) -> u64 {
        rows.image.handle()
    }

    fn retrieve(state: Handle) -> Result<KVec<PciDevice>> {
        Incoming::restore(state)?.read(|image| {
            let mut room = Room::empty();
            let table = image::table::<PciDevice>(image, &mut room)?;
            let mut rows = KVec::with_capacity(table.len(), GFP_KERNEL)?;
            for row in table.iter() {
                rows.push(row, GFP_KERNEL)?;
            }
            Ok(rows)
        })
    }

    fn finish(rows: &KVec<PciDevice>) {
        let record = PciDevice::SHAPE.record();
        status::note(record, Verdict::Released, format_args!("{} devices", rows.len()));
    }
}

/// A file's row among those for the next kernel: dropping it takes the row out.
pub(crate) struct Row(Address);

impl Row {
    /// Adds a row.
    pub(crate) fn add(row: PciDevice) -> Result<Self> {
        let address = row.address();
        DEVICES.outgoing(|rows| rows.add(row))?;
        Ok(Self(address))
    }

    /// Writes the row as it is now.
    ///
    /// # Errors
    ///
    /// `EINVAL` for the row of another device.
    pub(crate) fn settle(&mut self, row: PciDevice) -> Result {
        if row.address() != self.0 {
            return Err(EINVAL);
        }
        DEVICES.outgoing(|rows| rows.settle(row))
    }

    /// What the next kernel finds the row by.
    pub(crate) fn key(&self) -> u64 {
        self.0.key()
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        // The object is there for as long as a file is preserved that shares it.
        let _ = DEVICES.outgoing(|rows| {
            rows.remove(self.0);
            Ok(())
        });
    }
}

/// The row that the previous kernel left for a device.
///
/// # Errors
///
/// `ENOENT` if there is none, and why the rows were refused.
pub(crate) fn left(key: u64) -> Result<PciDevice> {
    let address = Address::of_key(key).ok_or(code::EINVAL)?;
    DEVICES.incoming(|rows| {
        let row = rows.iter().find(|row| row.address() == address).ok_or(ENOENT)?;
        status::note(PciDevice::SHAPE.record(), Verdict::Read, format_args!("{address}"));
        Ok(row.clone())
    })
}
