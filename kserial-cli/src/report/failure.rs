//! Why there is no result, for programs.

use serde::Serialize;

use super::json::to_text;
use super::Exit;
use crate::TOOL;

/// The name and version of the form.
const SCHEMA: &str = "kserial-failure/1";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'r> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: &'static str,
    exit_code: u8,
    /// What happened, where, and what to do: the line that stderr has too, for people.
    message: &'r str,
}

/// The document that stands where that of a result would, with a newline at its end.
///
/// ```
/// use kserial_cli::report::{failure, Exit};
///
/// let document = failure("state.bin: No such file or directory", Exit::Incomplete);
/// assert!(document.contains("\"exit_code\": 30"));
/// ```
#[must_use]
pub fn failure(message: &str, exit: Exit) -> String {
    to_text(&Document { schema: SCHEMA, tool: TOOL, exit_code: exit.code(), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_failure() {
        crate::report::assert_published::<Document<'_>>("failure.schema.json");
    }
}
