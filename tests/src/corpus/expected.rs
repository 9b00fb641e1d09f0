//! What must come out, in the words of the reader in C (`tests/c-reader/README.md`), by the
//! reference alone.

use std::collections::BTreeSet;

use kserial_reference::cross::obstacles;
use kserial_reference::image::{Head, Table};
use kserial_reference::{cross, Crossing, Kind, Member, Path, Row, Shape};
use serde_json::{json, Map, Value};

/// What an image holds.
pub(super) fn image(head: Head, tables: &[Table]) -> Value {
    json!({
        "machine": {
            "architecture": head.arch, "page_shift": head.page_shift,
            "max_order": head.max_order, "encrypted": head.encrypted,
        },
        "number": head.number,
        "tables": tables.iter().map(table).collect::<Vec<_>>(),
    })
}

fn table(table: &Table) -> Value {
    let shape = &table.shape;
    let retired = shape.retired.iter();
    json!({
        "record": shape.record, "rows": table.rows.len(), "late": table.late,
        "sorted": table.sorted, "critical": shape.critical, "required": shape.required,
        "row": shape.row, "align": shape.align,
        "members": shape.members.iter().map(member).collect::<Vec<_>>(),
        "retired": retired.map(|(path, name)| json!({ "path": dotted(path), "name": name }))
            .collect::<Vec<_>>(),
        "data": table.rows.iter().map(|row| values(shape, row)).collect::<Vec<_>>(),
    })
}

fn member(member: &Member) -> Value {
    let flags = [
        (member.critical, "critical"),
        (member.key, "key"),
        (member.legacy, "legacy"),
        (member.sensitive, "sensitive"),
        (member.array, "array"),
    ];
    let flags: Vec<_> = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    let mut shown = json!({
        "path": dotted(&member.path), "name": member.name, "kind": word(member.kind),
        "bit": member.bit, "bits": member.bits, "count": member.count, "flags": flags,
        "unit": member.unit,
    });
    if let Some(default) = member.default {
        shown["default"] = default.to_string().into();
    }
    if !member.ranges.is_empty() {
        let ranges = member.ranges.iter().map(|range| {
            let (low, high) = (range.low.to_string(), range.high.to_string());
            json!({ "low": low, "high": high, "name": range.name })
        });
        shown["intervals"] = ranges.collect();
    }
    if let Some(child) = &member.child {
        shown["child"] = child.as_str().into();
    }
    shown
}

/// What a reader of these `shapes` makes of an image's `tables`: rows, losses, and what it refuses.
#[must_use]
pub fn read_as(tables: &[Table], shapes: &[Shape]) -> Value {
    let read = shapes.iter().map(|target| {
        let source = tables.iter().find(|table| table.shape.record == target.record);
        let (rows, losses) = match source.map(|source| crossed(source, target)) {
            None => (Vec::new(), BTreeSet::new()),
            Some(Ok(crossed)) => crossed,
            Some(Err(refused)) => {
                let refused: Vec<_> = refused.iter().map(|path| dotted(path)).collect();
                return json!({ "record": target.record, "refused": refused });
            }
        };
        let lost = source.into_iter().flat_map(|source| &source.shape.members);
        let lost = lost.filter(|member| losses.contains(&member.path));
        json!({
            "record": target.record, "rows": rows.len(),
            "data": rows.iter().map(|row| values(target, row)).collect::<Vec<_>>(),
            "losses": lost.map(|member| dotted(&member.path)).collect::<Vec<_>>(),
        })
    });
    let is_known = |table: &&Table| shapes.iter().any(|shape| shape.record == table.shape.record);
    let unknown = tables.iter().filter(|table| !table.rows.is_empty() && !is_known(table));
    json!({
        "tables": read.collect::<Vec<_>>(),
        "losses": unknown.map(|table| table.shape.record.as_str()).collect::<Vec<_>>(),
    })
}

/// The reader's rows and what they lose, or the members for which some row is refused.
///
/// # Errors
/// Those members.
pub fn crossed(
    source: &Table,
    target: &Shape,
) -> Result<(Vec<Row>, BTreeSet<Path>), BTreeSet<Path>> {
    let (mut rows, mut losses, mut refused) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    if source.rows.is_empty() {
        return Ok((rows, losses));
    }
    let obstacles = obstacles(&source.shape, target);
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    for row in &source.rows {
        match cross(&source.shape, target, row) {
            Crossing::Refused(paths) => refused.extend(paths),
            Crossing::Crosses { row, losses: lost } => {
                rows.push(row);
                losses.extend(lost);
            }
        }
    }
    if refused.is_empty() {
        Ok((rows, losses))
    } else {
        Err(refused)
    }
}

/// A row: what it holds of each member, by path.
#[must_use]
pub fn values(shape: &Shape, row: &Row) -> Value {
    let members = shape.members.iter().filter_map(|member| {
        let elements = row.get(&member.path)?;
        let one = |value: &i128| match member.kind {
            Kind::Bool => Value::from(*value != 0),
            _ => Value::from(value.to_string()),
        };
        let shown = match member.kind {
            Kind::Bytes | Kind::Text => {
                Value::from(elements.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            _ if member.array => elements.iter().map(one).collect(),
            _ => elements.first().map_or(Value::Null, one),
        };
        Some((dotted(&member.path), shown))
    });
    Value::Object(members.collect::<Map<_, _>>())
}

pub(super) fn dotted(path: &[u16]) -> String {
    path.iter().map(u16::to_string).collect::<Vec<_>>().join(".")
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Unsigned => "unsigned",
        Kind::Signed => "signed",
        Kind::Bool => "bool",
        Kind::Bytes => "bytes",
        Kind::Text => "text",
        Kind::OpenEnum => "open",
        Kind::ClosedEnum => "closed",
        Kind::Physical => "physical",
        Kind::End => "end",
        Kind::Group => "group",
    }
}
