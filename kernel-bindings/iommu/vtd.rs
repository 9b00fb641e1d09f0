// SPDX-License-Identifier: GPL-2.0

//! Tables of Intel VT-d in legacy mode, as hardware reads them.
//!
//! ```text
//! root table ── by bus ──▶ context table ── by device ──▶ level 3 ──▶ level 2 ──▶ level 1 ──▶ page
//! ```
//!
//! All of them are pages of 512 words. An entry of the root and of a context table has two words.
//! Levels count from 1, whose entries map pages of 4 KiB; 2 and 3 may map larger ones.
//!
//! Numbers are those of the specification: Intel Virtualization Technology for Directed I/O, 9.1
//! (root entry), 9.3 (context entry), 9.10 (second-stage paging entries), 11.4.5 (root table address).

use kernel::bindings;
use kernel::error::to_result;
use kernel::ffi::c_int;
use kernel::prelude::*;
use liveupdate::not_supported;

use crate::named::device::{Address, Found};

mod c {
    use super::{bindings, c_int};

    #[repr(C)]
    #[derive(Default)]
    pub(super) struct Vtd {
        pub(super) unit: u64,
        pub(super) root: u64,
        pub(super) bus: u8,
        pub(super) devfn: u8,
    }

    #[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
    extern "C" {
        pub(super) fn kserial_vtd_of(device: *mut bindings::pci_dev, out: *mut Vtd) -> c_int;
    }
}

/// Words of a table.
pub(crate) const WORDS: usize = 512;

/// Levels that there may be: as many as a context entry can say.
pub(crate) const LEVELS: core::ops::RangeInclusive<u8> = 2..=5;

const PRESENT: u64 = 1;
const READ: u64 = 1 << 0;
const WRITE: u64 = 1 << 1;
const LARGE: u64 = 1 << 7;
/// Accessed and dirty: hardware writes them when it likes.
const BY_HARDWARE: u64 = 1 << 8 | 1 << 9;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Where the walk for a device begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The unit's registers.
    pub(crate) unit: u64,
    /// The root table.
    pub(crate) root: u64,
}

impl Start {
    /// Asks the device's unit.
    ///
    /// # Errors
    ///
    /// `ENODEV` if no unit translates for the device; `EOPNOTSUPP` if it is in another mode, or
    /// knows the device by another address.
    pub(crate) fn of(address: Address) -> Result<Self> {
        let device = Found::at(address)?;
        let mut vtd = c::Vtd::default();
        // SAFETY: The device is there, and `vtd` can be written.
        to_result(unsafe { c::kserial_vtd_of(device.as_ptr(), &mut vtd) })?;
        let legacy = vtd.root & !ADDRESS == 0;
        if !legacy || (vtd.bus, vtd.devfn) != (address.bus, address.devfn) {
            return Err(not_supported());
        }
        Ok(Self { unit: vtd.unit, root: vtd.root })
    }
}

/// Where the words of a bus's entry in the root table are.
pub(crate) fn of_bus(address: Address) -> [usize; 2] {
    [usize::from(address.bus) * 2, usize::from(address.bus) * 2 + 1]
}

/// Where the words of a device's entry in the context table are.
pub(crate) fn of_device(address: Address) -> [usize; 2] {
    [usize::from(address.devfn) * 2, usize::from(address.devfn) * 2 + 1]
}

/// The context table that an entry of the root table leads to.
pub(crate) fn context(root_entry: u64) -> Option<u64> {
    (root_entry & PRESENT != 0).then_some(root_entry & ADDRESS)
}

/// The first table of translation that an entry of a context table leads to, and its level.
///
/// # Errors
///
/// `ENXIO` if there is none; `EOPNOTSUPP` for a device that is let through, and for levels that
/// there are not.
pub(crate) fn top([low, high]: [u64; 2]) -> Result<(u64, u8)> {
    if low & PRESENT == 0 {
        return Err(ENXIO);
    }
    let (kind, width) = (low >> 2 & 3, high & 7);
    let level = (width as u8).saturating_add(2);
    if kind > 1 || !LEVELS.contains(&level) {
        return Err(not_supported());
    }
    Ok((low & ADDRESS, level))
}

/// An entry without what hardware writes.
pub(crate) fn sealed(word: u64) -> u64 {
    word & !BY_HARDWARE
}

/// What an entry of translation says.
pub(crate) enum Entry {
    Empty,
    /// The table of the next lower level.
    Table(u64),
    /// A page, of so many bytes, and whether it may be read and written.
    Page {
        at: u64,
        len: u64,
        read: bool,
        write: bool,
    },
}

impl Entry {
    pub(crate) fn read(word: u64, level: u8) -> Self {
        let (at, shift) = (word & ADDRESS, shift(level));
        if word & (READ | WRITE) == 0 {
            Self::Empty
        } else if level == 1 || (level <= 3 && word & LARGE != 0) {
            let len = 1 << shift;
            let at = at & !(len - 1);
            Self::Page { at, len, read: word & READ != 0, write: word & WRITE != 0 }
        } else {
            Self::Table(at)
        }
    }
}

/// How far an index of a level is shifted in an address.
pub(crate) fn shift(level: u8) -> u32 {
    12 + 9 * u32::from(level).saturating_sub(1)
}
