//! Every fault: flipped bits and truncations of images, all of them found.
//!
//! The tests do the work; their short form is part of `cargo test`. Here the long form runs, in
//! release, over larger images.

use std::time::Duration;

use anyhow::Result;

use crate::cache;
use crate::tool::Tool;

pub(super) fn run() -> Result<()> {
    Tool::cargo()
        .args(["test", "--quiet", "--release", "--package", "kserial-tests", "--test", "faults"])
        .args(["--", "--include-ignored", "--nocapture", "--test-threads=1"])
        .dir(cache::checkout())
        .limit(Duration::from_secs(3600))
        .what("every fault")
        .run()
}
