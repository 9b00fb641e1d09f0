//! An image as a tree: its layouts, then its rows, children below their parents.

use std::io::{self, Write};

use kserial::{Kind, Layout, Machine, Member};

use super::label::labelled;
use super::{value, Contents, TableView};
use crate::name::Name;
use crate::quantity::{Bytes, Count};
use crate::schema::Number;

/// Rows that are shown of a table, or of one parent's children, if not all are asked for.
const SHOWN: usize = 8;
/// Bytes of a blob that are shown in one line.
const BLOB: usize = 24;

/// What to show.
#[derive(Clone, Copy, Debug, Default)]
pub struct Detail {
    /// Every row, not only the first ones.
    pub rows: bool,
    /// What members hold that are marked sensitive.
    pub reveal: bool,
}

impl Contents<'_> {
    /// Draws the image.
    ///
    /// # Errors
    /// Those of writing.
    pub fn text(&self, out: &mut dyn Write, detail: Detail) -> io::Result<()> {
        let total: usize = self.segments.iter().sum();
        writeln!(
            out,
            "KSerial image {:08x}   {}   {} in {} segment{}",
            self.number,
            machine(self.machine),
            Bytes(total as u64),
            Count(self.segments.len() as u64),
            if self.segments.len() == 1 { "" } else { "s" },
        )?;
        for (n, table) in self.tables.iter().enumerate() {
            let last = n + 1 == self.tables.len() && self.is_empty();
            let (branch, stem) = if last { ("└", " ") } else { ("├", "│") };
            let parent = self.parent_of(n).map_or(String::new(), |p| format!(", of {p}"));
            let flags = [(table.info.late, ", late"), (table.info.sorted, ", sorted")];
            let layout = table.info.layout;
            let policy =
                [(layout.is_critical(), ", critical"), (layout.is_required(), ", required")];
            let words = flags.iter().chain(&policy).filter(|(on, _)| *on).map(|(_, word)| *word);
            writeln!(
                out,
                "{branch} {}   {} row{} of {}{parent}{}{}",
                table.record(),
                Count(table.info.rows as u64),
                if table.info.rows == 1 { "" } else { "s" },
                Bytes(table.stride() as u64),
                words.collect::<String>(),
                if layout.is_understood() {
                    ""
                } else {
                    ", not understood: of a later version of the format"
                },
            )?;
            members(out, layout, stem)?;
        }
        self.rows(out, "", detail)
    }

    fn is_empty(&self) -> bool {
        (0..self.tables.len())
            .all(|table| self.tables[table].info.rows == 0 || !self.is_understood(table))
    }

    fn is_understood(&self, table: usize) -> bool {
        self.tables[table].info.layout.is_understood()
    }

    fn parent_of(&self, table: usize) -> Option<&str> {
        let is_parent = |n: &usize| self.children(*n).any(|(_, child)| child == table);
        (0..self.tables.len()).find(is_parent).map(|parent| self.tables[parent].record())
    }

    /// Draws the rows, children below their parents, each line behind `stem`.
    ///
    /// # Errors
    /// Those of writing.
    pub fn rows(&self, out: &mut dyn Write, stem: &str, detail: Detail) -> io::Result<()> {
        let is_shown =
            |table: &usize| self.tables[*table].info.rows > 0 && self.is_understood(*table);
        let roots: Vec<usize> = self.roots().filter(is_shown).collect();
        for (n, table) in roots.iter().enumerate() {
            let rows = 0..self.tables[*table].info.rows;
            self.some_rows(out, (stem, n + 1 == roots.len()), (*table, rows), detail)?;
        }
        Ok(())
    }

    /// Draws rows that belong together; no further ones follow at their level if they are the last.
    fn some_rows(
        &self,
        out: &mut dyn Write,
        (stem, is_last): (&str, bool),
        (table, rows): (usize, std::ops::Range<usize>),
        detail: Detail,
    ) -> io::Result<()> {
        let view = &self.tables[table];
        if view.is_blob() {
            let branch = if is_last { "└" } else { "├" };
            let shown = if detail.rows { rows.len() } else { rows.len().min(BLOB) };
            let bytes = value::hex(&view.bytes(rows.start..rows.start + shown));
            let more = if shown < rows.len() { "…" } else { "" };
            let length = Bytes(rows.len() as u64);
            return writeln!(out, "{stem}{branch} {} {length}  {bytes}{more}", view.record());
        }
        let shown = if detail.rows { rows.len() } else { rows.len().min(SHOWN) };
        let labels = labelled(view.info.layout);
        for number in rows.start..rows.start + shown {
            let Some(row) = view.row(number) else { break };
            let last = is_last && number + 1 == rows.end;
            let (branch, below) = if last { ("└", "  ") } else { ("├", "│ ") };
            let line = line(view, &labels, row, detail);
            writeln!(out, "{stem}{branch} {}{line}", view.record())?;
            let children: Vec<_> = self
                .children(table)
                .map(|(mark, child)| (child, view.children(number, mark)))
                .filter(|(child, rows)| !rows.is_empty() && self.is_understood(*child))
                .collect();
            let stem = format!("{stem}{below}");
            for (n, child) in children.iter().enumerate() {
                self.some_rows(out, (&stem, n + 1 == children.len()), child.clone(), detail)?;
            }
        }
        if let Some(more) = rows.len().checked_sub(shown).filter(|more| *more > 0) {
            let branch = if is_last { "└" } else { "├" };
            let more = Count(more as u64);
            writeln!(out, "{stem}{branch} and {more} more {} (--rows)", view.record())?;
        }
        Ok(())
    }
}

