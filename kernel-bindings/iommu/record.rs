// SPDX-License-Identifier: GPL-2.0

//! The records of translation, in the generation that this kernel has, and what files hand over.
//!
//! The generations are those of `schemas/`, where they are tested against each other.

use kernel::prelude::*;
use kserial::{note, KSerial, PhysAddr, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::named::device::Address;
use crate::vtd::Start;

#[cfg(generation = "1")]
pub(crate) use crate::{
    iommu_device::gen1::Device, iommu_entry::gen1::Entry, iommu_table::gen1::Table,
};
#[cfg(generation = "2")]
pub(crate) use crate::{
    iommu_device::gen2::Device, iommu_entry::gen2::Entry, iommu_table::gen2::Table,
};

note!(Device, Roles { writes: true, reads: true, requires: false }, Carrier::Flb);
note!(Table, Roles { writes: true, reads: true, requires: false }, Carrier::Rows);
note!(Entry, Roles { writes: true, reads: true, requires: false }, Carrier::Rows);

/// What a file hands over: the device's address, which is the handle itself.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-iommu", carrier = "file", note)]
#[repr(C)]
pub(crate) struct IommuFile {
    #[kserial(id = 1)]
    pub(crate) address: u64,
}

/// A [`Table::level`]: the root table.
pub(crate) const ROOT: u8 = 17;
/// A [`Table::level`]: a context table.
pub(crate) const CONTEXT: u8 = 16;

impl Address {
    /// The address of a device's row.
    pub(crate) fn of(row: &Device) -> Self {
        Self { segment: row.segment.into(), bus: row.bus, devfn: row.devfn }
    }
}

/// A device's row.
#[allow(clippy::needless_update, reason = "only one generation has a domain, or a format")]
pub(crate) fn device(
    address: Address,
    start: Start,
    root_entry: u64,
    context_entry: [u64; 2],
) -> Result<Device> {
    Ok(Device {
        segment: address.segment.try_into().map_err(|_| E2BIG)?,
        bus: address.bus,
        devfn: address.devfn,
        unit: PhysAddr(start.unit),
        root: PhysAddr(start.root),
        root_entry,
        context_entry,
        #[cfg(generation = "1")]
        domain: (context_entry[1] >> 8 & 0xffff) as u32,
        ..Device::default()
    })
}

/// A table's row.
#[cfg_attr(generation = "2", allow(unused_variables, reason = "it has no users"))]
#[allow(clippy::needless_update, reason = "only one generation has users, or an order")]
pub(crate) fn table(at: u64, level: u8, users: u32, entries: u64) -> Table {
    Table {
        at: PhysAddr(at),
        level: level.into(),
        entries: Rows::up_to(entries),
        #[cfg(generation = "1")]
        users,
        ..Table::default()
    }
}

/// An entry's row.
pub(crate) fn entry(index: u16, value: u64) -> Entry {
    Entry { index: index.into(), value, ..Entry::default() }
}
