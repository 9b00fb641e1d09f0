//! From words to cells.

use std::fmt;

use kserial::cell::{self, Cell, ChildCell, HeadCell, IntervalCell, MemberCell, RetiredCell};
use kserial::{Kind, Layout, LayoutError};
use zerocopy::little_endian::{U16, U32, U64};

use super::{LayoutDoc, MemberDoc, ValueDoc};

/// The cells of a valid layout, owned.
#[derive(Clone, Debug)]
pub struct Cells {
    head: HeadCell,
    cells: Vec<Cell>,
}

/// Why a text is no layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaError {
    /// The record.
    pub record: String,
    /// The member, where one is to blame.
    pub member: Option<String>,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "record {}, member {member}: {}", self.record, self.what),
            None => write!(f, "record {}: {}", self.record, self.what),
        }
    }
}

impl std::error::Error for SchemaError {}

impl Cells {
    /// The layout.
    #[must_use]
    pub fn layout(&self) -> Layout<'_> {
        match Layout::new(&self.head, &self.cells) {
            Ok(layout) => layout,
            // `LayoutDoc::cells` makes no other.
            Err(error) => unreachable!("cells that were valid once: {error}"),
        }
    }
}

impl LayoutDoc {
    /// The layout in cells.
    ///
    /// # Errors
    /// Where a word is unknown, a value does not fit, or the core refuses the layout.
    pub fn cells(&self) -> Result<Cells, SchemaError> {
        let fail = |member: Option<&MemberDoc>, what: String| SchemaError {
            record: self.name.clone(),
            member: member.map(|m| format!("{} ({})", m.id, m.name)),
            what,
        };
        let mut cells = Vec::with_capacity(self.members.len() * 2);
        for member in &self.members {
            push_member(member, &mut cells).map_err(|what| fail(Some(member), what))?;
        }
        for retired in &self.retired {
            cells.push(
                RetiredCell {
                    path: retired.id.0.ids().map(U16::new),
                    tag: cell::TAG_RETIRED,
                    reserved: [0; 31],
                    name: name(&retired.name).map_err(|what| fail(None, what))?,
                }
                .cell(),
            );
        }
        let count = u16::try_from(cells.len())
            .map_err(|_| fail(None, format!("{} members and values are too many", cells.len())))?;
        let flag = |on: bool, flag: u16| if on { flag } else { 0 };
        let head = HeadCell {
            record: name(&self.name).map_err(|what| fail(None, what))?,
            row: U32::new(self.row),
            cells: U16::new(count),
            flags: U16::new(
                flag(self.critical, cell::CRITICAL_RECORD)
                    | flag(self.required, cell::REQUIRED_RECORD),
            ),
            version: cell::ENCODING,
            align: self.align,
            reserved: [0; 6],
        };
        let check = |error: LayoutError| fail(None, error.to_string());
        Layout::new(&head, &cells).map_err(check)?;
        Ok(Cells { head, cells })
    }
}

fn push_member(member: &MemberDoc, cells: &mut Vec<Cell>) -> Result<(), String> {
    let path = member.id.0.ids().map(U16::new);
    let kind = kind(&member.kind).ok_or_else(|| {
        format!("there is no kind \"{}\"; the kinds are {}", member.kind, kinds())
    })?;
    let number = |value: super::Number| {
        value.bits().map(U64::new).ok_or_else(|| format!("{value} has more than 64 bits"))
    };
    let flag = |on: bool, flag: u32| if on { flag } else { 0 };
    cells.push(
        MemberCell {
            path,
            tag: cell::TAG_MEMBER,
            // The discriminant is the number of the kind in the encoding.
            kind: kind as u8,
            bits: u8::try_from(member.bits).map_err(|_| format!("{} bits", member.bits))?,
            reserved: 0,
            bit: U32::new(member.bit),
            count: U32::new(match kind {
                Kind::Group => 0,
                _ => member.count.unwrap_or(1),
            }),
            flags: U32::new(
                flag(member.default.is_some(), cell::MEMBER_DEFAULT)
                    | flag(member.critical, cell::MEMBER_CRITICAL)
                    | flag(member.key, cell::MEMBER_KEY)
                    | flag(member.legacy, cell::MEMBER_LEGACY)
                    | flag(member.sensitive, cell::MEMBER_SENSITIVE)
                    | flag(member.count.is_some(), cell::MEMBER_ARRAY),
            ),
            default: member.default.map_or(Ok(U64::new(0)), number)?,
            unit: name(&member.unit)?,
            name: name(&member.name)?,
        }
        .cell(),
    );
    for value in &member.values {
        let (low, high, text) = match value {
            ValueDoc::Named { name, value } => (*value, *value, name.as_str()),
            ValueDoc::Range { low, high } => (*low, *high, ""),
        };
        cells.push(
            IntervalCell {
                path,
                tag: cell::TAG_INTERVAL,
                reserved: [0; 15],
                low: number(low)?,
                high: number(high)?,
                name: name(text)?,
            }
            .cell(),
        );
    }
    if let Some(child) = &member.child {
        let (tag, record) = (cell::TAG_CHILD, name(child)?);
        cells.push(ChildCell { path, tag, reserved: [0; 7], record }.cell());
    }
    Ok(())
}

const KINDS: [Kind; 10] = [
    Kind::Unsigned,
    Kind::Signed,
    Kind::Bool,
    Kind::Bytes,
    Kind::Text,
    Kind::OpenEnum,
    Kind::ClosedEnum,
    Kind::Physical,
    Kind::End,
    Kind::Group,
];

/// The kind that this word stands for.
pub(crate) fn kind(word: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.name() == word)
}

fn kinds() -> String {
    KINDS.map(Kind::name).join(", ")
}

fn name<const N: usize>(text: &str) -> Result<[u8; N], String> {
    if text.len() > N {
        return Err(format!("\"{text}\" is longer than {N} bytes"));
    }
    Ok(cell::padded(text))
}
