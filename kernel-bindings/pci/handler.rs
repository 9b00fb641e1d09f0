// SPDX-License-Identifier: GPL-2.0

//! The handler: which files it preserves, and how.

use kernel::fs::File;
use kernel::prelude::*;
use kernel::sync::aref::ARef;
use liveupdate::{next, FileHandler, Handle, Outgoing};

use crate::file;
use crate::record::Show;
use crate::state;

/// Files of `/dev/kserial-pci` that name a device.
pub(crate) struct PciConfig;

impl FileHandler for PciConfig {
    const COMPATIBLE: &'static CStr = c"pci-device";

    type Preserved = Outgoing;

    fn can_preserve(file: &File) -> bool {
        file::inner(file).is_some()
    }

    fn preserve(file: &File) -> Result<Outgoing> {
        let inner = file::inner(file).ok_or(EBADF)?;
        state::preserve(&inner.read()?)
    }

    fn freeze(_preserved: &mut Outgoing, file: &File) -> Result {
        next::takes(&[file::inner(file).ok_or(EBADF)?.read()?])
    }

    fn handle(preserved: &Outgoing) -> u64 {
        preserved.handle()
    }

    fn retrieve(handle: Handle) -> Result<ARef<File>> {
        file::retrieved(Show(state::restore(handle)?))
    }
}
