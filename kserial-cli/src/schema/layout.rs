//! Layouts as text.

use kserial::{Kind, Layout, Path};
use serde::{Deserialize, Serialize};

use super::{Id, MemberDoc, Number, ValueDoc};

/// A layout in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LayoutDoc {
    /// The record's name.
    pub name: String,
    /// Bytes from one row to the next.
    pub row: u32,
    /// The alignment of a row, in bytes.
    #[serde(default = "one")]
    pub align: u8,
    /// Rows refuse a reader that does not know the record.
    #[serde(default, skip_serializing_if = "is_false")]
    pub critical: bool,
    /// Its absence is an error.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,

    /// The C struct that the rows are.
    #[serde(default, rename = "struct", skip_serializing_if = "Option::is_none")]
    pub struct_name: Option<String>,
    /// What carries the members.
    #[serde(default, skip_serializing_if = "Carried::is_struct")]
    pub carried: Carried,
    /// C members without meaning: padding that was given a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub padding: Vec<String>,

    /// The members.
    #[serde(default, rename = "member", skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberDoc>,
    /// The IDs that must not come back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired: Vec<RetiredDoc>,
}

/// How the members travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carried {
    /// As the bytes of a C struct, found by their offsets.
    #[default]
    Struct,
    /// As properties of a device tree node, found by their names.
    Fdt,
}

/// A member that is gone.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredDoc {
    /// Its ID.
    pub id: Id,
    /// Its last name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Carried {
    /// Whether offsets find the members.
    #[must_use]
    pub fn is_struct(&self) -> bool {
        matches!(self, Self::Struct)
    }
}

impl LayoutDoc {
    /// What `layout` states, in words.
    #[must_use]
    pub fn of(layout: Layout<'_>) -> Self {
        Self {
            name: layout.record().to_owned(),
            row: layout.row(),
            align: layout.align(),
            critical: layout.is_critical(),
            required: layout.is_required(),
            struct_name: None,
            carried: Carried::Struct,
            padding: Vec::new(),
            members: layout.members().map(|member| member_of(layout, member)).collect(),
            retired: layout
                .retired()
                .map(|(path, name)| RetiredDoc { id: Id(path), name: name.to_owned() })
                .collect(),
        }
    }

    /// The member known by `path`.
    #[must_use]
    pub fn member(&self, path: Path) -> Option<&MemberDoc> {
        self.members.iter().find(|member| member.id.0 == path)
    }

    /// The name and place of `member` in words: `u32 at byte 16`, `52 bits from bit 0`.
    #[must_use]
    pub fn place(&self, member: &MemberDoc) -> String {
        if self.carried == Carried::Fdt {
            return format!("property {}", member.name);
        }
        if let Some(enumerator) = &member.enumerator {
            return format!("constant {enumerator}");
        }
        let many = member.count.map_or(String::new(), |count| format!("{count} × "));
        if member.bit.is_multiple_of(8) && member.bits.is_multiple_of(8) {
            let bytes = match member.bits / 8 {
                1 => "1 byte".to_owned(),
                bytes => format!("{bytes} bytes"),
            };
            format!("{} is {many}{bytes} at byte {}", member.name, member.bit / 8)
        } else {
            format!("{} is {many}{} bits from bit {}", member.name, member.bits, member.bit)
        }
    }

    /// The layout as a KSerial image would carry it: a version string or a header in front is the
    /// image's own business, a sequence is a child table, whatever chain C uses for it, and a pointer of
    /// the running kernel stays with it.
    #[must_use]
    pub fn in_image(&self) -> Self {
        let mut image = Self { carried: Carried::Struct, struct_name: None, ..self.clone() };
        image.members.retain(|member| !member.envelope && !member.pointer);
        for member in &mut image.members {
            if let Some(table) = member.table.take() {
                let end = MemberDoc::of_kind(table.id, &member.name, Kind::End.name());
                let place = (member.bit, member.bits);
                let critical = member.critical;
                *member = MemberDoc { child: Some(table.record), critical, ..end };
                (member.bit, member.bits) = place;
            }
        }
        image
    }
}

fn member_of(layout: Layout<'_>, member: kserial::Member<'_>) -> MemberDoc {
    let kind = member.kind();
    let mut doc = MemberDoc::of_kind(Id(member.path()), member.name(), kind.name());
    doc.bit = member.bit();
    doc.bits = member.bits().into();
    doc.count = member.is_array().then(|| member.count());
    // Every end mark's default is 0, and none says so.
    let default = member.default().filter(|_| kind != Kind::End);
    doc.default = default.map(|bits| Number::of(kind, bits));
    doc.critical = member.is_critical();
    doc.key = member.is_key();
    doc.legacy = member.is_legacy();
    doc.sensitive = member.is_sensitive();
    doc.unit = member.unit().to_owned();
    doc.child = layout.child(member.path()).map(str::to_owned);
    doc.values = layout
        .intervals(member.path())
        .map(|interval| {
            let (low, high) = (Number::of(kind, interval.low()), Number::of(kind, interval.high()));
            match interval.name() {
                // Outside enums a name is for people only, and may be one of many values.
                name if kind.is_enum() => ValueDoc::Named { name: name.to_owned(), value: low },
                _ => ValueDoc::Range { low, high },
            }
        })
        .collect();
    doc
}

fn one() -> u8 {
    1
}

fn is_false(flag: &bool) -> bool {
    !flag
}
