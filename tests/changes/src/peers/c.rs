//! A packed C struct.

use std::fmt::Write as _;

use kserial_reference::history::Version;
use kserial_reference::{Kind, Member};

use super::{flat_name, in_place};

/// The record as a C file.
pub fn render(version: &Version, _: &Version, float: Option<&[u16]>) -> Option<String> {
    let (mut types, mut members) = (String::new(), String::new());
    let mut free = 0;
    for member in in_place(version) {
        pad(&mut members, member.bit - free);
        free = member.bit + u32::from(member.bits) * member.count;
        let is_float = float == Some(member.path.as_slice());
        let line = declared(member, is_float, &mut types)?;
        let _ = writeln!(members, "\t{line};");
    }
    pad(&mut members, version.shape.row * 8 - free);
    let record = &version.shape.record;
    let align = version.shape.align;
    Some(format!(
        "{types}struct {record} {{\n{members}}} __attribute__((packed, aligned({align})));\n\
         void use(struct {record} *record) {{ (void)record; }}\n"
    ))
}

fn pad(members: &mut String, mut bits: u32) {
    while bits > 0 {
        let some = bits.min(64);
        let _ = writeln!(members, "\tunsigned long long : {some};");
        bits -= some;
    }
}

fn declared(member: &Member, is_float: bool, types: &mut String) -> Option<String> {
    let name = flat_name(member);
    let bits = member.bits;
    if is_float {
        return Some(if bits == 64 { format!("double {name}") } else { format!("float {name}") });
    }
    if member.kind.is_enum() {
        let values = member.ranges.iter().map(|r| format!("{name}_{} = {}", r.name, r.low));
        let values: Vec<String> = values.collect();
        let _ = writeln!(types, "enum {name} {{ {} }};", values.join(", "));
        return Some(format!("enum {name} {name} : {bits}"));
    }
    let whole = matches!(bits, 8 | 16 | 32 | 64);
    let base = match (member.kind, bits) {
        (Kind::Bool, 1 | 8) => "_Bool".to_owned(),
        (Kind::Bool, _) => return None,
        (Kind::Text, _) => "char".to_owned(),
        (Kind::Signed, _) => format!("{} ", signed(bits)).trim().to_owned(),
        _ => format!("unsigned {}", plain(bits)),
    };
    let array = if member.array { format!("[{}]", member.count) } else { String::new() };
    let width = if whole { String::new() } else { format!(" : {bits}") };
    Some(format!("{base} {name}{array}{width}"))
}

fn plain(bits: u8) -> &'static str {
    match bits {
        0..=8 => "char",
        9..=16 => "short",
        17..=32 => "int",
        _ => "long long",
    }
}

fn signed(bits: u8) -> &'static str {
    match bits {
        0..=8 => "signed char",
        9..=16 => "short",
        17..=32 => "int",
        _ => "long long",
    }
}
