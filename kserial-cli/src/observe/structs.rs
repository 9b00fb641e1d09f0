//! Structs from BTF, with member IDs from the catalogue.
//!
//! BTF knows offsets, sizes and names; what a member *is* across versions it does not know. The
//! catalogue does, by the struct's and the member's name. A member that the catalogue has never
//! heard of gets an ID of its own, made from its name, the same in every kernel that has it.

use std::sync::Arc;

use kserial::{Kind, Path};

use super::Facts;
use crate::btf::{Btf, BtfError, Composite, Member, Shape};
use crate::catalogue::Known;
use crate::kernel::{Component, Evidence, Unread};
use crate::schema::{Carried, Id, LayoutDoc, MemberDoc, Number, ValueDoc};

/// IDs from here on are made from names.
const MADE: u16 = 0x8000;

/// The components whose structs are in BTF that comes without strings.
pub(super) fn present(btf: Option<&Arc<Btf>>, known: &Known) -> Vec<Component> {
    let Some(btf) = btf else { return Vec::new() };
    let is_there = |layout: &LayoutDoc| match &layout.struct_name {
        Some(name) => btf.composites(name).is_ok_and(|found| !found.is_empty()),
        None => false,
    };
    let mut components: Vec<Component> = Vec::new();
    for version in known.newest_first() {
        let has = components.iter().any(|component| component.name == version.name);
        // Some structs are in every kernel's headers; all of them together are not.
        let mut structs = version.layouts.iter().filter(|l| l.struct_name.is_some()).peekable();
        if !has && structs.peek().is_some() && structs.all(is_there) {
            components.push(Component {
                writes: Vec::new(),
                accepts: Vec::new(),
                evidence: Evidence::Btf,
                ..version.clone()
            });
        }
    }
    components
}

/// Puts the structs as this kernel has them in place of the catalogue's.
pub(super) fn fill(facts: &mut Facts, btf: Option<&Btf>, page_size: Option<u32>, known: &Known) {
    for component in &mut facts.components {
        let mut seen = false;
        let mut constant_unknown = false;
        let mut layouts = component.layouts.clone();
        if component.evidence == Evidence::StringAlone && component.writes.len() == 1 {
            // An unknown version: look for every struct that the component ever had.
            layouts = every_struct(component, known);
        }
        let (mut filled, mut missing) = (Vec::new(), Vec::new());
        for layout in layouts {
            match of_layout(&layout, btf, component, known) {
                Ok(Some(found)) => match found.cells() {
                    Ok(_) => {
                        seen = true;
                        filled.push(found);
                    }
                    Err(error) => {
                        let what = format!("struct {}", found.struct_name.unwrap_or_default());
                        facts.unread.push(Unread { what, why: error.what });
                        filled.push(layout);
                    }
                },
                Ok(None) => match layout.struct_name.clone().filter(|_| btf.is_some()) {
                    Some(name) => missing.push(name),
                    None => filled.push(layout),
                },
                Err(error) => {
                    let what = format!("struct {}", layout.struct_name.as_deref().unwrap_or("?"));
                    facts.unread.push(Unread { what, why: error.to_string() });
                    filled.push(layout);
                }
            }
        }
        for layout in &mut filled {
            for member in layout.members.iter_mut().filter(|m| m.enumerator.is_some()) {
                match constant(member, btf, page_size) {
                    Some(value) => member.values = exactly(value),
                    None if page_size == Some(4096) => {}
                    None => constant_unknown = true,
                }
            }
        }
        match component.evidence {
            Evidence::CatalogueByString if constant_unknown => {
                component.evidence = Evidence::StringAlone;
                component.layouts = Vec::new();
            }
            Evidence::CatalogueByString => {
                component.layouts = filled;
                component.missing = missing;
                if seen {
                    component.evidence = Evidence::BtfAndString;
                }
            }
            Evidence::StringAlone if seen && missing.is_empty() => {
                component.layouts = filled;
                component.evidence = Evidence::BtfAndString;
            }
            Evidence::StringAlone => component.layouts = Vec::new(),
            _ => component.layouts = filled,
        }
    }
}

/// The structs of the newest version that is known; older ones may have left some behind.
fn every_struct(component: &Component, known: &Known) -> Vec<LayoutDoc> {
    let newest = known.newest_first().find(|version| version.name == component.name);
    newest.map(|version| version.layouts.clone()).unwrap_or_default()
}

/// The layout as BTF has it; `None` where BTF has no such struct, or the layout is no struct.
fn of_layout(
    layout: &LayoutDoc,
    btf: Option<&Btf>,
    component: &Component,
    known: &Known,
) -> Result<Option<LayoutDoc>, BtfError> {
    let (Some(btf), Some(name), Carried::Struct) = (btf, &layout.struct_name, layout.carried)
    else {
        return Ok(None);
    };
    let composites = btf.composites(name)?;
    let Some(composite) = composites.first() else { return Ok(None) };
    let mut found = LayoutDoc { members: Vec::new(), ..layout.clone() };
    found.row = composite.size();
    // BTF says nothing of alignment; for C structs that are read in place it does not matter.
    if !found.row.is_multiple_of(u32::from(found.align)) {
        found.align = 1;
    }
    let members = Members { layout, component, known };
    members.push(*composite, "", 0, &mut found)?;
    Ok(Some(found))
}

/// What the catalogue knows of a struct's members.
struct Members<'k> {
    layout: &'k LayoutDoc,
    component: &'k Component,
    known: &'k Known,
}

