//! What became of an image's tables, for programs.

use std::path::Path;

use serde::Serialize;

use super::json::to_text;
use super::Exit;
use crate::image::transcode::{Crossed, Refusal, Way};
use crate::TOOL;

/// The name and version of the form.
const SCHEMA: &str = "kserial-convert/1";

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'r> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: &'static str,
    input: InputDoc<'r>,
    /// The SOURCE of the other layouts, where there were any.
    target: Option<&'r str>,
    /// The last part of the path of what was written; null where nothing was.
    output: Option<&'r str>,
    exit_code: u8,
    /// What became of each table; empty where no other layouts were asked for.
    tables: Vec<TableDoc<'r>>,
    /// Why nothing was written.
    refused: Option<RefusedDoc<'r>>,
    /// The members that are masked in what was written, as `record.path`: it cannot become an image again.
    masked: &'r [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ConvertInput"))]
struct InputDoc<'r> {
    /// The last part of the path.
    name: &'r str,
    sha256: &'r str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TableDoc<'r> {
    record: &'r str,
    rows: usize,
    way: Way,
    /// It ascends by other keys now, or by fewer: whoever looks a row up must look at all.
    unsorted: bool,
    losses: Vec<LostDoc<'r>>,
}

/// A member that the target cannot hold, or not all of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct LostDoc<'r> {
    /// Its path of IDs.
    member: String,
    name: &'r str,
    /// The first row in which it is in use.
    first_row: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RefusedDoc<'r> {
    record: Option<&'r str>,
    row: Option<usize>,
    /// The member's path of IDs.
    member: Option<&'r str>,
    why: &'r str,
}

/// What `kserial convert` did.
pub struct Conversion<'r> {
    /// The file.
    pub input: &'r Path,
    /// Its sum.
    pub sha256: &'r str,
    /// The SOURCE of the other layouts.
    pub target: Option<&'r str>,
    /// What was written; nothing where it was refused.
    pub output: Option<&'r Path>,
    /// What became of each table.
    pub tables: &'r [Crossed],
    /// Why nothing was written.
    pub refused: Option<&'r Refusal>,
    /// What is masked.
    pub masked: &'r [String],
}

impl Conversion<'_> {
    /// It as JSON, with a newline at its end.
    #[must_use]
    pub fn json(&self, exit: Exit) -> String {
        let name = |path: &Path| {
            path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        };
        let (input, output) = (name(self.input), self.output.map(name));
        to_text(&Document {
            schema: SCHEMA,
            tool: TOOL,
            input: InputDoc { name: &input, sha256: self.sha256 },
            target: self.target,
            output: output.as_deref(),
            exit_code: exit.code(),
            tables: self.tables.iter().map(TableDoc::of).collect(),
            refused: self.refused.map(|refusal| RefusedDoc {
                record: refusal.record.as_deref(),
                row: refusal.row,
                member: refusal.member.as_deref(),
                why: &refusal.why,
            }),
            masked: self.masked,
        })
    }
}

impl<'r> TableDoc<'r> {
    fn of(table: &'r Crossed) -> Self {
        let losses = table.losses.iter().map(|lost| LostDoc {
            member: lost.path.to_string(),
            name: &lost.name,
            first_row: lost.row,
        });
        Self {
            record: &table.record,
            rows: table.rows,
            way: table.way,
            unsorted: table.unsorted,
            losses: losses.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_conversion() {
        crate::report::assert_published::<Document<'_>>("convert.schema.json");
    }
}
