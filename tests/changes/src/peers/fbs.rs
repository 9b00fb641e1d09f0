//! A FlatBuffers table. IDs there are dense and a member that is gone stays, deprecated; so the
//! members of both versions are numbered together.

use std::fmt::Write as _;

use kserial_reference::history::Version;
use kserial_reference::{Kind, Member, Path};

use super::{in_place, word};

/// The record as a schema, beside the `other` version of it.
pub fn render(version: &Version, other: &Version, float: Option<&[u16]>) -> Option<String> {
    let (mut types, mut outer, mut inner) = (String::new(), String::new(), String::new());
    let mut children = Vec::new();
    let gone: Vec<&Member> = in_place(other)
        .into_iter()
        .filter(|m| version.shape.retired.iter().any(|(path, _)| *path == m.path))
        .collect();
    let is_gone = |member: &&Member| gone.iter().any(|g| g.path == member.path);
    for member in in_place(version).into_iter().chain(gone.iter().copied()) {
        let deprecated = is_gone(&member) || member.legacy;
        let is_float = float == Some(member.path.as_slice());
        let id = number(version, other, &member.path)?;
        let line = field(member, id, deprecated, is_float, &mut types);
        match member.path.as_slice() {
            [_] => outer.push_str(&line),
            _ => inner.push_str(&line),
        }
        children.extend(member.child.clone().filter(|child| !children.contains(child)));
    }
    for child in children {
        let _ = writeln!(types, "table {child} {{ pfn: ulong; }}");
    }
    let (record, nested) = (&version.shape.record, number(version, other, &[7])?);
    Some(format!(
        "{types}table nested_record {{\n{inner}}}\n\
         table {record} {{\n{outer}  nested: nested_record (id: {nested});\n}}\nroot_type {record};\n"
    ))
}

/// The place of a path among those that both versions have, then those that one of them has.
fn number(version: &Version, other: &Version, path: &[u16]) -> Option<usize> {
    let depth = path.len();
    let known = |version: &Version| -> Vec<Path> {
        let mut paths: Vec<Path> = version.shape.members.iter().map(|m| m.path.clone()).collect();
        paths.extend(version.shape.retired.iter().map(|(path, _)| path.clone()));
        paths.retain(|path| path.len() == depth);
        paths.sort();
        paths
    };
    let (mine, others) = (known(version), known(other));
    let (mut all, one): (Vec<Path>, Vec<Path>) =
        mine.iter().cloned().partition(|path| others.contains(path));
    all.extend(one);
    all.extend(others.into_iter().filter(|path| !mine.contains(path)));
    all.iter().position(|known| known == path)
}

fn field(
    member: &Member,
    id: usize,
    deprecated: bool,
    is_float: bool,
    types: &mut String,
) -> String {
    let name = &member.name;
    let base = match (member.kind, word(member.bits)) {
        (_, 64) if is_float => "double".to_owned(),
        _ if is_float => "float".to_owned(),
        (Kind::Bool, _) => "bool".to_owned(),
        (Kind::Text, _) => "string".to_owned(),
        (Kind::End, _) => format!("[{}]", member.child.clone().unwrap_or_default()),
        (Kind::Signed, bits) => {
            scalar(member, ["byte", "short", "int", "long"][bits.ilog2() as usize - 3])
        }
        (Kind::OpenEnum | Kind::ClosedEnum, bits) => {
            let width = ["ubyte", "ushort", "uint", "ulong"][bits.ilog2() as usize - 3];
            let values = member.ranges.iter().map(|r| format!("{} = {}", r.name, r.low));
            let values: Vec<String> = values.collect();
            let _ = writeln!(types, "enum {name}_values: {width} {{ {} }}", values.join(", "));
            format!("{name}_values")
        }
        (_, bits) => {
            scalar(member, ["ubyte", "ushort", "uint", "ulong"][bits.ilog2() as usize - 3])
        }
    };
    let is_scalar = !member.array && member.kind != Kind::End;
    let default = member.default.filter(|default| *default != 0 && is_scalar);
    let default = default.map_or(String::new(), |default| match member.kind {
        Kind::Bool => " = true".to_owned(),
        kind if kind.is_enum() => {
            let named = member.ranges.iter().find(|range| range.low == default);
            named.map_or(String::new(), |range| format!(" = {}", range.name))
        }
        _ => format!(" = {default}"),
    });
    let required = !is_scalar && member.default.is_none() && member.kind != Kind::End;
    let mut says = vec![format!("id: {id}")];
    says.extend((required && !deprecated).then(|| "required".to_owned()));
    says.extend(deprecated.then(|| "deprecated".to_owned()));
    format!("  {name}: {base}{default} ({});\n", says.join(", "))
}

fn scalar(member: &Member, word: &str) -> String {
    if member.array {
        format!("[{word}]")
    } else {
        word.to_owned()
    }
}
