//! Checksums: the host's, and the two that a kernel may compute.
//!
//! Where a kernel may use the vector registers (a process context, not an interrupt within one that
//! uses them itself), `crc32_le` folds with carry-less multiplication, as `crc32fast` does on a host;
//! each call saves and restores the registers besides. Where it may not, it goes byte by byte
//! through a table of 256 entries.

use std::cell::Cell;

use crc::{Crc, Table, CRC_32_ISO_HDLC};
use kserial::Sum;

static TABLE: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

thread_local! {
    static SUM: Cell<Sum> = const { Cell::new(crc32fast::hash) };
}

/// What images are summed with on this thread.
pub(super) fn sum() -> Sum {
    SUM.get()
}

/// Byte by byte, as a kernel does without its vector registers.
pub fn byte_by_byte(bytes: &[u8]) -> u32 {
    TABLE.checksum(bytes)
}

/// Does `work` with images summed by `sum`.
pub fn summing<R>(sum: Sum, work: impl FnOnce() -> R) -> R {
    let before = SUM.replace(sum);
    let result = work();
    SUM.set(before);
    result
}
