// SPDX-License-Identifier: GPL-2.0

//! The handler: which files it preserves, and how.

use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use liveupdate::{next, FileHandler, Handle, Share};

use crate::devices::{self, Row, SHARED};
use crate::named::file;
use crate::record::{PciDevice, PciFile, Show};

/// Files of `/dev/kserial-pci` that name a device.
pub(crate) struct PciConfig;

impl FileHandler for PciConfig {
    const COMPATIBLE: &'static CStr = c"kserial-pci";

    type Preserved = Row;

    fn shares() -> &'static [&'static dyn Share] {
        &SHARED
    }

    fn can_preserve(file: &File) -> bool {
        file::inner(file).is_some()
    }

    fn preserve(file: &File) -> Result<Row> {
        Row::add(now(file)?)
    }

    fn freeze(row: &mut Row, file: &File) -> Result {
        let now = now(file)?;
        next::takes(core::slice::from_ref(&now))?;
        next::takes(&[PciFile { address: row.key() }])?;
        row.settle(now)
    }

    fn handle(row: &Row) -> u64 {
        row.key()
    }

    fn retrieve(key: Handle) -> Result<ARef<File>> {
        file::retrieved(Show::of(devices::left(key.into_key())?)?)
    }

    fn abandon(key: Handle) {
        // The row goes with the object.
        let _ = key.into_key();
    }
}

/// The configuration of the device that the file names, as it is now.
fn now(file: &File) -> Result<PciDevice> {
    let (address, quirks) = file::inner(file).ok_or(EBADF)?.device()?;
    PciDevice::of(address, quirks)
}
