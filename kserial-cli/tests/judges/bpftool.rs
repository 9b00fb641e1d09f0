//! `bpftool btf dump -j` prints every type by its number: all of them are compared, field by field.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::process::Command;

use kserial_cli::btf::{Kind, Shape};
use serde_json::Value;

use super::Case;

/// What was compared.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) types: usize,
    pub(crate) structs: usize,
    pub(crate) unions: usize,
    pub(crate) members: usize,
    pub(crate) bit_fields: usize,
    pub(crate) enumerations: usize,
    pub(crate) enumerators: usize,
    pub(crate) integers: usize,
    pub(crate) arrays: usize,
    pub(crate) tags: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.types += more.types;
        self.structs += more.structs;
        self.unions += more.unions;
        self.members += more.members;
        self.bit_fields += more.bit_fields;
        self.enumerations += more.enumerations;
        self.enumerators += more.enumerators;
        self.integers += more.integers;
        self.arrays += more.arrays;
        self.tags += more.tags;
    }
}

/// Compares every type, of a module those that its kernel has not; the disagreements are returned.
pub(crate) fn compare(case: &Case, kernel: Option<&Case>) -> (Counts, Vec<String>) {
    let mut command = Command::new("bpftool");
    if let Some(kernel) = kernel {
        command.arg("-B").arg(kernel.file.path());
    }
    command.args(["btf", "dump", "-j", "file"]).arg(case.file.path());
    let dump: Value = serde_json::from_slice(&crate::real::output(&mut command)).expect("JSON");
    let theirs = dump["types"].as_array().expect("types");
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    // Tags are types of their own there; here they belong to what they tag.
    let mut tags: BTreeMap<(u64, i64), Vec<&str>> = BTreeMap::new();
    for tag in theirs.iter().filter(|ty| ty["kind"] == "DECL_TAG") {
        let of = (number(&tag["type_id"]), tag["component_idx"].as_i64().expect("an index"));
        tags.entry(of).or_default().push(tag["name"].as_str().expect("a name"));
    }
    let mut ours = case.btf.types();
    for theirs in theirs {
        let id = number(&theirs["id"]);
        let ty = ours.next().unwrap_or_else(|| panic!("type {id} is missing"));
        assert_eq!(u64::from(ty.id()), id);
        counts.types += 1;
        if let Err(error) = one(ty, theirs, &tags, &mut counts) {
            wrong.push(format!("{} type {id}: {error}", case.name));
        }
    }
    assert!(ours.next().is_none(), "more types than bpftool sees");
    (counts, wrong)
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn one(
    ty: kserial_cli::btf::Type<'_>,
    theirs: &Value,
    tags: &BTreeMap<(u64, i64), Vec<&str>>,
    counts: &mut Counts,
) -> Outcome {
    let kind = theirs["kind"].as_str().ok_or("no kind")?;
    same("kind", kind_name(ty.kind()?), kind)?;
    same("name", name(ty.name()?), theirs["name"].as_str().ok_or("no name")?)?;
    let no_tags = Vec::new();
    let tags_of = |member| tags.get(&(ty.id().into(), member)).unwrap_or(&no_tags);
    match kind {
        "STRUCT" | "UNION" => {
            let Shape::Composite(composite) = ty.shape()? else { return Err("no struct".into()) };
            *(if composite.is_union() { &mut counts.unions } else { &mut counts.structs }) += 1;
            same("size", u64::from(composite.size()), number(&theirs["size"]))?;
            same("tags", &composite.tags()?, tags_of(-1))?;
            counts.tags += composite.tags()?.len();
            let members = composite.members()?;
            let their_members = theirs["members"].as_array().ok_or("no members")?;
            same("members", members.len(), their_members.len())?;
            for (member, theirs) in members.iter().zip(their_members) {
                counts.members += 1;
                let what = |field| format!("{field} of member {}", member.index);
                same(what("name"), name(member.name), theirs["name"].as_str().ok_or("no name")?)?;
                same(what("type"), u64::from(member.ty.id()), number(&theirs["type_id"]))?;
                same(what("tags"), &member.tags, tags_of(member.index.into()))?;
                counts.tags += member.tags.len();
                // In the old way of writing, the integer adds to the offset and has the width.
                let int = match member.shape {
                    Shape::Int(int) => Some(int).filter(|int| int.bits != int.size * 8),
                    _ => None,
                };
                let old = int.map_or(0, |int| u64::from(int.bit_offset));
                same(what("offset"), member.bit_offset, number(&theirs["bits_offset"]) + old)?;
                let width = theirs.get("bitfield_size").map_or(0, number);
                if width != 0 {
                    same(what("width"), (member.bit_size, member.bit_field), (width, true))?;
                } else if let Some(int) = int {
                    same(what("width"), member.bit_size, u64::from(int.bits))?;
                } else {
                    let size = (member.ty.size()? * 8, false);
                    same(what("size"), (member.bit_size, member.bit_field), size)?;
                }
                counts.bit_fields += usize::from(member.bit_field);
            }
        }
        "ENUM" | "ENUM64" => {
            let Shape::Enum(enumeration) = ty.shape()? else { return Err("no enum".into()) };
            counts.enumerations += 1;
            same("size", u64::from(enumeration.size()), number(&theirs["size"]))?;
            same("sign", enumeration.signed(), theirs["encoding"] == "SIGNED")?;
            let values = enumeration.values()?;
            let theirs = theirs["values"].as_array().ok_or("no values")?;
            same("values", values.len(), theirs.len())?;
            for (ours, theirs) in values.iter().zip(theirs) {
                counts.enumerators += 1;
                let value = &theirs["val"];
                let value = value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
                let value = value.ok_or("no value")?;
                // bpftool extends the sign of 32-bit values that have none.
                let unsigned = kind == "ENUM" && !enumeration.signed();
                let value = if unsigned { value & 0xffff_ffff } else { value };
                let name = theirs["name"].as_str().ok_or("no name")?;
                same("value", (ours.name, ours.value), (name, value))?;
            }
        }
        "INT" => {
            let Shape::Int(int) = ty.shape()? else { return Err("no integer".into()) };
            counts.integers += 1;
            let encoding = match (int.signed, int.character, int.boolean) {
                (false, false, false) => "(none)",
                (true, false, false) => "SIGNED",
                (false, true, false) => "CHAR",
                (false, false, true) => "BOOL",
                _ => "UNKN",
            };
            same("encoding", encoding, theirs["encoding"].as_str().ok_or("no encoding")?)?;
            let ours = [int.size, int.bit_offset, int.bits].map(u64::from);
            same(
                "bits",
                ours,
                ["size", "bits_offset", "nr_bits"].map(|field| number(&theirs[field])),
            )?;
        }
        "ARRAY" => {
            let Shape::Array { element, count } = ty.shape()? else {
                return Err("no array".into());
            };
            counts.arrays += 1;
            let ours = [element.id(), count].map(u64::from);
            same("array", ours, ["type_id", "nr_elems"].map(|field| number(&theirs[field])))?;
        }
        "PTR" => {
            let Shape::Pointer(target) = ty.shape()? else { return Err("no pointer".into()) };
            let target = target.map_or(0, |target| target.id().into());
            same("target", target, number(&theirs["type_id"]))?;
        }
        "FLOAT" => same("size", ty.size()?, number(&theirs["size"]))?,
        _ => {}
    }
    Ok(())
}

fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(
    what: impl std::fmt::Display,
    ours: T,
    theirs: U,
) -> Outcome {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what}: {ours:?} but bpftool {theirs:?}").into())
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn name(name: &str) -> &str {
    if name.is_empty() {
        "(anon)"
    } else {
        name
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "INT",
        Kind::Ptr => "PTR",
        Kind::Array => "ARRAY",
        Kind::Struct => "STRUCT",
        Kind::Union => "UNION",
        Kind::Enum => "ENUM",
        Kind::Fwd => "FWD",
        Kind::Typedef => "TYPEDEF",
        Kind::Volatile => "VOLATILE",
        Kind::Const => "CONST",
        Kind::Restrict => "RESTRICT",
        Kind::Func => "FUNC",
        Kind::FuncProto => "FUNC_PROTO",
        Kind::Var => "VAR",
        Kind::DataSec => "DATASEC",
        Kind::Float => "FLOAT",
        Kind::DeclTag => "DECL_TAG",
        Kind::TypeTag => "TYPE_TAG",
        Kind::Enum64 => "ENUM64",
        Kind::Unknown(_) => "UNKNOWN",
    }
}
