//! A KSerial image in a file, whatever is in it: it carries its own layouts.

use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use kserial::image::{segments, ImageError, MAGIC};
use kserial::{Image, Kind, Layout, Member};
use serde_json::{json, Map, Value};

use super::Name;

/// Rows of a table that the text shows.
const SHOWN: usize = 8;

/// Everything in an image.
pub struct Picture {
    head: String,
    tables: Vec<Table>,
}

struct Table {
    record: String,
    late: bool,
    sorted: bool,
    members: Vec<(String, String, String)>,
    rows: Vec<Map<String, Value>>,
}

/// Whether the file at `path` begins as images do.
#[must_use]
pub fn is_one(path: &Path) -> bool {
    let mut magic = [0; 8];
    File::open(path).is_ok_and(|file| file.read_exact_at(&mut magic, 0).is_ok()) && magic == MAGIC
}

impl Picture {
    /// Reads and verifies the image that `bytes` are. Sensitive members are masked unless `reveal`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8], reveal: bool) -> Result<Self, ImageError> {
        let (mut parts, mut rest) = (Vec::new(), bytes);
        for length in segments(bytes)? {
            let missing = ImageError::Truncated { segment: parts.len() };
            let (part, more) = rest.split_at_checked(length).ok_or(missing)?;
            parts.push(part);
            rest = more;
        }
        let image = Image::inspect(&parts, crc32fast::hash)?;
        image.verify()?;
        let machine = image.machine();
        let head = format!(
            "KSerial image   machine {}, pages of {} bytes, largest order {}{}",
            machine.arch,
            1_u64 << machine.page_shift.min(63),
            machine.max_order,
            if machine.encrypted { ", memory encrypted" } else { "" },
        );
        let mut tables: Vec<Table> = image
            .tables()
            .map(|table| Table {
                record: table.layout.record().to_owned(),
                late: table.late,
                sorted: table.sorted,
                members: table.layout.written().map(said).collect(),
                rows: Vec::new(),
            })
            .collect();
        for (layout, bytes) in image.pieces() {
            let Some(table) = tables.iter_mut().find(|t| t.record == layout.record()) else {
                continue;
            };
            let stride = usize::try_from(layout.row()).unwrap_or(usize::MAX);
            let rows = bytes.chunks_exact(stride.max(1));
            table.rows.extend(rows.map(|bytes| row(layout, bytes, reveal)));
        }
        Ok(Self { head, tables })
    }

    /// For people: the layouts, and the first rows of each table.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.head);
        for (n, table) in self.tables.iter().enumerate() {
            let last = n + 1 == self.tables.len();
            let (branch, stem) = if last { ("└", " ") } else { ("├", "│") };
            let late = if table.late { ", late" } else { "" };
            let sorted = if table.sorted { ", sorted" } else { "" };
            let (record, rows) = (&table.record, table.rows.len());
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{branch} {record}   {rows} rows{late}{sorted}");
            for (path, name, kind) in &table.members {
                let _ = writeln!(text, "{stem}   {path:<5} {name}   {kind}");
            }
            for row in table.rows.iter().take(SHOWN) {
                let values = row.iter().map(|(name, value)| match value {
                    Value::String(text) => format!("{name} {}", Name(text.as_bytes())),
                    value => format!("{name} {value}"),
                });
                let _ = writeln!(text, "{stem} · {}", values.collect::<Vec<_>>().join("  "));
            }
            if let Some(more) = rows.checked_sub(SHOWN).filter(|more| *more > 0) {
                let _ = writeln!(text, "{stem} · and {more} more rows (--format json)");
            }
        }
        text
    }

    /// For programs: every row.
    #[must_use]
    pub fn json(&self) -> String {
        let tables = self.tables.iter().map(|table| {
            let members = table.members.iter();
            let members =
                members.map(|(id, name, kind)| json!({ "id": id, "name": name, "kind": kind }));
            json!({
                "record": table.record, "late": table.late, "sorted": table.sorted,
                "members": members.collect::<Vec<_>>(), "rows": table.rows,
            })
        });
        let document = json!({ "schema": "kserial-image/1", "head": self.head, "tables": tables.collect::<Vec<_>>() });
        format!("{document:#}\n")
    }
}

/// A member's path, name and kind.
fn said(member: Member<'_>) -> (String, String, String) {
    let array = if member.is_array() { format!("{} × ", member.count()) } else { String::new() };
    let unit =
        if member.unit().is_empty() { String::new() } else { format!(", {}", member.unit()) };
    let kind = format!("{array}{} bits {}{unit}", member.bits(), member.kind().name());
    (member.path().to_string(), member.name().to_owned(), kind)
}

fn row(layout: Layout<'_>, bytes: &[u8], reveal: bool) -> Map<String, Value> {
    let shown = layout.written().map(|member| {
        let value = match member.is_sensitive() && !reveal {
            true => Value::from("(sensitive: --reveal shows it)"),
            false => value(member, bytes),
        };
        (name(layout, member), value)
    });
    shown.collect()
}

/// The names of the records that a member is nested in, and its own.
fn name(layout: Layout<'_>, member: Member<'_>) -> String {
    let outer = member.path().parent().and_then(|path| layout.member(path));
    match outer {
        Some(outer) => format!("{}.{}", name(layout, outer), member.name()),
        None => member.name().to_owned(),
    }
}

fn value(member: Member<'_>, row: &[u8]) -> Value {
    let elements: Vec<u64> = (0..member.count())
        .map(|n| element(row, member.bit() + n * u32::from(member.bits()), member.bits()))
        .collect();
    let one = |bits: u64| match member.kind() {
        Kind::Signed => {
            let unused = 64 - u32::from(member.bits());
            Value::from((bits << unused).cast_signed() >> unused)
        }
        Kind::Bool => Value::from(bits != 0),
        Kind::Physical => Value::from(format!("{bits:#x}")),
        _ => Value::from(bits),
    };
    match member.kind() {
        Kind::Text => {
            // Elements of a text have eight bits.
            let bytes: Vec<u8> = elements.iter().map(|byte| byte.to_le_bytes()[0]).collect();
            let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            Value::from(Name(&bytes[..length]).to_string())
        }
        Kind::Bytes => Value::from(elements.iter().map(|b| format!("{b:02x}")).collect::<String>()),
        _ if member.is_array() => elements.into_iter().map(one).collect(),
        _ => one(elements.first().copied().unwrap_or(0)),
    }
}

/// The bits of an element, lowest first; a valid layout keeps them within the row.
fn element(row: &[u8], bit: u32, width: u8) -> u64 {
    (0..u32::from(width)).fold(0, |value, n| {
        let place = bit + n;
        let byte = row.get((place / 8) as usize).copied().unwrap_or(0);
        value | u64::from(byte >> (place % 8) & 1) << n
    })
}
