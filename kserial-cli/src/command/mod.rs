//! The command line.
//!
//! Data goes to stdout, diagnostics to stderr; where JSON was asked for, one document goes to stdout
//! whatever happens. How a command ended is an [`Exit`], the same for every one of them.

mod arguments;
mod check;
mod convert;
mod dump;
mod explain;
mod lock;
mod matrix;
mod names;
mod schema;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::kernel::Kernel;
use crate::name::Name;
use crate::observe;
use crate::report::{self, Exit};

use arguments::{Arguments, Command, Format};

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no mistakes, and go to stdout.
            let code = if error.use_stderr() { Exit::Usage.code() } else { 0 };
            // Nowhere is left to complain to if this fails.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let ran = match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Matrix(arguments) => matrix::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Convert(arguments) => convert::run(arguments),
        Command::Dump(arguments) => dump::run(arguments),
        Command::Schema(arguments) => schema::run(arguments),
    };
    match ran {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            if arguments.command.format() == Format::Json {
                // As above, and below.
                let _ = print(report::failure(&failure.message, failure.exit));
            }
            complain(&failure.message);
            ExitCode::from(failure.exit.code())
        }
    }
}

/// Says on stderr what is wrong.
fn complain(what: impl Display) {
    // Nowhere is left to complain to if this fails.
    let _ = writeln!(io::stderr(), "kserial: {what}");
}

/// Why a command came to no result.
#[derive(Debug)]
struct Failure {
    message: String,
    exit: Exit,
}

impl Failure {
    fn usage(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Usage }
    }

    fn incomplete(message: impl ToString) -> Self {
        Self { message: message.to_string(), exit: Exit::Incomplete }
    }

    /// What went wrong with the file or folder at `path`.
    fn at(path: &Path, error: impl Display) -> Self {
        Self::incomplete(format!("{}: {error}", Name::of(path)))
    }
}

/// The kernel that `spec` stands for.
fn open(spec: &str) -> Result<Kernel, Failure> {
    observe::open(spec).map_err(Failure::usage)
}

/// Prints the result of a command. A reader that has gone away is no failure: it has seen enough.
fn print(text: impl Display) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::incomplete(format!("the result could not be written: {error}")))
        }
        _ => Ok(()),
    }
}
