// SPDX-License-Identifier: GPL-2.0

//! Bus mastering: noted with the device's row, and given back when somebody owns its translation.
//!
//! A device that masters the bus before that reaches memory through whatever translation the boot left
//! it. So one that nobody drives is kept from it when its row is retrieved. It gets it back
//!
//! - when a driver is bound to it, whose domain is attached by then; or by that driver itself, which is the
//!   only way where nothing translates;
//! - where a driver leaves DMA to others (vfio-pci), when the process that claimed the device has
//!   attached a domain, and writes `master` to the retrieved file: no driver tells when that is.
//!
//! What is not asked for until the retrieved file is closed is forgotten. A device that is preserved while
//! it is withheld is handed on as one that has it: as often as there is an update before anybody drives it.

use core::fmt;

use kernel::bindings;
use kernel::error::to_result;
use kernel::ffi::c_int;
use kernel::prelude::*;
use kernel::sync::global_lock;

use crate::named::device::{Address, Found};

mod c {
    use super::{bindings, c_int};

    #[allow(improper_ctypes, reason = "only pointers to the kernel's types pass")]
    extern "C" {
        pub(super) fn kserial_master_register() -> c_int;
        pub(super) fn kserial_master_unregister();
        pub(super) fn kserial_master_withhold(device: *mut bindings::pci_dev) -> bool;
        pub(super) fn kserial_master_give(device: *mut bindings::pci_dev) -> bool;
    }
}

/// The command register's bit.
pub(crate) const MASTER: u16 = 1 << 2;

global_lock! {
    // SAFETY: `Watch::new` runs before anything is retrieved, and once.
    unsafe(uninit) static WITHHELD: Mutex<KVec<Address>> = KVec::new();
}

/// Watching drivers be bound to devices, for as long as this exists.
pub(crate) struct Watch(());

impl Watch {
    /// # Safety
    ///
    /// To be called once, before anything is retrieved.
    pub(crate) unsafe fn new() -> Result<Self> {
        // SAFETY: By the requirement of this function.
        unsafe { WITHHELD.init() };
        // SAFETY: It is unregistered by dropping this.
        to_result(unsafe { c::kserial_master_register() })?;
        Ok(Self(()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: It is registered while this exists.
        unsafe { c::kserial_master_unregister() };
    }
}

/// What came of the bus mastering of a device whose row was retrieved.
pub(crate) enum Mastering {
    /// It had none before the update.
    Off,
    /// It had; until this is dropped, it may get it back.
    Noted(Address),
}

impl Mastering {
    /// Notes that a device had it, and keeps it from a device that nobody drives.
    pub(crate) fn noted(address: Address, command: u16) -> Result<Self> {
        if command & MASTER == 0 {
            return Ok(Self::Off);
        }
        let device = Found::at(address)?;
        WITHHELD.lock().push(address, GFP_KERNEL)?;
        let noted = Self::Noted(address);
        // SAFETY: The device is there.
        if !unsafe { c::kserial_master_withhold(device.as_ptr()) } {
            // A driver was faster; if it has no domain yet, that is no error.
            let _ = noted.give();
        }
        Ok(noted)
    }

    /// Gives it back.
    ///
    /// # Errors
    ///
    /// `EINVAL` if the device had none; `EAGAIN` as long as nobody owns the device's translation.
    pub(crate) fn give(&self) -> Result {
        let Self::Noted(address) = self else { return Err(EINVAL) };
        let device = Found::at(*address)?;
        // Not under the list's lock: binding takes that with the device's lock held.
        // SAFETY: The device is there.
        if !unsafe { c::kserial_master_give(device.as_ptr()) } {
            return Err(EAGAIN);
        }
        given(*address);
        Ok(())
    }
}

impl Drop for Mastering {
    fn drop(&mut self) {
        if let Self::Noted(address) = self {
            given(*address);
        }
    }
}

impl fmt::Display for Mastering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Noted(address) if is_withheld(*address) => "withheld",
            Self::Noted(_) => "given back",
        })
    }
}

/// Whether the device had it, and has not got it back.
pub(crate) fn is_withheld(address: Address) -> bool {
    WITHHELD.lock().contains(&address)
}

fn given(address: Address) {
    WITHHELD.lock().retain(|withheld| *withheld != address);
}

#[no_mangle]
extern "C" fn kserial_master_is_withheld(segment: u32, bus: u8, devfn: u8) -> bool {
    is_withheld(Address { segment, bus, devfn })
}

#[no_mangle]
extern "C" fn kserial_master_given(segment: u32, bus: u8, devfn: u8) {
    given(Address { segment, bus, devfn });
}
