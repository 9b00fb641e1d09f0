//! From JSON back to an image, byte for byte.

use std::fmt;

use kserial::cell::{Cell, HeadCell, CRITICAL_RECORD, ENCODING, REQUIRED_RECORD};
use kserial::image::{ImageError, WriteError, MAX_SEGMENT};
use kserial::{Layout, LayoutError, Machine, Spec, Writer};
use serde::Deserialize;
use serde_json::{Map, Value};
use zerocopy::little_endian::{U16, U32};

use super::cells::{field, CellDoc};
use super::document::{ImageDoc, RowsDoc, TableDoc, SCHEMA};
use super::label::labelled;
use super::value::{from_hex, from_json};
use super::Contents;

/// Segments of more than this, all together, are more than anybody hands over.
const MOST: usize = 4 << 30;

/// Why a JSON is no image.
#[derive(Debug)]
pub enum WrittenError {
    /// It is no JSON of an image.
    Json(serde_json::Error),
    /// It is, of another form.
    Schema(String),
    /// Segments that no image has.
    Segments,
    /// A table's layout is none.
    Layout(String, LayoutError),
    /// Something in a table, in words.
    Table(String, String),
    /// A row of a table, and what is wrong with it, in words.
    Row(String, usize, String),
    /// It cannot be written: which table, if one is to blame, and why.
    Write(Option<String>, WriteError),
    /// What was written is no image: its rows contradict each other.
    Image(ImageError),
}

impl fmt::Display for WrittenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(error) => write!(f, "no JSON of an image: {error}"),
            Self::Schema(found) => write!(f, "the form is \"{found}\", \"{SCHEMA}\" is wanted"),
            Self::Segments => write!(
                f,
                "segments are multiples of 64 bytes up to 2 MiB, and no more than {MOST} bytes in all"
            ),
            Self::Layout(record, error) => write!(f, "{record}: {error}"),
            Self::Table(record, what) => write!(f, "{record}: {what}"),
            Self::Row(record, row, what) => write!(f, "{record}, row {row}: {what}"),
            Self::Write(Some(record), error) => write!(f, "{record}: {error}"),
            Self::Write(None, error) => write!(f, "{error}"),
            Self::Image(error) => write!(f, "the rows contradict each other: {error}"),
        }
    }
}

impl std::error::Error for WrittenError {}

/// The image that `json` describes, its segments one after the other.
///
/// # Errors
/// Where it describes none.
pub fn written(json: &[u8]) -> Result<Vec<u8>, WrittenError> {
    #[derive(Deserialize)]
    struct Form {
        schema: String,
    }
    let Form { schema } = serde_json::from_slice(json).map_err(WrittenError::Json)?;
    if schema != SCHEMA {
        return Err(WrittenError::Schema(schema));
    }
    let image: ImageDoc<RowsDoc> = serde_json::from_slice(json).map_err(WrittenError::Json)?;
    Ok(image.segments()?.concat())
}

impl ImageDoc<RowsDoc> {
    /// The segments of the image.
    pub(crate) fn segments(&self) -> Result<Vec<Vec<u8>>, WrittenError> {
        if let Some(member) = self.masked.first() {
            let (record, path) = member.split_once('.').unwrap_or((member, ""));
            let what = format!("member {path} is masked: write the JSON with --reveal");
            return Err(WrittenError::Table(record.to_owned(), what));
        }
        if let Some(table) = self.tables.iter().find(|table| table.not_understood.is_some()) {
            let what = "its rows were not understood and are not in the JSON".to_owned();
            return Err(WrittenError::Table(table.record.clone(), what));
        }
        let total = self.segments.iter().fold(0, |sum: usize, part| sum.saturating_add(*part));
        let fits = |part: &usize| *part > 0 && *part <= MAX_SEGMENT && part.is_multiple_of(64);
        if total > MOST || !self.segments.iter().all(fits) || self.segments.is_empty() {
            return Err(WrittenError::Segments);
        }
        let cells: Vec<(HeadCell, Vec<Cell>)> =
            self.tables.iter().map(TableDoc::cells).collect::<Result<_, _>>()?;
        let layouts: Vec<Layout<'_>> = self
            .tables
            .iter()
            .zip(&cells)
            .map(|(table, (head, cells))| {
                Layout::new(head, cells)
                    .map_err(|error| WrittenError::Layout(table.record.clone(), error))
            })
            .collect::<Result<_, _>>()?;
        let rows: Vec<Vec<u8>> = self
            .tables
            .iter()
            .zip(&layouts)
            .map(|(table, layout)| table.rows(*layout))
            .collect::<Result<_, _>>()?;
        let specs: Vec<Spec<'_>> = (self.tables.iter().zip(&layouts).zip(&rows))
            .map(|((table, layout), rows)| {
                // A row has at least one byte.
                let spec = Spec::like(*layout, rows.len() / layout.row().max(1) as usize);
                let spec = if table.late { spec.late() } else { spec };
                if table.sorted {
                    spec.sorted()
                } else {
                    spec
                }
            })
            .collect();
        let mut memory: Vec<Vec<u8>> = self.segments.iter().map(|part| vec![0; *part]).collect();
        write(&specs, (self.machine(), self.number), &mut memory, &rows).map_err(
            |(table, error)| {
                let record = table.and_then(|table| self.tables.get(table));
                WrittenError::Write(record.map(|table| table.record.clone()), error)
            },
        )?;
        check(&memory)?;
        Ok(memory)
    }

