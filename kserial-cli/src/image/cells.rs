//! Layouts as JSON: cell by cell, in the order in which the image has them, with what this version
//! does not know. So the very bytes can be written again.

use kserial::cell::{
    padded, Cell, ChildCell, IntervalCell, MemberCell, RetiredCell, MEMBER_ARRAY, MEMBER_CRITICAL,
    MEMBER_DEFAULT, MEMBER_KEY, MEMBER_LEGACY, MEMBER_MUST_UNDERSTAND, MEMBER_SENSITIVE, TAG_CHILD,
    TAG_INTERVAL, TAG_MEMBER, TAG_RETIRED,
};
use kserial::{Kind, Layout, Path};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, IntoBytes};

use super::value::{from_hex, hex, of_number, to_number};
use crate::schema::{kind, Id, Number};

/// One cell.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "cell", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum CellDoc {
    /// A member.
    Member {
        id: String,
        name: String,
        kind: String,
        #[serde(default, skip_serializing_if = "is_zero")]
        bit: u32,
        #[serde(default, skip_serializing_if = "is_zero")]
        bits: u32,
        /// Elements of an array.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<Value>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        unit: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flags: Vec<Flag>,
        /// Flags that a reader may ignore, and that have no name yet.
        #[serde(default, skip_serializing_if = "is_zero")]
        other_flags: u32,
    },
    /// Values that a member may take.
    Interval {
        id: String,
        low: Value,
        high: Value,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    },
    /// The record whose rows an end mark counts.
    Child { id: String, record: String },
    /// A path that must not come back.
    Retired {
        id: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
    },
    /// A cell that a reader skips.
    Other { bytes: String },
}

/// The flags of members that have a name.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flag {
    Critical,
    Key,
    Legacy,
    Sensitive,
}

const FLAGS: [(u32, Flag); 4] = [
    (MEMBER_CRITICAL, Flag::Critical),
    (MEMBER_KEY, Flag::Key),
    (MEMBER_LEGACY, Flag::Legacy),
    (MEMBER_SENSITIVE, Flag::Sensitive),
];

/// The cells of `layout`.
pub(crate) fn docs(layout: Layout<'_>) -> Vec<CellDoc> {
    layout.cells().iter().map(|cell| doc(layout, cell)).collect()
}

fn doc(layout: Layout<'_>, cell: &Cell) -> CellDoc {
    let bytes = cell.as_bytes();
    let path = path(cell);
    let id = path.to_string();
    let kind = layout.member(path).map_or(Kind::Unsigned, |member| member.kind());
    let number = |bits: U64| of_number(Number::of(kind, bits.get()).0);
    match cell.tag {
        TAG_MEMBER => match (MemberCell::read_from_bytes(bytes), layout.member(path)) {
            (Ok(raw), Some(member)) => CellDoc::Member {
                id,
                name: member.name().to_owned(),
                kind: kind.name().to_owned(),
                bit: member.bit(),
                bits: member.bits().into(),
                count: member.is_array().then(|| member.count()),
                default: (raw.flags.get() & MEMBER_DEFAULT != 0).then(|| number(raw.default)),
                unit: member.unit().to_owned(),
                flags: FLAGS
                    .into_iter()
                    .filter(|(bit, _)| raw.flags.get() & bit != 0)
                    .map(|(_, flag)| flag)
                    .collect(),
                other_flags: raw.flags.get() & !MEMBER_MUST_UNDERSTAND,
            },
            _ => CellDoc::Other { bytes: hex(bytes) },
        },
        TAG_INTERVAL => match IntervalCell::read_from_bytes(bytes) {
            Ok(raw) => {
                let (low, high) = (number(raw.low), number(raw.high));
                CellDoc::Interval { id, low, high, name: text(&raw.name) }
            }
            Err(_) => CellDoc::Other { bytes: hex(bytes) },
        },
        TAG_CHILD => match layout.child(path) {
            Some(record) => CellDoc::Child { id, record: record.to_owned() },
            None => CellDoc::Other { bytes: hex(bytes) },
        },
        TAG_RETIRED => match RetiredCell::read_from_bytes(bytes) {
            Ok(raw) => CellDoc::Retired { id, name: text(&raw.name) },
            Err(_) => CellDoc::Other { bytes: hex(bytes) },
        },
        _ => CellDoc::Other { bytes: hex(bytes) },
    }
}

