// SPDX-License-Identifier: GPL-2.0

//! What happened to state in this boot, for userspace: `/sys/kernel/kserial/status`.
//!
//! One line for each event, oldest first; documented in `README.md` as ABI:
//!
//! ```text
//! RECORD VERDICT DETAIL…
//! ```
//!
//! A verdict is one of `read`, `lost`, `refused`, `damaged`, `released`, `held` and `aborted`. The
//! file holds a page; what no longer fits is counted in a line `+N`. The last line counts the pages
//! that the previous kernel handed over and that nobody has taken, or may have: `memory held N pages`.

use core::fmt::{self, Write};

use kernel::prelude::*;
use kernel::sync::global_lock;

use crate::{kho, shim};

/// What came of state.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// It was read.
    Read,
    /// It was read, and something that this kernel cannot hold was left out.
    Lost,
    /// This kernel must not take it.
    Refused,
    /// Sums or rows are not right.
    Damaged,
    /// Its memory went back to the allocator.
    Released,
    /// Its memory stays held until a cold boot.
    Held,
    /// The next kernel would not take it: the kexec was called off.
    Aborted,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Lost => "lost",
            Self::Refused => "refused",
            Self::Damaged => "damaged",
            Self::Released => "released",
            Self::Held => "held",
            Self::Aborted => "aborted",
        }
    }
}

/// What fits into a page, with room for the last line.
const ROOM: usize = 4096 - 96;

struct Log {
    text: [u8; ROOM],
    len: usize,
    more: usize,
}

global_lock! {
    // SAFETY: `init` runs in an initcall, before anything is preserved or retrieved.
    unsafe(uninit) static LOG: Mutex<Log> = Log { text: [0; ROOM], len: 0, more: 0 };
}

/// # Safety
///
/// To be called once.
pub(crate) unsafe fn init() {
    // SAFETY: By the requirement of this function.
    unsafe { LOG.init() };
}

/// Notes an event, in the file and in the kernel's log.
pub fn note(record: &str, verdict: Verdict, detail: fmt::Arguments<'_>) {
    pr_info!("{record} {} {detail}\n", verdict.word());
    let mut log = LOG.lock();
    let start = log.len;
    let mut line = Line(&mut log);
    if writeln!(line, "{record} {} {detail}", verdict.word()).is_err() {
        log.len = start;
        log.more = log.more.saturating_add(1);
    }
}

/// Puts the file's text into `out`, and says how many bytes it has. May sleep.
pub(crate) fn show(out: &mut [u8]) -> usize {
    let held = shim::held_pages().saturating_add(kho::held_pages());
    let log = LOG.lock();
    let text = log.text.get(..log.len).unwrap_or_default();
    let mut len = 0;
    for (place, byte) in out.iter_mut().zip(text) {
        *place = *byte;
        len += 1;
    }
    let mut rest = kernel::str::Formatter::new(out.get_mut(len..).unwrap_or_default());
    if log.more > 0 {
        let _ = writeln!(rest, "+{}", log.more);
    }
    let _ = writeln!(rest, "memory {} {held} pages", Verdict::Held.word());
    len + rest.bytes_written()
}

struct Line<'a>(&'a mut Log);

impl Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.0.len.checked_add(text.len()).ok_or(fmt::Error)?;
        let room = self.0.text.get_mut(self.0.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.0.len = end;
        Ok(())
    }
}
