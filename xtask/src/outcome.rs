//! How a stage ended, and the table of how all of them did.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Error;

/// How a stage ended.
pub(crate) enum Outcome {
    /// It ran, and found nothing wrong.
    Passed,
    /// It ran, and found something wrong; or it could not be completed for a reason of our own.
    Failed(Error),
    /// It could not run for a reason outside the project: a package that moved, a missing network.
    NotRun(String),
}

impl Outcome {
    /// Says how it ended, for a subcommand run by hand. "Not run" is no success there: someone
    /// asked for it.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Passed => ExitCode::SUCCESS,
            Self::Failed(error) => {
                eprintln!("failed: {error:#}");
                ExitCode::from(20)
            }
            Self::NotRun(reason) => {
                eprintln!("not run: {reason}");
                ExitCode::from(30)
            }
        }
    }
}

impl From<Result<(), Error>> for Outcome {
    fn from(result: Result<(), Error>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(error) => match error.downcast::<NotRun>() {
                Ok(reason) => Self::NotRun(reason.0),
                Err(error) => Self::Failed(error),
            },
        }
    }
}

/// An error that means "not run": carried by `anyhow::Error` up to where the outcome is made.
#[derive(Debug)]
pub(crate) struct NotRun(pub(crate) String);

impl fmt::Display for NotRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotRun {}

/// Turns an error, with all its causes, into "not run".
pub(crate) fn not_run(error: &Error) -> Error {
    Error::new(NotRun(format!("{error:#}")))
}

/// The stages that were run, in order.
#[derive(Default)]
pub(crate) struct Summary {
    rows: Vec<(String, Outcome, Duration)>,
}

impl Summary {
    /// Adds a stage.
    pub(crate) fn add(&mut self, stage: &str, outcome: Outcome, took: Duration) {
        self.rows.push((stage.to_owned(), outcome, took));
    }

    /// Prints the table; its last line holds the three counts and nothing else. Where every stage was
    /// `asked` for, one that did not run is no success, as in [`Outcome::report`].
    pub(crate) fn print(&self, asked: bool) -> ExitCode {
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        println!("\n{:<14} {:>8}  outcome", "stage", "time");
        for (stage, outcome, took) in &self.rows {
            let outcome = match outcome {
                Outcome::Passed => {
                    passed += 1;
                    "passed".to_owned()
                }
                Outcome::Failed(error) => {
                    failed += 1;
                    format!("FAILED: {}", first_line(&format!("{error:#}")))
                }
                Outcome::NotRun(reason) => {
                    skipped += 1;
                    format!("not run: {}", first_line(reason))
                }
            };
            println!("{stage:<14} {:>7.1}s  {outcome}", took.as_secs_f64());
        }
        println!("\n{passed} passed, {failed} failed, {skipped} skipped");
        match (failed, skipped) {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) if !asked => ExitCode::SUCCESS,
            (0, _) => ExitCode::from(30),
            _ => ExitCode::from(20),
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
