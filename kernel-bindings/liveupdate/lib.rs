// SPDX-License-Identifier: GPL-2.0

//! Kexec Handover and the Live Update Orchestrator, for Rust.
//!
//! Live update replaces the kernel under running workloads. What survives is memory that the old
//! kernel *preserved*, and the *files* that userspace preserved in sessions. This crate wraps the
//! two so that their traps cannot be written down:
//!
//! - [`kho`]: memory for the next kernel ([`Preserved`]) and from the previous one
//!   ([`Restored`]). Bytes of an earlier kernel are reached only by restoring their memory, which
//!   happens once: a handle is used up by it.
//! - [`kept`]: pages of someone else's, preserved where they lie.
//! - [`image`]: KSerial images in such memory.
//! - [`next`]: what the next kernel declares, and whether it takes what is handed over.
//! - [`status`]: what happened, for userspace.
//! - `c`: the same for users in C, whose layouts are tables of members.
//! - [`file`]: handlers of preserved files. The registration follows the life of the module; a
//!   preserved file's state is a value that the handler owns from preserve to unpreserve.
//! - [`flb`]: state that several files share.
//! - [`subtree`]: images that the next kernel finds by name; `lineage` is one.
//!
//! C headers: [`include/linux/kexec_handover.h`](srctree/include/linux/kexec_handover.h),
//! [`include/linux/liveupdate.h`](srctree/include/linux/liveupdate.h)

use kernel::bindings;
use kernel::error::Error;

mod c;
pub mod file;
pub mod flb;
pub mod image;
pub mod kept;
pub mod kho;
mod lineage;
pub mod next;
mod shim;
pub mod status;
pub mod subtree;
mod sysfs;

pub use file::{FileHandler, Registration};
pub use flb::{Flb, Share, Shared};
pub use image::{Fill, Incoming, Outgoing};
pub use kept::{Held, Kept};
pub use kho::{Handle, Preserved, Restored};
pub use next::{Notes, Reader};
pub use shim::crc32;
pub use subtree::Subtree;

/// What `pr_err!` and its like begin with.
const __LOG_PREFIX: &[u8] = b"liveupdate\0";

/// What upstream's handlers return for state that they know and cannot take: `EOPNOTSUPP`.
///
/// (`kernel::error::code` has it since 7.3.)
pub fn not_supported() -> Error {
    Error::from_errno(-(bindings::EOPNOTSUPP as i32))
}
