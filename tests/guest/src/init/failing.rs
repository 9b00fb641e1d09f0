//! Allocations that fail: Linux's fault injection, for this process alone.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};

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
        let mut counter = counter.map_err(|error| errno(&error))?;
        counter.write_all(nth.to_string().as_bytes()).map_err(|error| errno(&error))?;
        Ok(Self(counter))
    }

    /// Whether there were as many allocations, so that the last of them failed.
    pub(crate) fn has_failed(mut self) -> Result<bool, Errno> {
        let mut left = String::new();
        let counter = &mut self.0;
        counter.seek(SeekFrom::Start(0)).map_err(|error| errno(&error))?;
        counter.read_to_string(&mut left).map_err(|error| errno(&error))?;
        counter.write_all(b"0").map_err(|error| errno(&error))?;
        Ok(left.trim() == "0")
    }
}
