//! An image as JSON: everything in it, so that [`written`](super::written()) makes the same bytes again.
//!
//! `R` are the rows of a table: written out as they are read, for there may be millions, or a list
//! that was read back. The rows of a blob are one string.

use std::path::Path;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::cells::{self, CellDoc};
use super::label::labelled;
use super::value;
use super::{Contents, TableView};

/// The name and version of the form.
pub const SCHEMA: &str = "kserial-image/1";

/// A whole document.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<R> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Input>,
    #[serde(flatten)]
    image: ImageDoc<R>,
}

/// What an image was read from.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Input {
    /// The last part of the path.
    pub name: String,
    /// The sum of the file.
    pub sha256: String,
}

impl Input {
    /// The file at `path`, which holds these bytes.
    #[must_use]
    pub fn of(path: &Path, bytes: &[u8]) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            name: name.to_string_lossy().into_owned(),
            sha256: value::hex(&Sha256::digest(bytes)),
        }
    }
}

/// An image: a document of its own, or a part of one.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImageDoc<R> {
    pub(crate) machine: MachineDoc,
    /// What tells it from other images; every block is sealed with it.
    pub(crate) number: u32,
    /// Bytes of each segment.
    pub(crate) segments: Vec<usize>,
    /// Members that are `null` in every row, as `record.id`, because nobody asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) masked: Vec<String>,
    pub(crate) tables: Vec<TableDoc<R>>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct MachineDoc {
    /// As ELF numbers machines: 62 is x86-64.
    pub(crate) architecture: u16,
    pub(crate) page_shift: u8,
    pub(crate) max_order: u8,
    pub(crate) encrypted: bool,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct TableDoc<R> {
    pub(crate) record: String,
    /// Bytes of a row.
    pub(crate) row: u32,
    pub(crate) align: u8,
    pub(crate) critical: bool,
    pub(crate) required: bool,
    pub(crate) late: bool,
    pub(crate) sorted: bool,
    pub(crate) cells: Vec<CellDoc>,
    /// How many rows there are of a layout of a later version of the format: neither its cells nor they
    /// are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_understood: Option<usize>,
    pub(crate) rows: R,
}

/// The rows of a table that was read back.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum RowsDoc {
    /// A blob's bytes in hexadecimal.
    Bytes(String),
    /// Rows, by the labels of members.
    Rows(Vec<Map<String, Value>>),
}

/// The JSON of an image.
pub struct Json<'a>(Document<RowsOf<'a>>);

/// The same, within another document.
pub(crate) type JsonOf<'a> = ImageDoc<RowsOf<'a>>;

impl<'a> Json<'a> {
    /// The document of `contents`. Sensitive members are `null` unless `reveal`.
    #[must_use]
    pub fn of(contents: &'a Contents<'a>, input: Option<Input>, reveal: bool) -> Self {
        Self(Document {
            schema: SCHEMA,
            tool: crate::TOOL,
            input,
            image: ImageDoc::of(contents, reveal),
        })
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'a> ImageDoc<RowsOf<'a>> {
    pub(crate) fn of(contents: &'a Contents<'a>, reveal: bool) -> Self {
        let machine = contents.machine;
        Self {
            machine: MachineDoc {
                architecture: machine.arch,
                page_shift: machine.page_shift,
                max_order: machine.max_order,
                encrypted: machine.encrypted,
            },
            number: contents.number,
            segments: contents.segments.clone(),
            masked: if reveal { Vec::new() } else { contents.sensitive() },
            tables: contents.tables.iter().map(|table| TableDoc::of(table, reveal)).collect(),
        }
    }
}

impl<'a> TableDoc<RowsOf<'a>> {
    fn of(table: &'a TableView<'a>, reveal: bool) -> Self {
        let layout = table.info.layout;
        Self {
            record: layout.record().to_owned(),
            row: layout.row(),
            align: layout.align(),
            critical: layout.is_critical(),
            required: layout.is_required(),
            late: table.info.late,
            sorted: table.info.sorted,
            cells: cells::docs(layout),
            not_understood: (!layout.is_understood()).then_some(table.info.rows),
            rows: RowsOf { table, reveal },
        }
    }
}

/// The rows of a table, written out as they are read.
pub(crate) struct RowsOf<'a> {
    table: &'a TableView<'a>,
    reveal: bool,
}

impl Serialize for RowsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layout = self.table.info.layout;
        if self.table.is_blob() {
            let bytes: Vec<u8> = self.table.rows().flatten().copied().collect();
            return serializer.serialize_str(&value::hex(&bytes));
        }
        if !layout.is_understood() {
            return serializer.serialize_seq(Some(0))?.end();
        }
        let members = labelled(layout);
        let mut rows = serializer.serialize_seq(Some(self.table.info.rows))?;
        for row in self.table.rows() {
            rows.serialize_element(&RowOf { of: self, members: &members, row })?;
        }
        rows.end()
    }
}

struct RowOf<'a> {
    of: &'a RowsOf<'a>,
    members: &'a [(kserial::Member<'a>, String)],
    row: &'a [u8],
}

impl Serialize for RowOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layout = self.of.table.info.layout;
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (member, label) in self.members {
            let shown = match member.is_sensitive() && !self.of.reveal {
                true => Value::Null,
                false => value::to_json(layout, *member, self.row),
            };
            map.serialize_entry(label, &shown)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_document() {
        crate::report::assert_published::<Document<RowsDoc>>("image.schema.json");
    }
}
