// SPDX-License-Identifier: GPL-2.0

//! PCI configuration across a live update.
//!
//! Userspace opens `/dev/kserial-pci`, writes a device's address into the file and preserves it.
//! The next kernel's file shows the configuration as the previous kernel left it, whatever shape
//! that kernel's record had.
//!
//! It is a configuration record, not live DMA: nothing is written to the device but the bit that lets
//! it [master the bus](master).

mod devices;
mod handler;
mod master;
#[path = "../named/mod.rs"]
mod named;
mod record;

use kernel::prelude::*;
use liveupdate::Registration;

use handler::PciConfig;
use master::Watch;
use named::device::Address;
use named::file::Device;
use named::Kind;
use record::{PciDevice, Show};

module! {
    type: Module,
    name: "kserial_pci",
    authors: ["The KSerial developers"],
    description: "PCI configuration across a live update",
    license: "GPL",
}

// Fields are dropped in this order: first nobody can preserve, then nobody can open.
#[pin_data]
struct Module {
    #[pin]
    _handler: Registration<PciConfig>,
    _device: Device,
    _watch: Watch,
}

impl kernel::InPlaceModule for Module {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            // SAFETY: This is called once, and the handler is not registered yet.
            _watch: unsafe { Watch::new() }?,
            _handler <- Registration::new(module),
            _device: Device::register()?,
        })
    }
}

/// Files of `/dev/kserial-pci`.
struct Files;

impl Kind for Files {
    /// Quirks.
    type More = u16;

    type Left = Show;

    fn more(word: &str) -> Option<u16> {
        let quirks = u16::from_str_radix(word.strip_prefix("quirks=0x")?, 16).ok();
        quirks.filter(|_| PciDevice::HAS_QUIRKS)
    }

    fn device(left: &Show) -> (Address, u16) {
        (left.row.address(), left.row.quirks())
    }

    fn told(left: &Show, word: &[u8]) -> Result {
        if word.trim_ascii() != b"master" {
            return Err(EINVAL);
        }
        left.mastering.give()
    }
}
