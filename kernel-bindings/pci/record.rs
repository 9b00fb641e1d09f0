// SPDX-License-Identifier: GPL-2.0

//! The record `pci-device`, in the generation that this kernel has, and what files hand over.
//!
//! The generations are those of `schemas/`, where they are tested against each other.

use core::fmt;

use kernel::bindings;
use kernel::error::to_result;
use kernel::prelude::*;
use kserial::{note, KSerial};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::master::{self, Mastering};
use crate::named::device::{Address, Found};

#[cfg_attr(generation = "1", path = "../../schemas/src/pci_device/gen1.rs")]
#[cfg_attr(generation = "2", path = "../../schemas/src/pci_device/gen2.rs")]
#[allow(unreachable_pub, reason = "it is public where it is tested")]
mod shape;

pub(crate) use shape::PciDevice;

note!(PciDevice, Roles { writes: true, reads: true, requires: false }, Carrier::Flb);

/// What a file hands over: the device's address, which is the handle itself.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-pci", carrier = "file", note)]
#[repr(C)]
pub(crate) struct PciFile {
    #[kserial(id = 1)]
    pub(crate) address: u64,
}

impl PciDevice {
    /// Whether this shape of the record can hold quirks.
    pub(crate) const HAS_QUIRKS: bool = cfg!(generation = "2");

    /// The quirks, as far as this shape knows them.
    pub(crate) fn quirks(&self) -> u16 {
        #[cfg(generation = "2")]
        return self.quirks;
        #[cfg(generation = "1")]
        0
    }

    /// The device's address.
    pub(crate) fn address(&self) -> Address {
        Address { segment: self.segment.into(), bus: self.bus, devfn: self.devfn }
    }

    /// Reads the device's configuration.
    #[allow(clippy::needless_update, reason = "only the first generation has reserved bytes")]
    #[cfg_attr(generation = "1", allow(unused_variables, reason = "it has no quirks"))]
    pub(crate) fn of(address: Address, quirks: u16) -> Result<Self> {
        // What the device had before the last update it has still, as far as the next kernel goes. Who
        // gives it back sets the bit first, and then forgets.
        let withheld = if master::is_withheld(address) { master::MASTER } else { 0 };
        let device = Found::at(address)?;
        let status = device.read(0x04)?;
        let shape = device.read(0x0c)?;
        let mut bars = [0; 6];
        for (bar, offset) in bars.iter_mut().zip((0x10..).step_by(4)) {
            *bar = device.read(offset)?;
        }
        Ok(Self {
            segment: address.segment.try_into().map_err(|_| E2BIG)?,
            bus: address.bus,
            devfn: address.devfn,
            command: (status & 0xffff) as u16 | withheld,
            #[cfg(generation = "1")]
            status: (status >> 16) as u16,
            id: device.read(0x00)?,
            bars,
            #[cfg(generation = "2")]
            class: device.read(0x08)? >> 8,
            #[cfg(generation = "2")]
            quirks,
            cache_line: (shape & 0xff) as u8,
            latency: (shape >> 8 & 0xff) as u8,
            ..Self::default()
        })
    }
}

impl Found {
    /// Four bytes of the configuration space.
    ///
    /// # Errors
    ///
    /// Where the bus has none.
    fn read(&self, offset: u8) -> Result<u32> {
        let mut value = 0;
        // SAFETY: The device is there by the type invariant, and `value` can be written.
        to_result(unsafe {
            bindings::pci_read_config_dword(self.as_ptr(), offset.into(), &mut value)
        })?;
        Ok(value)
    }
}

/// What a file shows of its device.
pub(crate) struct Show {
    pub(crate) row: PciDevice,
    pub(crate) mastering: Mastering,
}

impl Show {
    /// A row that was retrieved just now.
    pub(crate) fn of(row: PciDevice) -> Result<Self> {
        let mastering = Mastering::noted(row.address(), row.command)?;
        Ok(Self { row, mastering })
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.row;
        writeln!(f, "address={}", row.address())?;
        writeln!(f, "id={:#010x}", row.id)?;
        writeln!(f, "command={:#06x}", row.command)?;
        #[cfg(generation = "1")]
        writeln!(f, "status={:#06x}", row.status)?;
        #[cfg(generation = "2")]
        writeln!(f, "class={:#08x}", row.class)?;
        #[cfg(generation = "2")]
        writeln!(f, "quirks={:#06x}", row.quirks)?;
        writeln!(f, "cache_line={:#04x}", row.cache_line)?;
        writeln!(f, "latency={:#04x}", row.latency)?;
        for (n, bar) in row.bars.iter().enumerate() {
            writeln!(f, "bar{n}={bar:#010x}")?;
        }
        writeln!(f, "bus_master={}", self.mastering)
    }
}
