//! A proto2 message: a member without a default is `required`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kserial_reference::history::Version;
use kserial_reference::{Kind, Member};

use super::{in_place, word};

/// The record as a proto file.
pub fn render(version: &Version, _: &Version, float: Option<&[u16]>) -> Option<String> {
    let (mut types, mut outer, mut inner) = (String::new(), String::new(), String::new());
    let mut children = BTreeSet::new();
    for member in in_place(version) {
        let is_float = float == Some(member.path.as_slice());
        let line = field(member, is_float, &mut types);
        match member.path.as_slice() {
            [_] => outer.push_str(&line),
            _ => inner.push_str(&line),
        }
        children.extend(member.child.clone());
    }
    for child in children {
        let _ = writeln!(types, "message {child} {{ optional uint64 pfn = 1; }}");
    }
    let names: Vec<&str> = version.shape.members.iter().map(|m| m.name.as_str()).collect();
    for (path, name) in &version.shape.retired {
        let text = match path.as_slice() {
            [_] => &mut outer,
            _ => &mut inner,
        };
        let id = path.last()?;
        let _ = writeln!(text, "  reserved {id};");
        if !names.contains(&name.as_str()) {
            let _ = writeln!(text, "  reserved \"{name}\";");
        }
    }
    let record = &version.shape.record;
    Some(format!(
        "syntax = \"proto2\";\npackage cNUMBER;\n{types}message nested_record {{\n{inner}}}\n\
         message {record} {{\n{outer}  optional nested_record nested = 7;\n}}\n"
    ))
}

fn field(member: &Member, is_float: bool, types: &mut String) -> String {
    let (name, id) = (&member.name, member.path.last().copied().unwrap_or(0));
    let wide = word(member.bits) == 64;
    let base = match member.kind {
        _ if is_float => if wide { "double" } else { "float" }.to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::Bytes => "bytes".to_owned(),
        Kind::Text => "string".to_owned(),
        Kind::End => member.child.clone().unwrap_or_default(),
        Kind::Signed => if wide { "int64" } else { "int32" }.to_owned(),
        Kind::OpenEnum | Kind::ClosedEnum => {
            let values = member.ranges.iter().map(|r| format!("{name}_{} = {};", r.name, r.low));
            let values: Vec<String> = values.collect();
            let _ = writeln!(types, "enum {name}_values {{ {} }}", values.join(" "));
            format!("{name}_values")
        }
        _ => if wide { "uint64" } else { "uint32" }.to_owned(),
    };
    let one = matches!(member.kind, Kind::Bytes | Kind::Text);
    let label = match member.default {
        _ if member.array && !one || member.kind == Kind::End => "repeated",
        Some(_) => "optional",
        None => "required",
    };
    let default = member.default.filter(|default| *default != 0 && label == "optional");
    let default = default.map(|default| match member.kind {
        Kind::Bool => "true".to_owned(),
        kind if kind.is_enum() => {
            let named = member.ranges.iter().find(|range| range.low == default);
            named.map_or(String::new(), |range| format!("{name}_{}", range.name))
        }
        _ => default.to_string(),
    });
    let mut options = Vec::new();
    options.extend(default.map(|default| format!("default = {default}")));
    options.extend(member.legacy.then(|| "deprecated = true".to_owned()));
    let options =
        if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) };
    format!("  {label} {base} {name} = {id}{options};\n")
}
