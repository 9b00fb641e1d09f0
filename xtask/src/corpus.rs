//! `cargo xtask corpus`: the images of every generation, in `compat-corpus/format-1`.
//!
//! What they are and what they must decode to is said in `tests/src/corpus`; this only runs it. Version 1
//! of the format is frozen, so `--refresh` refuses.

use anyhow::Result;

use crate::cache;
use crate::outcome::Outcome;
use crate::tool::Tool;

/// Holds the images of the corpus against what would be written today.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write them: refused, for version 1 of the format is frozen.
    #[arg(long)]
    refresh: bool,
}

pub(crate) fn run(options: &Options) -> Outcome {
    Outcome::from(corpus(options.refresh))
}

fn corpus(refresh: bool) -> Result<()> {
    Tool::cargo()
        .args(["run", "--quiet", "--package", "kserial-tests", "--bin", "corpus", "--"])
        .args(refresh.then_some("--refresh"))
        .dir(cache::checkout())
        .what("the corpus")
        .run()
}