impl CellDoc {
    /// The cell that this states; `kind_of` knows the members stated beside it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn cell(&self) -> Result<Cell, String> {
        match self {
            Self::Member {
                id,
                name,
                kind: word,
                bit,
                bits,
                count,
                default,
                unit,
                flags,
                other_flags,
            } => {
                let kind = kind(word).ok_or_else(|| format!("there is no kind \"{word}\""))?;
                if other_flags & MEMBER_MUST_UNDERSTAND != 0 {
                    return Err(format!("member {id}: other_flags {other_flags:#x} have names"));
                }
                let named = FLAGS.iter().filter(|(_, flag)| flags.contains(flag));
                let named = named.fold(0, |all, (bit, _)| all | bit);
                let array = if count.is_some() { MEMBER_ARRAY } else { 0 };
                let defaulted = if default.is_some() { MEMBER_DEFAULT } else { 0 };
                Ok(MemberCell {
                    path: ids(id)?,
                    tag: TAG_MEMBER,
                    kind: kind.number(),
                    bits: u8::try_from(*bits).map_err(|_| format!("member {id}: {bits} bits"))?,
                    reserved: 0,
                    bit: U32::new(*bit),
                    count: U32::new(count.unwrap_or(u32::from(kind != Kind::Group))),
                    flags: U32::new(named | array | defaulted | other_flags),
                    default: default.as_ref().map_or(Ok(U64::new(0)), raw)?,
                    unit: field(unit)?,
                    name: field(name)?,
                }
                .cell())
            }
            Self::Interval { id, low, high, name } => Ok(IntervalCell {
                path: ids(id)?,
                tag: TAG_INTERVAL,
                reserved: [0; 15],
                low: raw(low)?,
                high: raw(high)?,
                name: field(name)?,
            }
            .cell()),
            Self::Child { id, record } => Ok(ChildCell {
                path: ids(id)?,
                tag: TAG_CHILD,
                reserved: [0; 7],
                record: field(record)?,
            }
            .cell()),
            Self::Retired { id, name } => Ok(RetiredCell {
                path: ids(id)?,
                tag: TAG_RETIRED,
                reserved: [0; 31],
                name: field(name)?,
            }
            .cell()),
            Self::Other { bytes } => from_hex(bytes)
                .and_then(|bytes| Cell::read_from_bytes(&bytes).ok())
                .ok_or_else(|| "a cell is 64 bytes in hexadecimal".to_owned()),
        }
    }
}

fn path(cell: &Cell) -> Path {
    let [first, rest @ ..] = cell.path;
    let nested = rest.iter().take_while(|id| id.get() != 0);
    nested.fold(Path::of(first.get()), |path, id| path.then(id.get()).unwrap_or(path))
}

fn ids(id: &str) -> Result<[U16; 4], String> {
    let path = Id::parse(id).ok_or_else(|| format!("\"{id}\" is no ID such as 6 or 6.1"))?;
    Ok(path.0.ids().map(U16::new))
}

fn raw(value: &Value) -> Result<U64, String> {
    let bits = to_number(value).and_then(|number| Number(number).bits());
    bits.map(U64::new).ok_or_else(|| format!("{value} is no number of 64 bits"))
}

fn text(field: &[u8]) -> String {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

pub(super) fn field<const N: usize>(text: &str) -> Result<[u8; N], String> {
    match text.len() <= N {
        true => Ok(padded(text)),
        false => Err(format!("\"{text}\" is longer than {N} bytes")),
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
