//! Images as device trees: read by the crate `fdt`, which knows nothing of this project, and by `dtc`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fdt::node::FdtNode;
use fdt::Fdt;
use kserial_cli::image::{fdt as tree, parts, Contents};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/format-1")
}

fn images() -> Vec<PathBuf> {
    let families = ["flbs", "kinds", "memfds", "sessions"].map(|family| folder().join(family));
    let files = families.iter().flat_map(|family| fs::read_dir(family).unwrap());
    let paths = files.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "image")).collect();
    paths.sort();
    paths
}

fn tree_of(path: &Path, reveal: bool) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let parts = parts(&bytes).unwrap();
    tree::tree(&Contents::read(&parts).unwrap(), reveal).unwrap()
}

/// The nodes of rows below `node`, by record, as what they hold.
fn rows<'a>(node: FdtNode<'a, 'a>, found: &mut BTreeMap<String, Vec<FdtNode<'a, 'a>>>) {
    for child in node.children() {
        if let Some((record, _)) = child.name.split_once('@') {
            found.entry(record.to_owned()).or_default().push(child);
        }
        rows(child, found);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The corpus's value of a member, as the bytes that a device tree has for it.
fn as_property(member: &Value, value: &Value) -> String {
    let bits = member["bits"].as_u64().unwrap();
    let one = |value: &Value| {
        let number: i128 = match value {
            Value::Bool(set) => i128::from(*set),
            value => value.as_str().unwrap().parse().unwrap(),
        };
        let wide =
            if number < 0 { (number + (1 << 64)).cast_unsigned() } else { number.cast_unsigned() };
        let digits = format!("{:016x}", u64::try_from(wide).unwrap());
        if bits > 32 {
            digits
        } else {
            digits[8..].to_owned()
        }
    };
    match (member["kind"].as_str().unwrap(), value) {
        ("text", Value::String(text)) => {
            let length = text.trim_end_matches("00").len().next_multiple_of(2);
            format!("{}00", &text[..length])
        }
        ("bytes", Value::String(digits)) => digits.clone(),
        (_, Value::Array(list)) => list.iter().map(one).collect(),
        (_, value) => one(value),
    }
}

#[test]
fn another_reader_of_device_trees_finds_every_value() {
    let mut compared = 0;
    for path in images() {
        let bytes = tree_of(&path, true);
        let tree = Fdt::new(&bytes).unwrap();
        let root = tree.find_node("/").unwrap();
        assert_eq!(root.property("compatible").unwrap().as_str(), Some("kserial-image"));
        let mut found = BTreeMap::new();
        rows(root, &mut found);
        let json = fs::read(path.with_extension("json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        for table in json["tables"].as_array().unwrap() {
            let record = table["record"].as_str().unwrap();
            let members = table["members"].as_array().unwrap();
            let expected = table["data"].as_array().unwrap();
            if record == "file.3" {
                // Blobs are properties of their parents.
                let blobs = found["file"].iter().filter_map(|file| file.property("data"));
                let blob: String = blobs.map(|blob| hex(blob.value)).collect();
                let bytes = expected.iter().map(|row| as_byte(&row["1"]));
                assert_eq!(blob, bytes.collect::<String>());
                continue;
            }
            let nodes = found.remove(record).unwrap_or_default();
            assert_eq!(nodes.len(), expected.len(), "{}: {record}", path.display());
            if record == "file" {
                found.insert(record.to_owned(), nodes.clone());
            }
            for (node, row) in nodes.iter().zip(expected) {
                for (id, value) in row.as_object().unwrap() {
                    let member = members.iter().find(|member| member["path"] == *id).unwrap();
                    if member["kind"] == "end" {
                        continue;
                    }
                    let name = named(members, member);
                    let property = node.property(&name);
                    let property = property.unwrap_or_else(|| panic!("{record} has no {name}"));
                    assert_eq!(hex(property.value), as_property(member, value), "{record}: {name}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 10_000, "{compared}");
}

fn as_byte(value: &Value) -> String {
    format!("{:02x}", value.as_str().unwrap().parse::<u8>().unwrap())
}

/// The name of a member's property: those that it is nested in, and its own.
fn named(members: &[Value], member: &Value) -> String {
    let ids: Vec<&str> = member["path"].as_str().unwrap().split('.').collect();
    let name = |n: usize| {
        let path = ids[..n].join(".");
        members.iter().find(|m| m["path"] == *path).unwrap()["name"].as_str().unwrap()
    };
    let name = (1..=ids.len()).map(name).collect::<Vec<_>>().join(".");
    if name == "name" || name == "compatible" {
        format!("member-{name}")
    } else {
        name
    }
}

#[test]
fn what_is_sensitive_is_in_no_tree_that_nobody_asked_it_of() {
    let path = folder().join("kinds/gen1-every.image");
    let hidden = tree_of(&path, false);
    let tree = Fdt::new(&hidden).unwrap();
    let device = tree.find_node("/device/device@0").unwrap();
    assert!(device.property("secret").is_none() && device.property("secret-masked").is_some());
    assert!(!hex(&hidden).contains("dead00beef"));
    assert_eq!(device.property("state-name").unwrap().as_str(), Some("gone"));
}

#[test]
#[ignore = "needs dtc"]
fn dtc_reads_every_tree_without_a_complaint_and_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (blob, source) = (folder.path().join("tree.dtb"), folder.path().join("tree.dts"));
    for path in images() {
        let bytes = tree_of(&path, true);
        fs::write(&blob, &bytes).unwrap();
        let dtc = |from: &str, to: &str, input: &Path| {
            let output =
                Command::new("dtc").args(["-I", from, "-O", to]).arg(input).output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", path.display());
            // Nothing of a kind that a device tree of machines would need, and nothing else.
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", path.display());
            output.stdout
        };
        fs::write(&source, dtc("dtb", "dts", &blob)).unwrap();
        let again = dtc("dts", "dtb", &source);
        let (again, tree) = (Fdt::new(&again).unwrap(), Fdt::new(&bytes).unwrap());
        let nodes = |tree: &Fdt<'_>| {
            let node = |node: FdtNode<'_, '_>| {
                let properties = node.properties().map(|p| (p.name.to_owned(), p.value.to_vec()));
                (node.name.to_owned(), properties.collect::<Vec<_>>())
            };
            tree.all_nodes().map(node).collect::<Vec<_>>()
        };
        assert!(nodes(&again) == nodes(&tree), "{}", path.display());
    }
}
