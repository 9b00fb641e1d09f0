//! `kserial convert`: the JSON of a dump back into memory.

use std::fs;

use super::arguments::ConvertArguments;
use super::Failure;
use crate::dump::rebuild;
use crate::report::Exit;

pub(super) fn run(arguments: &ConvertArguments) -> Result<Exit, Failure> {
    let failed = |path: &std::path::Path, error: &dyn std::fmt::Display| {
        Failure::incomplete(format!("{}: {error}", path.display()))
    };
    let json = fs::read(&arguments.input).map_err(|error| failed(&arguments.input, &error))?;
    let (memory, _) = rebuild::memory(&json).map_err(|error| failed(&arguments.input, &error))?;
    rebuild::to_file(&memory, &arguments.output)
        .map_err(|error| failed(&arguments.output, &error))?;
    Ok(Exit::Compatible)
}
