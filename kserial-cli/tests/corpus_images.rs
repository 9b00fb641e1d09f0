//! KSerial's own images of every generation: shown, written down and written again, and given the
//! layouts of every other generation.
//!
//! What they hold is said by the JSON beside them, which the reference interpreter wrote.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kserial_cli::image::transcode::{transcode, TranscodeError, Way};
use kserial_cli::image::{parts, written, Contents, Json};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/format-1")
}

/// Every image: family, name, bytes.
fn images() -> Vec<(String, String, Vec<u8>)> {
    let mut found = Vec::new();
    for family in ["flbs", "kinds", "memfds", "sessions"] {
        for entry in fs::read_dir(folder().join(family)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "image") {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                found.push((family.to_owned(), name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 30);
    found
}

fn json_beside(family: &str, name: &str) -> Value {
    let path = folder().join(family).join(format!("{name}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn json_of(bytes: &[u8]) -> Value {
    let parts = parts(bytes).unwrap();
    let contents = Contents::read(&parts).unwrap();
    serde_json::to_value(Json::of(&contents, None, true)).unwrap()
}

/// The rows of a table of our JSON in the words of the corpus: by path, numbers in decimal, text and
/// bytes in hexadecimal.
fn in_words_of_corpus(table: &Value) -> Vec<Value> {
    let cells = table["cells"].as_array().unwrap();
    let of_kind = |kind: &'static str| cells.iter().filter(move |cell| cell["cell"] == kind);
    let name_of = |id: &str| of_kind("member").find(|m| m["id"] == id).unwrap()["name"].clone();
    let members: BTreeMap<String, &Value> = of_kind("member")
        .map(|member| {
            let ids: Vec<&str> = member["id"].as_str().unwrap().split('.').collect();
            let names = (1..=ids.len()).map(|n| name_of(&ids[..n].join(".")));
            let names: Vec<String> = names.map(|n| n.as_str().unwrap().to_owned()).collect();
            (names.join("."), member)
        })
        .collect();
    let number = |value: &Value, member: &Value| match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).unwrap().to_string(),
            None => {
                let named =
                    of_kind("interval").find(|i| i["id"] == member["id"] && i["name"] == *text);
                named.map_or(text.clone(), |named| named["low"].to_string())
            }
        },
        other => panic!("{other}"),
    };
    let one = |value: &Value, member: &Value| match value {
        Value::Bool(_) => value.clone(),
        value => Value::from(number(value, member)),
    };
    let held = |value: &Value, member: &Value| {
        let count = usize::try_from(member["count"].as_u64().unwrap_or(1)).unwrap();
        match (member["kind"].as_str().unwrap(), value) {
            ("text", Value::String(text)) => {
                let mut bytes = text.as_bytes().to_vec();
                bytes.resize(count, 0);
                Value::from(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
            }
            ("bytes", value) => value.clone(),
            (_, Value::Array(list)) => list.iter().map(|value| one(value, member)).collect(),
            (_, value) => one(value, member),
        }
    };
    if let Some(blob) = table["rows"].as_str() {
        let pairs = blob.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let byte = |pair: &str| u8::from_str_radix(pair, 16).unwrap().to_string();
        return pairs.map(|pair| serde_json::json!({ "1": byte(pair) })).collect();
    }
    let row = |row: &Value| -> Value {
        let members = row.as_object().unwrap().iter().map(|(label, value)| {
            let member = members[label];
            (member["id"].as_str().unwrap().to_owned(), held(value, member))
        });
        Value::Object(members.collect())
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn the_json_of_an_image_holds_what_the_reference_says() {
    for (family, name, bytes) in images() {
        let (shown, expected) = (json_of(&bytes), json_beside(&family, &name));
        assert_eq!(shown["machine"], expected["machine"]);
        let tables = shown["tables"].as_array().unwrap();
        assert_eq!(tables.len(), expected["tables"].as_array().unwrap().len());
        for (table, expected) in tables.iter().zip(expected["tables"].as_array().unwrap()) {
            let record = &expected["record"];
            for same in ["record", "late", "sorted", "critical", "required", "row", "align"] {
                assert_eq!(table[same], expected[same], "{family}/{name}: {record}");
            }
            let rows = Value::from(in_words_of_corpus(table));
            assert_eq!(rows, expected["data"], "{family}/{name}: {record}");
        }
    }
}

#[test]
fn an_image_is_written_again_from_its_json_byte_for_byte() {
    for (family, name, bytes) in images() {
        let json = serde_json::to_vec(&json_of(&bytes)).unwrap();
        assert!(written(&json).unwrap() == bytes, "{family}/{name}");
    }
}

/// Rows as an image holds them: what a reader fills in for a legacy member is not there.
fn held(table: &Value, rows: &Value) -> Value {
    let cells = table["cells"].as_array().unwrap().iter();
    let is_legacy = |cell: &&Value| cell["flags"].to_string().contains("legacy");
    let legacy: Vec<&str> =
        cells.filter(is_legacy).map(|cell| cell["id"].as_str().unwrap()).collect();
    let row = |row: &Value| {
        let mut row = row.clone();
        row.as_object_mut().unwrap().retain(|path, _| !legacy.contains(&path.as_str()));
        row
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

/// The generation in a name such as `gen2-sealed`.
fn generation(name: &str) -> usize {
    name[3..4].parse().unwrap()
}

#[test]
fn every_image_takes_the_layouts_of_every_other_generation() {
    let (mut converted, mut refused, mut lossy) = (0, 0, 0);
    let all = images();
    for (family, name, bytes) in &all {
        let own = parts(bytes).unwrap();
        let own = Contents::read(&own).unwrap();
        for reader in 1..=3 {
            let of_reader =
                |(f, n, _): &&(String, String, Vec<u8>)| f == family && generation(n) == reader;
            let Some((_, _, other)) = all.iter().find(of_reader) else { continue };
            let other = parts(other).unwrap();
            let other = Contents::read(&other).unwrap();
            let layouts: Vec<_> = other.tables.iter().map(|table| table.info.layout).collect();
            let cell = format!("{family}/{name} as generation {reader}");
            let expected = json_beside(family, &format!("{name}.as-gen{reader}"));
            let expected = expected["tables"].as_array().unwrap();
            let refusal = expected.iter().find(|table| !table["refused"].is_null());
            match transcode(&own, &layouts) {
                Ok(crossed) => {
                    assert_eq!(refusal, None, "{cell}");
                    let shown = json_of(&crossed.image);
                    for (table, crossed) in
                        shown["tables"].as_array().unwrap().iter().zip(crossed.tables)
                    {
                        let expected =
                            expected.iter().find(|e| e["record"] == table["record"]).unwrap();
                        let rows = held(table, &expected["data"]);
                        assert_eq!(Value::from(in_words_of_corpus(table)), rows, "{cell}");
                        let lost: Vec<String> =
                            crossed.losses.iter().map(|lost| lost.path.to_string()).collect();
                        assert_eq!(Value::from(lost), expected["losses"], "{cell}");
                        lossy += u32::from(!crossed.losses.is_empty());
                        let same = generation(name) == reader;
                        assert!(!same || crossed.way == Way::Same, "{cell}");
                    }
                    converted += 1;
                }
                Err(TranscodeError::Refused { record, member, .. }) => {
                    let refused_there =
                        &refusal.unwrap_or_else(|| panic!("{cell}: {member}"))["refused"];
                    let path = member.to_string();
                    let expected = expected.iter().find(|e| e["record"] == *record).unwrap();
                    let paths = expected["refused"].as_array().unwrap_or_else(|| panic!("{cell}"));
                    assert!(paths.iter().any(|known| *known == *path), "{cell}: {refused_there}");
                    refused += 1;
                }
                Err(other) => panic!("{cell}: {other}"),
            }
        }
    }
    assert!(converted > 60 && refused >= 10 && lossy >= 8, "{converted} {refused} {lossy}");
}

#[test]
fn a_table_that_the_target_does_not_know_is_kept_whole() {
    let bytes = fs::read(folder().join("memfds/gen2-sealed.image")).unwrap();
    let target = fs::read(folder().join("memfds/gen3-plain.image")).unwrap();
    let (own, other) = (parts(&bytes).unwrap(), parts(&target).unwrap());
    let (own, other) = (Contents::read(&own).unwrap(), Contents::read(&other).unwrap());
    let folio = other.find("memfd-folio").unwrap();
    let crossed = transcode(&own, &[other.tables[folio].info.layout]).unwrap();
    let ways: Vec<_> = crossed.tables.iter().map(|t| (t.record.as_str(), t.way)).collect();
    assert_eq!(ways, [("memfd", Way::Kept), ("memfd-folio", Way::Converted)]);
    let (before, after) = (json_of(&bytes), json_of(&crossed.image));
    assert_eq!(before["tables"][0], after["tables"][0]);
    assert_eq!(before["tables"][1]["rows"], after["tables"][1]["rows"]);
    assert_ne!(before["tables"][1]["cells"], after["tables"][1]["cells"]);
}

#[test]
fn bytes_behind_the_last_segment_are_no_part_of_an_image() {
    let (.., mut bytes) = images().remove(0);
    bytes.extend([0; 64]);
    assert!(parts(&bytes).is_err());
    bytes.truncate(100);
    assert!(parts(&bytes).is_err());
}