impl Members<'_> {
    fn push(
        &self,
        composite: Composite<'_>,
        above: &str,
        offset: u64,
        found: &mut LayoutDoc,
    ) -> Result<(), BtfError> {
        for member in composite.members()? {
            let path = match (above, member.name) {
                ("", name) => name.to_owned(),
                (above, "") => above.to_owned(),
                (above, name) => format!("{above}.{name}"),
            };
            if self.layout.padding.contains(&path) {
                continue;
            }
            let bit = offset + member.bit_offset;
            if let Some(id) = tagged(&member) {
                let mut tagged = made(&path, &member, found);
                tagged.id = id;
                // What the catalogue says of the ID holds under every name.
                if let Some(known) = self.known_by(|known| known.id == id).cloned() {
                    tagged = MemberDoc { name: tagged.name, c: tagged.c, ..known };
                }
                found.members.push(placed(tagged, &member, bit));
                continue;
            }
            let known = self.known_as(&path).filter(|known| known.kind != Kind::Group.name());
            match (known, member.shape) {
                (Some(known), _) => {
                    let mut known = known.clone();
                    if known.c_path() != path {
                        known.name = short(&path);
                        known.c = Some(path);
                    }
                    found.members.push(placed(known, &member, bit));
                }
                (None, Shape::Composite(inner)) if !inner.is_union() => {
                    self.push_group(&path, found);
                    self.push(inner, &path, bit, found)?;
                }
                (None, _) if member.bit_size > 0 => {
                    let made = made(&path, &member, found);
                    found.members.push(placed(made, &member, bit));
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// The member that the catalogue knows under this path of names: in the very version first,
    /// then in any other one, the newest first.
    fn known_as(&self, path: &str) -> Option<&MemberDoc> {
        self.known_by(|member| member.is_called(path))
    }

    fn known_by(&self, is_it: impl Fn(&MemberDoc) -> bool) -> Option<&MemberDoc> {
        self.layout.members.iter().find(|member| is_it(member)).or_else(|| {
            let versions = self.known.newest_first().filter(|v| v.name == self.component.name);
            let layouts = versions.filter_map(|version| version.layout(&self.layout.name));
            layouts.flat_map(|layout| &layout.members).find(|member| is_it(member))
        })
    }

    fn push_group(&self, path: &str, found: &mut LayoutDoc) {
        let group = self.known_as(path).filter(|known| known.kind == Kind::Group.name());
        if let Some(group) = group {
            found.members.push(group.clone());
        }
    }
}

/// The ID that the kernel's own source gives the member: `btf_decl_tag("kserial:7")`.
fn tagged(member: &Member<'_>) -> Option<Id> {
    member.tags.iter().find_map(|tag| Id::parse(tag.strip_prefix("kserial:")?))
}

/// A known member, where this kernel has it.
fn placed(mut known: MemberDoc, member: &Member<'_>, bit: u64) -> MemberDoc {
    let (element, count) = element(member);
    known.bit = u32::try_from(bit).unwrap_or(u32::MAX);
    known.bits = u32::try_from(element).unwrap_or(u32::MAX);
    known.count = count;
    known
}

/// Bits of one element, and how many there are in an array.
fn element(member: &Member<'_>) -> (u64, Option<u32>) {
    match member.shape {
        Shape::Array { count, .. } if count > 0 => {
            let bits = member.bit_size / u64::from(count);
            match bits {
                8 | 16 | 32 | 64 => (bits, Some(count)),
                _ => bytes(member),
            }
        }
        _ if member.bit_size > 64 => bytes(member),
        _ => (member.bit_size, None),
    }
}

/// What is too large for a value is bytes.
fn bytes(member: &Member<'_>) -> (u64, Option<u32>) {
    (8, u32::try_from(member.bit_size / 8).ok())
}

/// A member that the catalogue has never heard of.
fn made(path: &str, member: &Member<'_>, found: &LayoutDoc) -> MemberDoc {
    let kind = match member.shape {
        Shape::Int(int) if int.boolean => Kind::Bool,
        Shape::Int(int) if int.signed => Kind::Signed,
        Shape::Pointer(_) => Kind::Physical,
        _ if element(member).1.is_some() && element(member).0 == 8 => Kind::Bytes,
        _ => Kind::Unsigned,
    };
    let taken = |id: u16| found.members.iter().any(|member| member.id.0 == Path::of(id));
    let mut id = hash(path);
    while taken(id) {
        id = id.wrapping_add(1) | MADE;
    }
    let mut doc = MemberDoc::of_kind(Id(Path::of(id)), &short(path), kind.name());
    doc.c = Some(path.to_owned());
    doc.pointer = matches!(member.shape, Shape::Pointer(_));
    doc
}

/// The last name of a path of names, as far as a layout has room for it.
fn short(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name: String = last.chars().filter(char::is_ascii_graphic).take(24).collect();
    if name.is_empty() {
        "unnamed".to_owned()
    } else {
        name
    }
}

/// An ID from a name: FNV-1a, folded into the upper half of all IDs.
fn hash(name: &str) -> u16 {
    let sum = name
        .bytes()
        .fold(0x811c_9dc5_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = sum.to_le_bytes();
    u16::from_le_bytes([a ^ c, b ^ d]) | MADE
}

/// The value of a constant that both kernels must share.
fn constant(member: &MemberDoc, btf: Option<&Btf>, page_size: Option<u32>) -> Option<i128> {
    let wanted = member.enumerator.as_deref()?;
    let Some((enumeration, name)) = wanted.split_once("::") else {
        return page_size.filter(|_| wanted == "PAGE_SIZE").map(i128::from);
    };
    let values = btf?.enumerations(enumeration).ok()?;
    let values = values.iter().find_map(|found| found.values().ok())?;
    values.iter().find(|value| value.name == name).map(|value| value.value)
}

fn exactly(value: i128) -> Vec<ValueDoc> {
    vec![ValueDoc::Range { low: Number(value), high: Number(value) }]
}
