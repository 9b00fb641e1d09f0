// SPDX-License-Identifier: GPL-2.0

//! Tables of an IOMMU across a live update.
//!
//! Userspace opens `/dev/kserial-iommu`, writes a device's address into the file and preserves it,
//! while a process holds the device's mappings (vfio, iommufd) and leaves them as they are. The
//! tables that hardware reads are preserved where they lie, and a copy is sealed beside them. The
//! next kernel holds every entry against the copy, and shows what the tables map:
//!
//! ```text
//! # cat /sys/kernel/debug/kserial-iommu/mappings
//! 0000:00:04.0 0x1000000000 0x3c4a000 0x2000 rw
//! ```
//!
//! It is a proof that they came across, not live DMA: no unit is given the tables.

mod handler;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "each kernel has one generation")]
#[path = "../../schemas/src/iommu_device/mod.rs"]
mod iommu_device;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "each kernel has one generation")]
#[path = "../../schemas/src/iommu_entry/mod.rs"]
mod iommu_entry;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "each kernel has one generation")]
#[path = "../../schemas/src/iommu_table/mod.rs"]
mod iommu_table;
mod left;
mod live;
#[path = "../named/mod.rs"]
mod named;
mod record;
mod rows;
mod tables;
mod vtd;

use kernel::debugfs;
use kernel::fmt;
use kernel::prelude::*;
use liveupdate::Registration;

use handler::Translation;
use left::Show;
use named::device::Address;
use named::file::Device;
use named::Kind;
use tables::TABLES;

module! {
    type: Module,
    name: "kserial_iommu",
    authors: ["The KSerial developers"],
    description: "Tables of an IOMMU across a live update",
    license: "GPL",
}

// Fields are dropped in this order: first nobody can preserve, then nobody can open.
#[pin_data]
struct Module {
    #[pin]
    _handler: Registration<Translation>,
    _device: Device,
    #[pin]
    _mappings: debugfs::File<()>,
    _folder: debugfs::Dir,
}

impl kernel::InPlaceModule for Module {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        let folder = debugfs::Dir::new(c"kserial-iommu");
        try_pin_init!(Self {
            _mappings <- folder.clone().read_callback_file(c"mappings", (), &mappings),
            _folder: folder,
            _handler <- Registration::new(module),
            _device: Device::register()?,
        })
    }
}

/// Writes what the previous kernel's tables map; nothing where there are none, not yet, or no more.
fn mappings(_: &(), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    TABLES.retrieved(|left| left.write(f).map_err(|_| ENOSPC)).or(Ok(()))
}

/// Files of `/dev/kserial-iommu`.
struct Files;

impl Kind for Files {
    type More = ();

    type Left = Show;

    fn more(_word: &str) -> Option<()> {
        None
    }

    fn device(left: &Show) -> (Address, ()) {
        (left.device, ())
    }
}
