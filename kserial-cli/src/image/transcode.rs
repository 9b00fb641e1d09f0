//! The same state in other layouts: what a host may do for kernels that cannot.
//!
//! Each table whose record the target knows crosses by a plan between the two layouts, as rows that an
//! image holds; every other table is kept whole, layout and all. What no row of the target can hold is
//! refused, and then nothing is written; what is lost is told.

use std::fmt;

use kserial::image::{size, ImageError, Size, WriteError, MAX_SEGMENT};
use kserial::{Incompatible, Layout, Member, Path, Plan, Spec, Step};
use serde::Serialize;

use super::written::{check, write, WrittenError};
use super::{Contents, TableView};
use crate::quantity::Count;

/// An image in other layouts.
pub struct Transcoded {
    /// Its bytes, one segment after the other.
    pub image: Vec<u8>,
    /// What became of each table.
    pub tables: Vec<Crossed>,
}

/// What became of a table.
pub struct Crossed {
    /// The record.
    pub record: String,
    /// How many rows there are.
    pub rows: usize,
    /// How they were taken over.
    pub way: Way,
    /// It ascends by other keys now, or by fewer: whoever looks a row up must look at all.
    pub unsorted: bool,
    /// What was lost of them.
    pub losses: Vec<Lost>,
}

/// How a table was taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The target knows nothing of the record: kept whole.
    Kept,
    /// The target has this very layout.
    Same,
    /// Converted.
    Converted,
}

/// A member that the target cannot hold, or not all of it.
pub struct Lost {
    /// The member.
    pub path: Path,
    /// Its name.
    pub name: String,
    /// The first row in which it is in use.
    pub row: usize,
}

/// Why an image cannot have these layouts.
#[derive(Debug)]
pub enum TranscodeError {
    /// None of its records is one of the target's.
    Strangers {
        /// The records of the image.
        image: Vec<String>,
        /// Those of the target.
        target: Vec<String>,
    },
    /// A table whose layout is of a later version of the format.
    NotUnderstood(String),
    /// No row of a record can cross.
    Incompatible {
        /// The record.
        record: String,
        /// Why.
        why: Incompatible,
    },
    /// A row that the target must not take.
    Refused {
        /// The record.
        record: String,
        /// The row.
        row: usize,
        /// The member for which it is refused.
        member: Path,
        /// Its name.
        name: String,
        /// What the target takes.
        allowed: String,
    },
    /// The target's rows do not fit segments.
    Write(WriteError),
    /// The tables would contradict each other: an end mark that only one side has.
    Image(WrittenError),
}

impl fmt::Display for TranscodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strangers { image, target } => write!(
                f,
                "none of its records has a layout there: it holds {}, the target knows {}",
                listed(image),
                listed(target)
            ),
            Self::NotUnderstood(record) => write!(
                f,
                "{record}: its layout is of a later version of the format: convert with that version's kserial"
            ),
            Self::Incompatible { record, why } => write!(f, "{record}: {why}"),
            Self::Refused { record, row, member, name, allowed } => write!(
                f,
                "{record}, row {row}: member {member} ({name}) is refused; the target takes {allowed}"
            ),
            Self::Write(error) => write!(f, "{error}"),
            Self::Image(error) => write!(
                f,
                "{error}; an end mark that only one of the two layouts has leaves its children without \
                 a parent"
            ),
        }
    }
}

impl std::error::Error for TranscodeError {}

/// The same for programs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The record, where it is about one.
    pub record: Option<String>,
    /// The row, where it is about one.
    pub row: Option<usize>,
    /// The path of the member, where it is about one.
    pub member: Option<String>,
    /// All of it in words.
    pub why: String,
}

impl TranscodeError {
    /// What it is about.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        let (record, row, member) = match self {
            Self::Incompatible { record, why } => (Some(record), None, Some(why.path)),
            Self::Refused { record, row, member, .. } => (Some(record), Some(*row), Some(*member)),
            _ => (None, None, None),
        };
        let member = member.map(|path| path.to_string());
        Refusal { record: record.cloned(), row, member, why: self.to_string() }
    }
}

fn listed(records: &[String]) -> String {
    match records {
        [] => "nothing".to_owned(),
        records => records.join(", "),
    }
}

