// SPDX-License-Identifier: GPL-2.0

//! The record `pci-device`, in two generations.
//!
//! The second differs from the first in every way that a record may change: a member inserted, one
//! removed, one widened, the order changed, and a member added that an older kernel must not miss.

use core::fmt;

use kernel::prelude::*;
use kserial::cell::Cell;
use kserial::declare::{self, Declared, Piece};
use kserial::{cell, Layout, Path, Record, Step};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::config::{Address, Found};

/// A device's configuration as it crosses a live update.
#[cfg(generation = "1")]
#[derive(Clone, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct PciDevice {
    pub(crate) segment: u16,
    pub(crate) bus: u8,
    pub(crate) devfn: u8,
    pub(crate) command: u16,
    pub(crate) status: u16,
    pub(crate) id: u32,
    pub(crate) bars: [u32; 6],
    pub(crate) cache_line: u8,
    pub(crate) latency: u8,
    pub(crate) reserved: [u8; 2],
}

#[cfg(generation = "1")]
const PIECES: &[Piece<'static>] = {
    use core::mem::offset_of;
    &[
        Piece::Member(Declared::of::<u16>(Path::of(1), "segment", offset_of!(PciDevice, segment))),
        Piece::Member(Declared::of::<u8>(Path::of(2), "bus", offset_of!(PciDevice, bus))),
        Piece::Member(Declared::of::<u8>(Path::of(3), "devfn", offset_of!(PciDevice, devfn))),
        Piece::Member(Declared::of::<u16>(Path::of(4), "command", offset_of!(PciDevice, command))),
        Piece::Member(Declared {
            flags: cell::MEMBER_DEFAULT,
            ..Declared::of::<u16>(Path::of(5), "status", offset_of!(PciDevice, status))
        }),
        Piece::Member(Declared::of::<u32>(Path::of(6), "id", offset_of!(PciDevice, id))),
        Piece::Member(Declared::of::<[u32; 6]>(Path::of(7), "bars", offset_of!(PciDevice, bars))),
        Piece::Member(Declared::of::<u8>(
            Path::of(8),
            "cache_line",
            offset_of!(PciDevice, cache_line),
        )),
        Piece::Member(Declared {
            flags: cell::MEMBER_DEFAULT,
            ..Declared::of::<u8>(Path::of(9), "latency", offset_of!(PciDevice, latency))
        }),
    ]
};

/// A device's configuration as it crosses a live update.
#[cfg(generation = "2")]
#[derive(Clone, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct PciDevice {
    pub(crate) bars: [u32; 6],
    pub(crate) segment: u32,
    pub(crate) id: u32,
    pub(crate) command: u16,
    pub(crate) bus: u8,
    pub(crate) devfn: u8,
    pub(crate) class: u32,
    pub(crate) latency: u8,
    pub(crate) cache_line: u8,
    pub(crate) quirks: u16,
}

#[cfg(generation = "2")]
const PIECES: &[Piece<'static>] = {
    use core::mem::offset_of;
    &[
        Piece::Member(Declared::of::<u32>(Path::of(1), "segment", offset_of!(PciDevice, segment))),
        Piece::Member(Declared::of::<u8>(Path::of(2), "bus", offset_of!(PciDevice, bus))),
        Piece::Member(Declared::of::<u8>(Path::of(3), "devfn", offset_of!(PciDevice, devfn))),
        Piece::Member(Declared::of::<u16>(Path::of(4), "command", offset_of!(PciDevice, command))),
        Piece::Retired { path: Path::of(5), name: "status" },
        Piece::Member(Declared::of::<u32>(Path::of(6), "id", offset_of!(PciDevice, id))),
        Piece::Member(Declared::of::<[u32; 6]>(Path::of(7), "bars", offset_of!(PciDevice, bars))),
        Piece::Member(Declared::of::<u8>(
            Path::of(8),
            "cache_line",
            offset_of!(PciDevice, cache_line),
        )),
        Piece::Member(Declared {
            flags: cell::MEMBER_DEFAULT,
            ..Declared::of::<u8>(Path::of(9), "latency", offset_of!(PciDevice, latency))
        }),
        Piece::Member(Declared {
            flags: cell::MEMBER_DEFAULT,
            ..Declared::of::<u32>(Path::of(10), "class", offset_of!(PciDevice, class))
        }),
        Piece::Member(Declared {
            flags: cell::MEMBER_DEFAULT | cell::MEMBER_CRITICAL,
            ..Declared::of::<u16>(Path::of(11), "quirks", offset_of!(PciDevice, quirks))
        }),
    ]
};

const CELLS: &[Cell] = &declare::cells::<{ declare::count(PIECES) }>("pci-device", PIECES);
const HEAD: &cell::HeadCell = &declare::head(
    "pci-device",
    core::mem::size_of::<PciDevice>(),
    core::mem::align_of::<PciDevice>(),
    0,
    CELLS.len(),
);

impl Record for PciDevice {
    const SHAPE: Layout<'static> = match Layout::new(HEAD, CELLS) {
        Ok(layout) => layout,
        Err(_) => panic!("no layout"),
    };
    const MASK: Option<&'static [u8]> =
        Some(&declare::mask::<{ core::mem::size_of::<PciDevice>() }>(Self::SHAPE));
    type Steps = [Step; declare::steps(Self::SHAPE)];
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
