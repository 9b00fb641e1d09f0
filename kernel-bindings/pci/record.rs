// SPDX-License-Identifier: GPL-2.0

//! The record `pci-device`, in two generations.
//!
//! The second differs from the first in every way that a record may change: a member inserted, one
//! removed, one widened, the order changed, and a member added that an older kernel must not miss.

use core::fmt;

use kernel::prelude::*;
use kserial::KSerial;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::config::{Address, Found};

/// A device's configuration as it crosses a live update.
#[cfg(generation = "1")]
#[derive(KSerial, Clone, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "pci-device", carrier = "file", note)]
#[repr(C)]
pub(crate) struct PciDevice {
    #[kserial(id = 1, range = 0..=0xffff)]
    segment: u16,
    #[kserial(id = 2)]
    bus: u8,
    #[kserial(id = 3)]
    devfn: u8,
    #[kserial(id = 4)]
    command: u16,
    #[kserial(id = 5, default = 0)]
    status: u16,
    #[kserial(id = 6)]
    id: u32,
    #[kserial(id = 7)]
    bars: [u32; 6],
    #[kserial(id = 8)]
    cache_line: u8,
    #[kserial(id = 9, default = 0)]
    latency: u8,
    #[kserial(pad)]
    _pad: [u8; 2],
}

/// A device's configuration as it crosses a live update.
#[cfg(generation = "2")]
#[derive(KSerial, Clone, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "pci-device", retired(5 = "status"), carrier = "file", note)]
#[repr(C)]
pub(crate) struct PciDevice {
    #[kserial(id = 7)]
    bars: [u32; 6],
    #[kserial(id = 1, range = 0..=0xffff)]
    segment: u32,
    #[kserial(id = 6)]
    id: u32,
    #[kserial(id = 4)]
    command: u16,
    #[kserial(id = 2)]
    bus: u8,
    #[kserial(id = 3)]
    devfn: u8,
    #[kserial(id = 10, default = 0)]
    class: u32,
    #[kserial(id = 9, default = 0)]
    latency: u8,
    #[kserial(id = 8)]
    cache_line: u8,
    /// What a driver must know of the device to drive it at all.
    #[kserial(id = 11, default = 0, critical)]
    quirks: u16,
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
        // What a wider segment of another kernel's may not exceed is the record's `range`.
        Address { segment: self.segment as u16, bus: self.bus, devfn: self.devfn }
    }

    /// Reads the device's configuration.
    #[allow(clippy::needless_update, reason = "only the first generation has reserved bytes")]
    #[cfg_attr(generation = "1", allow(unused_variables, reason = "it has no quirks"))]
    pub(crate) fn of(address: Address, quirks: u16) -> Result<Self> {
        let device = Found::at(address)?;
        let status = device.read(0x04)?;
        let shape = device.read(0x0c)?;
        let mut bars = [0; 6];
        for (bar, offset) in bars.iter_mut().zip((0x10..).step_by(4)) {
            *bar = device.read(offset)?;
        }
        Ok(Self {
            segment: address.segment.into(),
            bus: address.bus,
            devfn: address.devfn,
            command: (status & 0xffff) as u16,
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

/// A row as a file shows it.
pub(crate) struct Show(pub(crate) PciDevice);

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = &self.0;
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
        Ok(())
    }
}