fn machine(machine: Machine) -> String {
    let name = match machine.arch {
        Machine::X86_64 => "x86-64".to_owned(),
        Machine::AARCH64 => "64-bit ARM".to_owned(),
        other => format!("ELF machine {other}"),
    };
    format!(
        "{name}, pages of {}, largest order {}{}",
        Bytes(1_u64.checked_shl(machine.page_shift.into()).unwrap_or(0)),
        machine.max_order,
        if machine.encrypted { ", memory encrypted" } else { "" },
    )
}

fn members(out: &mut dyn Write, layout: Layout<'_>, stem: &str) -> io::Result<()> {
    let lines: Vec<[String; 3]> = layout.members().map(|member| said(layout, member)).collect();
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let (path, name) = (width(0), width(1));
    for [id, called, rest] in &lines {
        writeln!(out, "{stem}   {id:<path$}  {called:<name$}  {rest}")?;
    }
    Ok(())
}

/// A member's ID, its name, and everything else.
fn said(layout: Layout<'_>, member: Member<'_>) -> [String; 3] {
    let kind = member.kind();
    let array = if member.is_array() { format!("{} × ", member.count()) } else { String::new() };
    let number = |bits| Number::of(kind, bits);
    let mut words = vec![match kind {
        Kind::Group => "group".to_owned(),
        Kind::Text | Kind::Bytes => format!("{} of {}", kind.name(), member.count()),
        Kind::End => {
            format!("end of {}, {} bits", layout.child(member.path()).unwrap_or(""), member.bits())
        }
        Kind::Bool => format!("{array}bool"),
        _ => format!("{array}{} of {} bits", kind.name(), member.bits()),
    }];
    if !member.unit().is_empty() {
        words.push(format!("in {}", member.unit()));
    }
    // Every end mark's is 0.
    if let (Some(default), false) = (member.default(), kind == Kind::End) {
        words.push(format!("default {}", number(default)));
    }
    let ranges: Vec<String> = layout
        .intervals(member.path())
        .map(|interval| match (interval.name(), interval.low() == interval.high()) {
            ("", true) => number(interval.low()).to_string(),
            ("", false) => format!("{}..={}", number(interval.low()), number(interval.high())),
            (name, _) => format!("{name} = {}", number(interval.low())),
        })
        .collect();
    if !ranges.is_empty() {
        words.push(ranges.join(" | "));
    }
    let flags = [
        (member.is_critical(), "critical"),
        (member.is_key(), "key"),
        (member.is_legacy(), "legacy, not written"),
        (member.is_sensitive(), "sensitive"),
    ];
    words.extend(flags.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
    [member.path().to_string(), member.name().to_owned(), words.join(", ")]
}

/// What a row holds, in one line. End marks are left out: the children follow.
fn line(
    view: &TableView<'_>,
    labels: &[(Member<'_>, String)],
    row: &[u8],
    detail: Detail,
) -> String {
    let layout = view.info.layout;
    let shown = labels.iter().filter(|(member, _)| member.kind() != Kind::End);
    let words = shown.map(|(member, label)| {
        let held = match member.is_sensitive() && !detail.reveal {
            true => "(sensitive: --reveal)".to_owned(),
            false => held(layout, *member, row),
        };
        format!("  {label} {held}")
    });
    words.collect()
}

pub(super) fn held(layout: Layout<'_>, member: Member<'_>, row: &[u8]) -> String {
    let is_frame = member.name() == "pfn";
    let unit = match member.unit() {
        unit if unit.is_empty() || is_frame => String::new(),
        unit => format!(" {unit}"),
    };
    let one = |n: u32| {
        let bits = value::element(member, row, n);
        if let Some(name) = value::name(layout, member, bits) {
            return name.to_owned();
        }
        match member.kind() {
            Kind::Bool => if bits == 0 { "no" } else { "yes" }.to_owned(),
            Kind::Physical => format!("{bits:#x}"),
            Kind::Signed => value::number(member, bits).to_string(),
            // What is counted has a unit; a key, or what is that large, is rather a name or bits.
            _ if is_frame || unit.is_empty() && (member.is_key() || bits > u16::MAX.into()) => {
                format!("{bits:#x}")
            }
            _ => Count(bits).to_string(),
        }
    };
    match member.kind() {
        Kind::Text => match value::text(member, row) {
            Ok(text) => Name(text.as_bytes()).to_string(),
            Err(bytes) => value::hex(&bytes),
        },
        Kind::Bytes => {
            let bytes = value::elements(member, row);
            let more = if bytes.len() > BLOB { "…" } else { "" };
            format!("{}{more}", value::hex(&bytes[..bytes.len().min(BLOB)]))
        }
        _ if member.is_array() => {
            let shown = member.count().min(16);
            let list: Vec<String> = (0..shown).map(one).collect();
            let more = if shown < member.count() { " …" } else { "" };
            format!("[{}{more}]{unit}", list.join(" "))
        }
        _ => format!("{}{unit}", one(0)),
    }
}
