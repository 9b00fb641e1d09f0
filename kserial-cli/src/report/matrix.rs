//! Every pair of several kernels, both ways.

use std::fmt::{self, Display, Formatter};

use kserial::Grade;
use serde::Serialize;

use super::json::{to_text, IdentityDoc};
use super::{Exit, Paint};
use crate::judge::{Finding, Verdict};
use crate::kernel::Kernel;
use crate::{catalogue, rules, TOOL};

/// The name and version of the form.
const SCHEMA: &str = "kserial-matrix/1";

/// The verdict on each pair: rows write, columns read.
pub struct Matrix<'k> {
    kernels: &'k [Kernel],
    /// Row by row; none where a kernel meets itself.
    cells: Vec<Option<Verdict>>,
}

/// More kernels than this, and the reasons below the table would bury it.
const REASONS: usize = 8;

impl<'k> Matrix<'k> {
    /// Judges every pair.
    #[must_use]
    pub fn of(kernels: &'k [Kernel]) -> Self {
        let pairs = (0..kernels.len()).flat_map(|w| (0..kernels.len()).map(move |r| (w, r)));
        let verdict =
            |(w, r): (usize, usize)| (w != r).then(|| Verdict::of(&kernels[w], &kernels[r]));
        Self { kernels, cells: pairs.map(verdict).collect() }
    }

    /// The verdict on what kernel `writer` hands to kernel `reader`, by their places.
    #[must_use]
    pub fn cell(&self, writer: usize, reader: usize) -> Option<&Verdict> {
        self.cells.get(writer * self.kernels.len() + reader)?.as_ref()
    }

    /// The worst cell.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::worst(self.cells.iter().flatten().map(Exit::of))
    }

    /// The table as text, coloured by `paint`.
    #[must_use]
    pub fn text(&self, paint: Paint) -> impl Display + '_ {
        Table { matrix: self, paint }
    }

    /// The table as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let cell = |writer: usize, reader: usize| {
            let verdict = self.cell(writer, reader)?;
            Some(CellDoc {
                writer,
                reader,
                verdict: verdict.grade.name(),
                complete: !verdict.incomplete,
                exit_code: Exit::of(verdict).code(),
                rule: reason(verdict).map(|finding| finding.rule),
            })
        };
        let count = self.kernels.len();
        let cells = (0..count).flat_map(|w| (0..count).filter_map(move |r| cell(w, r)));
        to_text(&Document {
            schema: SCHEMA,
            tool: TOOL,
            rules: rules::version(),
            catalogue: catalogue::version(),
            sources: self.kernels.iter().map(|kernel| IdentityDoc::of(&kernel.identity)).collect(),
            exit_code: self.exit().code(),
            cells: cells.collect(),
        })
    }
}

/// The document of `kserial matrix --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "kserial matrix"))]
pub(super) struct Document<'k> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: &'static str,
    /// Names exactly this set of rules.
    rules: String,
    /// Names exactly this catalogue.
    catalogue: String,
    sources: Vec<IdentityDoc<'k>>,
    exit_code: u8,
    cells: Vec<CellDoc>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CellDoc {
    /// The writer's place among the sources, from 0.
    writer: usize,
    /// The reader's.
    reader: usize,
    verdict: &'static str,
    complete: bool,
    exit_code: u8,
    /// The rule of the first thing that fails for certain; where nothing does, of the first finding.
    rule: Option<&'static str>,
}

/// What the verdict rests on: the first thing that fails for certain, or else the first finding.
fn reason(verdict: &Verdict) -> Option<&Finding> {
    let unmasked = || verdict.findings.iter().filter(|finding| finding.masked_by.is_none());
    let certain = unmasked().find(|finding| finding.grade == Grade::Incompatible);
    certain.or_else(|| unmasked().next())
}

struct Table<'m> {
    matrix: &'m Matrix<'m>,
    paint: Paint,
}

impl Display for Table<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.matrix.kernels.iter().map(Kernel::name).collect();
        let longest =
            |least: usize| names.iter().map(|n| n.chars().count()).fold(least, usize::max);
        let (first, width) = (longest("writes ↓  reads →".chars().count()), longest(12));
        write!(f, "{:first$}", "writes ↓  reads →")?;
        let pad = |column: usize| if column + 1 < names.len() { width } else { 0 };
        for (column, name) in names.iter().enumerate() {
            write!(f, "  {name:0$}", pad(column))?;
        }
        writeln!(f)?;
        for (writer, name) in names.iter().enumerate() {
            write!(f, "{name:first$}")?;
            for reader in 0..names.len() {
                f.write_str("  ")?;
                match self.matrix.cell(writer, reader) {
                    None => write!(f, "{:1$}", "·", pad(reader))?,
                    Some(verdict) => self.cell(f, verdict, pad(reader))?,
                }
            }
            writeln!(f)?;
        }
        if names.len() <= REASONS {
            self.reasons(f, &names)?;
        }
        Ok(())
    }
}

impl Table<'_> {
    fn cell(&self, f: &mut Formatter<'_>, verdict: &Verdict, width: usize) -> fmt::Result {
        let word = match Exit::of(verdict) {
            Exit::Compatible => verdict.grade.name(),
            exit => exit.name(),
        };
        let word = format!("{word:width$}");
        match Exit::of(verdict) {
            Exit::Compatible => write!(f, "{}", self.paint.good(word)),
            Exit::Incompatible => write!(f, "{}", self.paint.bad(word)),
            _ => write!(f, "{}", self.paint.doubtful(word)),
        }
    }

    /// For each pair that is not simply fine, the first thing that happens.
    fn reasons(&self, f: &mut Formatter<'_>, names: &[&str]) -> fmt::Result {
        let mut lines = Vec::new();
        for (writer, from) in names.iter().enumerate() {
            for (reader, to) in names.iter().enumerate() {
                let Some(verdict) = self.matrix.cell(writer, reader) else { continue };
                let Some(finding) = reason(verdict) else { continue };
                if finding.grade < Grade::Conditional {
                    continue;
                }
                let why = match &finding.condition {
                    Some(condition) => format!("if {condition}"),
                    None => {
                        let sentence = &finding.sentence;
                        let says = format!("{}, {}", finding.writer, finding.reader);
                        match finding.writer.is_empty() {
                            true => sentence.clone(),
                            false => format!("{sentence} ({says})"),
                        }
                    }
                };
                lines.push((format!("{from} → {to}"), finding.rule, &finding.subject, why));
            }
        }
        let width = lines.iter().map(|(pair, ..)| pair.chars().count()).max().unwrap_or(0);
        if !lines.is_empty() {
            writeln!(f)?;
        }
        for (pair, rule, subject, why) in lines {
            writeln!(f, "{pair:width$}  {}  {subject}: {why}", self.paint.strong(rule))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::assert_published;
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_matrix() {
        assert_published::<Document<'_>>("matrix.schema.json");
    }
}
