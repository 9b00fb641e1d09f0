// SPDX-License-Identifier: GPL-2.0

//! A row with its layout, in preserved memory.

use kernel::prelude::*;
use kserial::{Layout, Plan, Record, Steps};
use liveupdate::{Handle, Preserved};
use zerocopy::IntoBytes;

use crate::record::PciDevice;

pub(crate) fn preserve(row: &PciDevice) -> Result<Preserved> {
    let shape = PciDevice::SHAPE;
    let mut memory = Preserved::new(shape.encoded_len() + row.as_bytes().len())?;
    let mut rest = &mut memory[..];
    for piece in [shape.head().as_bytes(), shape.cells().as_bytes(), row.as_bytes()] {
        let (place, after) = rest.split_at_mut_checked(piece.len()).ok_or(ENOSPC)?;
        place.copy_from_slice(piece);
        rest = after;
    }
    Ok(memory)
}

pub(crate) fn restore(handle: Handle) -> Result<PciDevice> {
    let memory = handle.restore()?;
    let (layout, rows) = Layout::read(&memory).map_err(|error| {
        pr_err!("pci-device: {}\n", core::format_args!("{error}"));
        EINVAL
    })?;
    let mut steps = <PciDevice as Record>::Steps::empty();
    let plan = Plan::reading::<PciDevice>(layout, &mut steps).map_err(|why| {
        pr_err!("pci-device: {}\n", core::format_args!("{why}"));
        liveupdate::not_supported()
    })?;
    let rows = rows.get(..layout.row() as usize).ok_or(EINVAL)?;
    if let Some(unmet) = plan.refused(rows) {
        pr_err!("pci-device: refused: {}\n", core::format_args!("{:?}", unmet.check));
        return Err(liveupdate::not_supported());
    }
    for unmet in plan.losses(rows) {
        pr_warn!("pci-device: lost: {}\n", core::format_args!("{:?}", unmet.check));
    }
    let mut row = PciDevice::default();
    plan.convert(rows, row.as_mut_bytes());
    Ok(row)
}
