//! Every fault: flipped bits, bursts, truncations and swapped segments of images, all of them found;
//! flipped bits of what Linux itself handed over; and every allocation, failing.
//!
//! The tests do the work; their short form is part of `cargo test`. Here the long form runs, in
//! release, over larger images.

use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::tool::Tool;

/// Packages and the tests of theirs that try every fault.
const TESTS: [(&str, &[&str]); 2] = [
    ("kserial-tests", &["--test", "faults"]),
    ("kserial-fuzz-targets", &["--test", "captures", "--test", "no_memory"]),
];

pub(super) fn run() -> Result<()> {
    for (package, tests) in TESTS {
        Tool::cargo()
            .args(["test", "--quiet", "--release", "--package", package])
            .args(tests)
            .args(["--", "--include-ignored", "--nocapture", "--test-threads=1"])
            .dir(cache::checkout())
            .limit(Duration::from_secs(3600))
            .what(format!("every fault, in {package}"))
            .run()?;
    }
    Ok(())
}
