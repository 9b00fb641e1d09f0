// SPDX-License-Identifier: GPL-2.0

//! Files that name a device, of a misc device: what the modules that use them have in common.
//!
//! Userspace opens `/dev/kserial-NAME` and writes a PCI address into the file, once. A file that
//! was retrieved shows what the previous kernel left of the device.

use core::fmt::Display;

use kernel::prelude::*;

pub(crate) mod device;
pub(crate) mod file;

use device::Address;

/// What the files of a module are; its `Files` is one.
pub(crate) trait Kind {
    /// What userspace says of a device, if anything.
    type More: Copy + Default + Send;

    /// What the previous kernel left of a device.
    type Left: Display + Send;

    /// Reads it from the word behind the address.
    fn more(word: &str) -> Option<Self::More>;

    /// Userspace writes a word to a file that was retrieved.
    ///
    /// # Errors
    ///
    /// `EBUSY` where such files take none.
    fn told(_left: &Self::Left, _word: &[u8]) -> Result {
        Err(EBUSY)
    }

    /// The device that something was left of.
    fn device(left: &Self::Left) -> (Address, Self::More);
}
