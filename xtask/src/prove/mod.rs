//! `cargo xtask prove`: what is claimed of the core, shown by commands.
//!
//! * [`mistakes`]: deliberate mistakes, each caught by the tests.
//! * [`verdicts`]: the verdict on every change of the corpus is what happened to rows.
//! * [`checkers`]: what other compatibility checkers say of the same changes.
//! * [`no_panic`]: object code that cannot panic, and whose [`names`] a kernel keeps.
//! * [`faults`]: every flipped bit and every truncation of images, found.

mod checkers;
mod faults;
mod mistakes;
mod names;
mod no_panic;
mod public;
mod verdicts;

use anyhow::Result;

use crate::outcome::Outcome;

pub(crate) use public::LEFT_OUT;

/// Shows what is claimed of the core; without a choice, all of it.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Make deliberate mistakes in a copy of the core; the tests must catch each.
    #[arg(long)]
    mistakes: bool,
    /// Of the mistakes, only those whose name has this in it.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Of the mistakes, only every N-th.
    #[arg(long, value_name = "N", default_value = "1")]
    every: usize,
    /// Judge the corpus of layout changes, and hold the verdicts against what happened to rows.
    #[arg(long)]
    verdicts: bool,
    /// Of the verdicts, show each case instead of each change.
    #[arg(long, requires = "verdicts")]
    list: bool,
    /// Ask other compatibility checkers about the corpus, and write docs/CHECKERS.md. Installs what
    /// it can; not among what runs without a choice.
    #[arg(long)]
    checkers: bool,
    /// Look for panics in the core's object code.
    #[arg(long)]
    no_panic: bool,
    /// Flip every bit of images and cut them everywhere.
    #[arg(long)]
    faults: bool,
}

impl Options {
    /// What CI shows on every submission: the verdicts, no panic and no fault, and of the mistakes a
    /// few. (All of them must still fit the sources; that costs nothing.)
    pub(crate) fn for_ci() -> Self {
        Self {
            mistakes: true,
            only: None,
            every: 10,
            verdicts: true,
            list: false,
            checkers: false,
            no_panic: true,
            faults: true,
        }
    }
}

pub(crate) fn run(options: &Options) -> Outcome {
    let all = !(options.mistakes
        || options.checkers
        || options.verdicts
        || options.no_panic
        || options.faults);
    let proofs: [(bool, &dyn Fn() -> Result<()>); 4] = [
        (options.verdicts, &|| verdicts::run(options.list)),
        (options.no_panic, &no_panic::run),
        (options.faults, &faults::run),
        (options.mistakes, &|| mistakes::run(options.only.as_deref(), options.every)),
    ];
    if options.checkers {
        return Outcome::from(checkers::run());
    }
    for (wanted, proof) in proofs {
        if all || wanted {
            if let Err(error) = proof() {
                return Outcome::from(Err(error));
            }
        }
    }
    Outcome::Passed
}
