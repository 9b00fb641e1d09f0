//! An image as a device tree, for people to look at with `dtc`.
//!
//! ```dts
//! / {
//!     compatible = "kserial-image";
//!     machine { architecture = <62>; page-shift = <12>; max-order = <10>; };
//!     layouts { memfd { row = <40>; pos { id = "1"; kind = "unsigned"; bits = <64>; }; … }; };
//!     memfd {
//!         memfd@0 {
//!             reg = <0>;
//!             pos = <0x0 0x4d2>;
//!             seals = <0x6>;
//!             folios { memfd-folio@0 { reg = <0>; pfn = <0x0 0x2b05>; … }; };
//!         };
//!     };
//! };
//! ```
//!
//! Every layout has this form: it is made from the layouts that the image carries. A row is a node, and
//! its number `reg`; an end mark is a node with the children, or, of a blob, a property. Numbers are as
//! device trees have them, unlike those of Kexec Handover: big-endian, a cell of 32 bits, or two for
//! members of more than 32; signed ones in two's complement. An enum's value is followed by a property
//! `…-name`. Text is a string, bytes and text that is none are bytes, an array is its elements one after
//! the other. Sensitive members are a property `…-masked` unless asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use kserial::kho::tree_write::{self, Left, TreeNode};
use kserial::{Kind, Layout, Member};

use super::label::labelled;
use super::{value, Contents, TableView};

type Node = TreeNode<String>;
type Properties = Vec<(String, Vec<u8>)>;

/// More is no device tree: its offsets have 32 bits, and its readers count with a sign.
const MOST: usize = i32::MAX as usize;

/// The image is too large for a device tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a device tree ends at 2 GiB, and this would be larger; write it as JSON")
    }
}

impl std::error::Error for TooLarge {}

/// The device tree of `contents`. Sensitive members are masked unless `reveal`.
///
/// # Errors
/// [`TooLarge`].
pub fn tree(contents: &Contents<'_>, reveal: bool) -> Result<Vec<u8>, TooLarge> {
    // A member takes at least as many bytes as in the image, and a property's head beside.
    if contents.segments.iter().sum::<usize>() > MOST / 4 {
        return Err(TooLarge);
    }
    let machine = contents.machine;
    let mut machine = Node {
        name: "machine".to_owned(),
        properties: vec![
            ("architecture".to_owned(), cell(machine.arch.into())),
            ("page-shift".to_owned(), cell(machine.page_shift.into())),
            ("max-order".to_owned(), cell(machine.max_order.into())),
        ],
        children: Vec::new(),
    };
    if contents.machine.encrypted {
        machine.properties.push(("encrypted".to_owned(), Vec::new()));
    }
    let layouts = Node {
        name: "layouts".to_owned(),
        properties: Vec::new(),
        children: contents.tables.iter().map(|table| layout(table)).collect(),
    };
    let mut root = Node {
        name: String::new(),
        properties: vec![
            ("compatible".to_owned(), string("kserial-image")),
            ("number".to_owned(), cell(contents.number)),
        ],
        children: vec![machine, layouts],
    };
    for table in contents.roots() {
        let view = &contents.tables[table];
        let rows = 0..view.info.rows;
        rows_below(contents, (table, rows), &node_name(view.record()), reveal, &mut root);
    }
    let bytes = tree_write::write(&root, &[], Left::Packed);
    if bytes.len() > MOST {
        return Err(TooLarge);
    }
    Ok(bytes)
}

/// What a node says of the numbers of the rows below it.
fn above_rows() -> Properties {
    vec![("#address-cells".to_owned(), cell(1)), ("#size-cells".to_owned(), cell(0))]
}

/// A layout: its members, and what there is to know of each.
fn layout(table: &TableView<'_>) -> Node {
    let layout = table.info.layout;
    let mut properties = vec![
        ("row".to_owned(), cell(layout.row())),
        ("rows".to_owned(), double(table.info.rows as u64)),
    ];
    let flags = [(table.info.late, "late"), (table.info.sorted, "sorted")];
    let policy = [(layout.is_critical(), "critical"), (layout.is_required(), "required")];
    properties.extend(set(flags.iter().chain(&policy)));
    let labels = labelled(layout);
    let names = unique(labels.iter().map(|(_, label)| label.as_str()));
    let members = labels.iter().zip(names).map(|((member, _), name)| Node {
        name,
        properties: said(layout, *member),
        children: Vec::new(),
    });
    Node { name: node_name(layout.record()), properties, children: members.collect() }
}

