// SPDX-License-Identifier: GPL-2.0

//! A device's address, and the device there.

use core::fmt;
use core::ptr::NonNull;

use kernel::bindings;
use kernel::ffi::c_int;
use kernel::prelude::*;

/// Segment, bus, device and function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) segment: u32,
    pub(crate) bus: u8,
    /// Device in the upper five bits, function in the lower three.
    pub(crate) devfn: u8,
}

impl Address {
    /// Reads `0000:00:03.0`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let (segment, bus) = (parts.next()?, parts.next()?);
        let (device, function) = parts.next()?.split_once('.')?;
        let device = u8::from_str_radix(device, 16).ok().filter(|device| *device < 32)?;
        let function = u8::from_str_radix(function, 8).ok().filter(|function| *function < 8)?;
        Some(Self {
            segment: u32::from_str_radix(segment, 16).ok()?,
            bus: u8::from_str_radix(bus, 16).ok()?,
            devfn: device << 3 | function,
        })
    }

    /// The address as one number, in the order of addresses.
    pub(crate) fn key(self) -> u64 {
        u64::from(self.segment) << 16 | u64::from(self.bus) << 8 | u64::from(self.devfn)
    }

    /// The address that a number stands for, if it does for one.
    pub(crate) fn of_key(key: u64) -> Option<Self> {
        let [devfn, bus, ..] = key.to_le_bytes();
        Some(Self { segment: u32::try_from(key >> 16).ok()?, bus, devfn })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (device, function) = (self.devfn >> 3, self.devfn & 7);
        write!(f, "{:04x}:{:02x}:{device:02x}.{function}", self.segment, self.bus)
    }
}

/// A device that is there.
///
/// # Invariants
///
/// Holds a reference to the device.
pub(crate) struct Found(NonNull<bindings::pci_dev>);

impl Found {
    /// Looks the device up.
    ///
    /// # Errors
    ///
    /// `ENODEV` if there is none at the address.
    pub(crate) fn at(address: Address) -> Result<Self> {
        // SAFETY: It takes any numbers, and returns a device with a reference, or NULL.
        let device = unsafe {
            bindings::pci_get_domain_bus_and_slot(
                address.segment as c_int,
                address.bus.into(),
                address.devfn.into(),
            )
        };
        // INVARIANT: The reference is ours.
        NonNull::new(device).map(Self).ok_or(ENODEV)
    }

    /// The device, for as long as this exists.
    pub(crate) fn as_ptr(&self) -> *mut bindings::pci_dev {
        self.0.as_ptr()
    }
}

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: By the type invariant.
        unsafe { bindings::pci_dev_put(self.0.as_ptr()) };
    }
}
