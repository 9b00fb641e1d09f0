// SPDX-License-Identifier: GPL-2.0

//! The handler: which files it preserves, and how.

use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use kserial::Record;
use liveupdate::status::{self, Verdict};
use liveupdate::{next, FileHandler, Handle, Share};

use crate::left::Show;
use crate::named::device::Address;
use crate::named::file;
use crate::record::{Device, IommuFile};
use crate::tables::{Part, SHARED, TABLES};

/// Files of `/dev/kserial-iommu` that name a device.
pub(crate) struct Translation;

impl FileHandler for Translation {
    const COMPATIBLE: &'static CStr = c"kserial-iommu";

    type Preserved = Part;

    fn shares() -> &'static [&'static dyn Share] {
        &SHARED
    }

    fn can_preserve(file: &File) -> bool {
        file::inner(file).is_some()
    }

    fn preserve(file: &File) -> Result<Part> {
        let (device, ()) = file::inner(file).ok_or(EBADF)?.device()?;
        Part::add(device)
    }

    fn freeze(part: &mut Part, _file: &File) -> Result {
        let row = part.check().inspect_err(|_| {
            let why = format_args!("a device's tables are not what they were when preserved");
            status::note(Device::SHAPE.record(), Verdict::Aborted, why);
        })?;
        next::takes(&[row])?;
        next::takes(&[IommuFile { address: part.key() }])?;
        part.takes()
    }

    fn handle(part: &Part) -> u64 {
        part.key()
    }

    fn retrieve(key: Handle) -> Result<ARef<File>> {
        let device = Address::of_key(key.into_key()).ok_or(EINVAL)?;
        let mappings = TABLES.incoming(|left| left.mappings_of(device))?;
        file::retrieved(Show { device, mappings })
    }

    fn abandon(key: Handle) {
        // What was left of the device goes with the object.
        let _ = key.into_key();
    }
}