/// `contents` in the layouts `targets`, one of a record.
///
/// # Errors
/// Why that cannot be; then there is no image.
pub fn transcode(
    contents: &Contents<'_>,
    targets: &[Layout<'_>],
) -> Result<Transcoded, TranscodeError> {
    if let Some(table) = contents.tables.iter().find(|table| !table.info.layout.is_understood()) {
        return Err(TranscodeError::NotUnderstood(table.record().to_owned()));
    }
    let target_of =
        |table: &TableView<'_>| targets.iter().copied().find(|t| t.record() == table.record());
    if !contents.tables.iter().any(|table| target_of(table).is_some()) {
        return Err(TranscodeError::Strangers {
            image: contents.tables.iter().map(|table| table.record().to_owned()).collect(),
            target: targets.iter().map(|layout| layout.record().to_owned()).collect(),
        });
    }
    let (mut tables, mut rows, mut layouts) = (Vec::new(), Vec::new(), Vec::new());
    for table in &contents.tables {
        let target = target_of(table).unwrap_or(table.info.layout);
        let (bytes, losses) = cross(table, target)?;
        let way = match target_of(table) {
            None => Way::Kept,
            Some(target) if target == table.info.layout => Way::Same,
            Some(_) => Way::Converted,
        };
        let unsorted = table.info.sorted && keys(target) != keys(table.info.layout);
        let record = table.record().to_owned();
        tables.push(Crossed { record, rows: table.info.rows, way, unsorted, losses });
        rows.push(bytes);
        layouts.push(target);
    }
    loop {
        let flags = contents.tables.iter().zip(&tables);
        let specs: Vec<Spec<'_>> = flags
            .zip(&layouts)
            .map(|((table, crossed), layout)| {
                let spec = Spec::like(*layout, table.info.rows);
                let spec = if table.info.late { spec.late() } else { spec };
                if table.info.sorted && !crossed.unsorted {
                    spec.sorted()
                } else {
                    spec
                }
            })
            .collect();
        let mut memory = segments(contents, &specs).map_err(TranscodeError::Write)?;
        write(&specs, (contents.machine, contents.number), &mut memory, &rows)
            .map_err(|(_, error)| TranscodeError::Write(error))?;
        match check(&memory) {
            Ok(()) => return Ok(Transcoded { image: memory.concat(), tables }),
            // A key that was cut, or a parent that is none any more: rows ascend no longer.
            Err(WrittenError::Image(ImageError::Order { table, .. }))
                if tables.get(table).is_some_and(|table| !table.unsorted) =>
            {
                tables[table].unsorted = true;
            }
            Err(error) => return Err(TranscodeError::Image(error)),
        }
    }
}

/// The rows of `table` in the layout `target`, and what they lose.
fn cross(
    table: &TableView<'_>,
    target: Layout<'_>,
) -> Result<(Vec<u8>, Vec<Lost>), TranscodeError> {
    let record = || table.record().to_owned();
    let source = table.info.layout;
    let mut room = vec![Step::EMPTY; source.members().count().max(target.members().count())];
    let plan = Plan::between_images(source, target, &mut room)
        .map_err(|why| TranscodeError::Incompatible { record: record(), why })?;
    // A row has at least one byte, and at most 65,536.
    let stride = target.row().max(1) as usize;
    let mut bytes = vec![0; table.info.rows * stride];
    let (mut rest, mut losses) = (bytes.as_mut_slice(), Vec::<Lost>::new());
    for (first, rows) in table.pieces() {
        if let Some(unmet) = plan.refused(rows) {
            let allowed: Vec<String> = unmet
                .check
                .allowed()
                .map(|(low, high)| span(unmet.check.member(), low, high))
                .collect();
            return Err(TranscodeError::Refused {
                record: record(),
                row: first + unmet.row,
                member: unmet.check.member().path(),
                name: unmet.check.member().name().to_owned(),
                allowed: listed(&allowed),
            });
        }
        for unmet in plan.losses(rows) {
            let member = unmet.check.member();
            if !losses.iter().any(|lost| lost.path == member.path()) {
                let (path, name) = (member.path(), member.name().to_owned());
                losses.push(Lost { path, name, row: first + unmet.row });
            }
        }
        let (now, later) = rest.split_at_mut(rows.len() / table.stride() * stride);
        plan.convert(rows, now);
        rest = later;
    }
    Ok((bytes, losses))
}

fn span(member: Member<'_>, low: u64, high: u64) -> String {
    let number = |bits| crate::schema::Number::of(member.kind(), bits);
    match low == high {
        true => number(low).to_string(),
        false => format!("{} to {}", number(low), number(high)),
    }
}

/// The members that rows are found by, in the order in which they are compared.
fn keys(layout: Layout<'_>) -> Vec<(Path, u32)> {
    let keys = layout.written().filter(Member::is_key);
    let mut keys: Vec<_> = keys.map(|member| (member.path(), member.count())).collect();
    keys.sort();
    keys
}

/// Segments like those that the image has: one, where it is one and that is enough.
fn segments(contents: &Contents<'_>, specs: &[Spec<'_>]) -> Result<Vec<Vec<u8>>, WriteError> {
    let longest = match contents.segments.as_slice() {
        [_] => MAX_SEGMENT,
        many => many.iter().copied().max().unwrap_or(MAX_SEGMENT),
    };
    // Where a longer head does not fit the first of them, longer ones are needed.
    let Size { segments, segment, last } =
        size(specs, longest).or_else(|_| size(specs, MAX_SEGMENT))?;
    let mut memory = vec![vec![0; segment]; segments];
    if let Some(end) = memory.last_mut() {
        end.truncate(last);
    }
    Ok(memory)
}

impl fmt::Display for Crossed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Kept => "kept whole: the target has no layout of it",
            Way::Same => "as it was: the target has this layout",
            Way::Converted => "converted",
        };
        let s = if self.rows == 1 { "" } else { "s" };
        write!(f, "{}   {} row{s}, {way}", self.record, Count(self.rows as u64))?;
        if self.unsorted {
            f.write_str("; no longer sorted")?;
        }
        for lost in &self.losses {
            write!(f, "\n  loses member {} ({}), from row {} on", lost.path, lost.name, lost.row)?;
        }
        Ok(())
    }
}
