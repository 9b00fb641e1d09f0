// SPDX-License-Identifier: GPL-2.0

//! The image of one device: a row of `pci-device`.

use kernel::prelude::*;
use kserial::{Record, Spec, Steps};
use liveupdate::status::{self, Verdict};
use liveupdate::{image, Handle, Incoming, Outgoing};

use crate::record::PciDevice;

/// Preserves the row.
pub(crate) fn preserve(row: &PciDevice) -> Result<Outgoing> {
    Outgoing::new(&[Spec::of::<PciDevice>(1)], 0, |writer| {
        let mut devices = writer.table::<PciDevice>()?;
        devices.push(row)?;
        devices.finish(writer)
    })
}

/// The row that the previous kernel preserved, in this one's shape.
///
/// # Errors
///
/// What restoring and reading the image gives; `EOPNOTSUPP` if this kernel must not take the row;
/// `EINVAL` if there is not one row.
pub(crate) fn restore(handle: Handle) -> Result<PciDevice> {
    Incoming::restore(handle)?.read(|image| {
        let mut steps = <PciDevice as Record>::Steps::empty();
        let devices = image::table::<PciDevice>(image, &mut steps)?;
        let row = devices.get(0).filter(|_| devices.len() == 1).ok_or(EINVAL)?;
        let record = PciDevice::SHAPE.record();
        status::note(record, Verdict::Read, format_args!("{}", row.address()));
        Ok(row)
    })
}
