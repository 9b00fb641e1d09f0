//! What a member holds, as JSON, and back.
//!
//! | kind | JSON |
//! |---|---|
//! | numbers, end marks | a number; a string, `"0x…"`, where programs lose digits: from 2⁵³ on |
//! | physical address | a string, `"0x2b05000"` |
//! | bool | `true` or `false` |
//! | enum | the value's name; a number where it has none |
//! | text | a string; `{ "bytes": "…" }` where it is not UTF-8 padded with NUL |
//! | bytes | a string of hexadecimal digits |
//! | array | a list of these |

use std::fmt::Write as _;

use kserial::{Kind, Layout, Member};
use serde_json::{json, Map, Value};

/// Numbers from here on are no `f64` any more.
const EXACT: u64 = 1 << 53;

/// Element `n` of `member` in `row`, as its bits.
pub(super) fn element(member: Member<'_>, row: &[u8], n: u32) -> u64 {
    let width = u32::from(member.bits());
    let bit = member.bit() + n * width;
    let mut window = [0; 8];
    // A valid layout keeps every element within eight bytes of the row.
    let bytes = row.get((bit / 8) as usize..).unwrap_or_default();
    window.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    u64::from_le_bytes(window) >> (bit % 8) & mask(width)
}

fn store(member: Member<'_>, row: &mut [u8], n: u32, value: u64) {
    let width = u32::from(member.bits());
    let bit = member.bit() + n * width;
    for k in 0..width {
        let place = bit + k;
        if let Some(byte) = row.get_mut((place / 8) as usize) {
            *byte = *byte & !(1 << (place % 8)) | u8::from(value >> k & 1 == 1) << (place % 8);
        }
    }
}

fn mask(width: u32) -> u64 {
    u64::MAX.checked_shr(64 - width.min(64)).unwrap_or(0)
}

/// The bits of a member as the number that they are.
pub(super) fn number(member: Member<'_>, bits: u64) -> i128 {
    match member.kind() {
        Kind::Signed => {
            let unused = 64 - u32::from(member.bits());
            ((bits << unused).cast_signed() >> unused).into()
        }
        _ => bits.into(),
    }
}

/// A number as JSON.
pub(super) fn of_number(number: i128) -> Value {
    match u64::try_from(number.unsigned_abs()) {
        Ok(size) if size < EXACT => match i64::try_from(number) {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        _ if number < 0 => number.to_string().into(),
        _ => format!("{number:#x}").into(),
    }
}

/// The number that JSON states.
pub(super) fn to_number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => {
            number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from))
        }
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok().map(i128::from),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

/// The name of the value in an enum.
pub(super) fn name<'a>(layout: Layout<'a>, member: Member<'a>, bits: u64) -> Option<&'a str> {
    if !member.kind().is_enum() {
        return None;
    }
    let mut named = layout.intervals(member.path());
    named.find(|interval| interval.low() == bits).map(|interval| interval.name())
}

/// All that `member` holds in `row`.
pub(super) fn to_json(layout: Layout<'_>, member: Member<'_>, row: &[u8]) -> Value {
    let one = |n: u32| {
        let bits = element(member, row, n);
        match member.kind() {
            Kind::Bool => Value::from(bits != 0),
            Kind::Physical => Value::from(format!("{bits:#x}")),
            Kind::OpenEnum | Kind::ClosedEnum => match name(layout, member, bits) {
                Some(name) => Value::from(name),
                // A string might be a name.
                None => Value::from(bits),
            },
            _ => of_number(number(member, bits)),
        }
    };
    match member.kind() {
        Kind::Text => match text(member, row) {
            Ok(text) => Value::from(text),
            Err(bytes) => json!({ "bytes": hex(&bytes) }),
        },
        Kind::Bytes => Value::from(hex(&elements(member, row))),
        _ if member.is_array() => (0..member.count()).map(one).collect(),
        _ => one(0),
    }
}

/// The text that `member` holds, where it is UTF-8 with nothing but NUL behind it; otherwise its bytes.
pub(super) fn text(member: Member<'_>, row: &[u8]) -> Result<String, Vec<u8>> {
    let bytes = elements(member, row);
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    match std::str::from_utf8(&bytes[..length]) {
        Ok(text) if !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(bytes),
    }
}

/// The elements of bytes and text.
pub(super) fn elements(member: Member<'_>, row: &[u8]) -> Vec<u8> {
    (0..member.count()).map(|n| element(member, row, n).to_le_bytes()[0]).collect()
}

/// Puts what JSON states into `row`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn from_json(
    layout: Layout<'_>,
    member: Member<'_>,
    value: &Value,
    row: &mut [u8],
) -> Result<(), String> {
    if value.is_null() {
        return Err("is masked: write the JSON with --reveal".to_owned());
    }
    let one = |value: &Value| match member.kind() {
        Kind::Bool => value.as_bool().map(u64::from).ok_or_else(|| format!("{value}: no bool")),
        Kind::OpenEnum | Kind::ClosedEnum if value.is_string() => {
            let named = layout.intervals(member.path()).find(|i| value == i.name());
            named.map(|i| i.low()).ok_or_else(|| format!("{value}: no value of this name"))
        }
        _ => bits(member, value),
    };
    let bytes = match member.kind() {
        Kind::Text => Some(match value {
            Value::Object(form) => unhex(form),
            value => value.as_str().map(|text| text.as_bytes().to_vec()),
        }),
        Kind::Bytes => Some(value.as_str().and_then(from_hex)),
        _ => None,
    };
    if let Some(bytes) = bytes {
        let bytes = bytes.ok_or_else(|| format!("{value}: neither text nor bytes"))?;
        let fits = match member.kind() {
            Kind::Text => bytes.len() <= member.count() as usize,
            _ => bytes.len() == member.count() as usize,
        };
        if !fits {
            return Err(format!("{} bytes, for {} of them", bytes.len(), member.count()));
        }
        (0..).zip(bytes).for_each(|(n, byte)| store(member, row, n, byte.into()));
        return Ok(());
    }
    if !member.is_array() {
        store(member, row, 0, one(value)?);
        return Ok(());
    }
    let list = value.as_array().ok_or_else(|| format!("{value}: no list"))?;
    if list.len() != member.count() as usize {
        return Err(format!("{} elements, for {} of them", list.len(), member.count()));
    }
    for (n, value) in (0..).zip(list) {
        store(member, row, n, one(value)?);
    }
    Ok(())
}

/// The bits of the number that JSON states, if the member is wide enough.
fn bits(member: Member<'_>, value: &Value) -> Result<u64, String> {
    let number = to_number(value).ok_or_else(|| format!("{value}: no number"))?;
    let size = 1_i128 << member.bits();
    let range = match member.kind() {
        Kind::Signed => -size / 2..size / 2,
        _ => 0..size,
    };
    match range.contains(&number) {
        // Two's complement of as many bits: the value was just found to fit them.
        true => Ok(u64::try_from(number.rem_euclid(size)).unwrap_or(0)),
        false => Err(format!("{number} does not fit {} bits", member.bits())),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

fn unhex(form: &Map<String, Value>) -> Option<Vec<u8>> {
    from_hex(form.get("bytes")?.as_str()?)
}
