//! Allocations that fail: Linux's fault injection, for this process alone.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use nix::errno::Errno;

use crate::memfd::errno;

const COUNTER: &str = "/proc/self/fail-nth";

/// What says which allocations may fail at all: those that may sleep, too; and nothing of it shall be
/// on the console, where a stack trace is an alarm.
const SETTINGS: [(&str, &str); 4] = [
    ("/sys/kernel/debug/failslab/ignore-gfp-wait", "N"),
    ("/sys/kernel/debug/failslab/verbose", "0"),
    ("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N"),
    ("/sys/kernel/debug/fail_page_alloc/verbose", "0"),
];

/// One allocation that is going to fail.
pub(crate) struct Failing(File);

impl Failing {
    /// Lets the allocation after `nth - 1` others fail.
    pub(crate) fn after(nth: u32) -> Result<Self, Errno> {
        for (path, value) in SETTINGS {
            fs::write(path, value).map_err(|error| errno(&error))?;
        }
        let counter = File::options().read(true).write(true).open(COUNTER);
        let counter = counter.map_err(|error| errno(&error))?;
        counter.write_at(nth.to_string().as_bytes(), 0).map_err(|error| errno(&error))?;
        Ok(Self(counter))
    }

    /// Whether there were as many allocations, so that the last of them failed.
    pub(crate) fn has_failed(self) -> Result<bool, Errno> {
        // The file cannot be sought in; and to open it again would need memory.
        let mut left = [0; 16];
        let read = self.0.read_at(&mut left, 0);
        self.0.write_at(b"0", 0).map_err(|error| errno(&error))?;
        let left = &left[..read.map_err(|error| errno(&error))?];
        Ok(left.trim_ascii() == b"0")
    }
}