fn said(layout: Layout<'_>, member: Member<'_>) -> Properties {
    let mut said = vec![
        ("id".to_owned(), string(&member.path().to_string())),
        ("kind".to_owned(), string(member.kind().name())),
        ("bit".to_owned(), cell(member.bit())),
        ("bits".to_owned(), cell(member.bits().into())),
    ];
    if member.is_array() {
        said.push(("count".to_owned(), cell(member.count())));
    }
    if !member.unit().is_empty() {
        said.push(("unit".to_owned(), string(member.unit())));
    }
    if let Some(child) = layout.child(member.path()) {
        said.push(("child".to_owned(), string(child)));
    }
    let flags = [
        (member.is_critical(), "critical"),
        (member.is_key(), "key"),
        (member.is_sensitive(), "sensitive"),
    ];
    said.extend(set(flags.iter()));
    said
}

fn set<'a>(flags: impl Iterator<Item = &'a (bool, &'a str)> + 'a) -> Properties {
    flags.filter(|(on, _)| *on).map(|(_, name)| ((*name).to_owned(), Vec::new())).collect()
}

/// Rows that belong together, in a node `name` below `above`; a blob, as its property `name`.
fn rows_below(
    contents: &Contents<'_>,
    (table, rows): (usize, Range<usize>),
    name: &str,
    reveal: bool,
    above: &mut Node,
) {
    let view = &contents.tables[table];
    if view.is_blob() {
        above.properties.push((name.to_owned(), view.bytes(rows)));
        return;
    }
    let mut list = Node { name: name.to_owned(), properties: above_rows(), children: Vec::new() };
    let layout = view.info.layout;
    let labels = labelled(layout);
    let names = unique(labels.iter().map(|(_, label)| label.as_str()));
    for (place, number) in rows.enumerate() {
        let Some(row) = view.row(number) else { break };
        // More rows than this are more than a device tree takes.
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        let mut node = Node {
            name: format!("{}@{place:x}", node_name(view.record())),
            properties: vec![("reg".to_owned(), cell(place))],
            children: Vec::new(),
        };
        for ((member, _), name) in labels.iter().zip(&names) {
            match member.kind() {
                Kind::End => {}
                _ if member.is_sensitive() && !reveal => {
                    node.properties.push((format!("{name}-masked"), Vec::new()));
                }
                _ => held(layout, *member, name, row, &mut node.properties),
            }
        }
        for (mark, child) in contents.children(table) {
            let named = labels.iter().zip(&names).find(|((m, _), _)| m.path() == mark.path());
            let rows = view.children(number, mark);
            if let (Some((_, name)), false) = (named, rows.is_empty()) {
                rows_below(contents, (child, rows), name, reveal, &mut node);
            }
        }
        list.children.push(node);
    }
    above.children.push(list);
}

/// What a member holds, as properties.
fn held(
    layout: Layout<'_>,
    member: Member<'_>,
    name: &str,
    row: &[u8],
    properties: &mut Properties,
) {
    let value = match member.kind() {
        Kind::Text => match value::text(member, row) {
            Ok(text) => string(&text),
            Err(bytes) => bytes,
        },
        Kind::Bytes => value::elements(member, row),
        _ => {
            let one = |n: u32| {
                let bits = value::element(member, row, n);
                let number = match member.kind() {
                    // Two's complement of 64 bits.
                    Kind::Signed => {
                        i64::try_from(value::number(member, bits)).unwrap_or(0).cast_unsigned()
                    }
                    _ => bits,
                };
                match member.bits() > 32 {
                    true => double(number),
                    // The low half: what a member of up to 32 bits holds.
                    false => number.to_be_bytes()[4..].to_vec(),
                }
            };
            (0..member.count()).flat_map(one).collect()
        }
    };
    properties.push((name.to_owned(), value));
    if member.kind().is_enum() {
        let element = |n| value::name(layout, member, value::element(member, row, n)).unwrap_or("");
        let names: Vec<&str> = (0..member.count()).map(element).collect();
        if names.iter().any(|name| !name.is_empty()) {
            properties.push((format!("{name}-name"), string(&names.join("\0"))));
        }
    }
}

fn cell(number: u32) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn double(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn string(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

/// A record's name as that of a node: letters, digits and a few signs, beginning with a letter.
fn node_name(record: &str) -> String {
    let name: String =
        record.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect();
    match name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        true => name,
        false => format!("record-{name}"),
    }
}

/// Names of members as those of properties. What device trees give a meaning of its own begins with
/// `member-`; what two members would share gets a number.
fn unique<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    const MEANS: [&str; 7] =
        ["reg", "compatible", "#address-cells", "#size-cells", "phandle", "status", "name"];
    let mut taken = BTreeSet::new();
    labels
        .map(|label| {
            let plain: String =
                label.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect();
            let plain = if MEANS.contains(&&*plain) { format!("member-{plain}") } else { plain };
            let numbered = (2..).map(|n: u32| format!("{plain}-{n}"));
            let mut names = std::iter::once(plain.clone()).chain(numbered);
            let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
            taken.insert(name.clone());
            name
        })
        .collect()
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ',' | '.' | '_' | '+' | '-')
}