    fn machine(&self) -> Machine {
        Machine {
            arch: self.machine.architecture,
            page_shift: self.machine.page_shift,
            max_order: self.machine.max_order,
            encrypted: self.machine.encrypted,
        }
    }
}

/// Writes these rows as the tables `specs` into segments of the lengths that `memory` has. An error
/// comes with the table that it is about, if it is about one.
pub(super) fn write(
    specs: &[Spec<'_>],
    (machine, number): (Machine, u32),
    memory: &mut [Vec<u8>],
    rows: &[Vec<u8>],
) -> Result<(), (Option<usize>, WriteError)> {
    let whole = |error| (None, error);
    let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    let mut writer =
        Writer::new(specs, machine, number, &mut parts, crc32fast::hash).map_err(whole)?;
    for (table, rows) in rows.iter().enumerate() {
        let mut rest = rows.as_slice();
        let written = writer.deposit(|place| {
            if let Some((now, later)) = rest.split_at_checked(place.len()) {
                place.copy_from_slice(now);
                rest = later;
            }
        });
        written.map_err(|error| (Some(table), error))?;
    }
    writer.finish().map_err(whole)
}

/// Whether what was written is an image: end marks, orders and depths show only in the whole.
pub(super) fn check(memory: &[Vec<u8>]) -> Result<(), WrittenError> {
    let parts: Vec<&[u8]> = memory.iter().map(Vec::as_slice).collect();
    Contents::read(&parts).map(drop).map_err(WrittenError::Image)
}

impl TableDoc<RowsDoc> {
    fn cells(&self) -> Result<(HeadCell, Vec<Cell>), WrittenError> {
        let wrong = |what| WrittenError::Table(self.record.clone(), what);
        let cells: Vec<Cell> =
            self.cells.iter().map(CellDoc::cell).collect::<Result<_, _>>().map_err(wrong)?;
        let count = u16::try_from(cells.len()).map_err(|_| wrong("too many cells".to_owned()))?;
        let flag = |on: bool, flag: u16| if on { flag } else { 0 };
        let head = HeadCell {
            record: field(&self.record).map_err(wrong)?,
            row: U32::new(self.row),
            cells: U16::new(count),
            flags: U16::new(
                flag(self.critical, CRITICAL_RECORD) | flag(self.required, REQUIRED_RECORD),
            ),
            version: ENCODING,
            align: self.align,
            reserved: [0; 6],
        };
        Ok((head, cells))
    }

    /// All rows, as they lie in an image.
    fn rows(&self, layout: Layout<'_>) -> Result<Vec<u8>, WrittenError> {
        let rows = match &self.rows {
            RowsDoc::Rows(rows) => rows,
            RowsDoc::Bytes(digits) if layout.row() == 1 => {
                let wrong = "rows of bytes are hexadecimal".to_owned();
                return from_hex(digits)
                    .ok_or_else(|| WrittenError::Table(self.record.clone(), wrong));
            }
            RowsDoc::Bytes(_) => {
                let wrong = "only rows of one byte can be one string".to_owned();
                return Err(WrittenError::Table(self.record.clone(), wrong));
            }
        };
        let stride = layout.row().max(1) as usize;
        if rows.len().saturating_mul(stride) > MOST {
            return Err(WrittenError::Segments);
        }
        let members = labelled(layout);
        let mut bytes = vec![0; rows.len() * stride];
        for ((n, values), row) in rows.iter().enumerate().zip(bytes.chunks_exact_mut(stride)) {
            let wrong = |what| WrittenError::Row(self.record.clone(), n, what);
            known(values, &members).map_err(wrong)?;
            for (member, label) in &members {
                let value = values.get(label);
                let value = value.ok_or_else(|| wrong(format!("member {label} is missing")))?;
                from_json(layout, *member, value, row)
                    .map_err(|what| wrong(format!("member {label}: {what}")))?;
            }
        }
        Ok(bytes)
    }
}

/// Whether the layout has every member that a row states.
fn known(
    values: &Map<String, Value>,
    members: &[(kserial::Member<'_>, String)],
) -> Result<(), String> {
    if values.len() <= members.len() {
        return Ok(());
    }
    match values.keys().find(|key| !members.iter().any(|(_, label)| label == *key)) {
        Some(key) => Err(format!("there is no member {key}")),
        None => Ok(()),
    }
}
