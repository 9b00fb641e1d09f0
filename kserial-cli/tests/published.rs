//! What the command writes, and what it reads, is what the schemas under `docs/` say: judged by another
//! implementation of JSON Schema.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::{json, Value};

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn published(name: &str) -> Validator {
    let text = fs::read_to_string(checkout().join("docs").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn said(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
    let output = command.args(arguments).args(["--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn corpus(name: &str) -> String {
    checkout().join("compat-corpus").join(name).to_str().unwrap().to_owned()
}

#[track_caller]
fn hold(schema: &Validator, value: &Value) {
    let wrong: Vec<String> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_program_is_told_of_every_failure() {
    let schema = published("failure.schema.json");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (missing, broken, new) = (&at("missing"), &at("broken.json"), &at("new"));
    fs::write(broken, r#"{"schema": "kserial-manifest/1""#).unwrap();
    let unknown = "linux:9.9";
    let commands: [(&[&str], &str, u8); 7] = [
        (&["check", unknown, "linux:7.3"], unknown, 2),
        (&["check", "linux:7.2", "linux:7.3", "--state", broken], broken, 30),
        (&["check", "linux:7.2", "linux:7.3", "--old-config", missing], missing, 30),
        (&["matrix", "linux:7.3", unknown], unknown, 2),
        (&["schema", "diff", "linux:7.3", unknown], unknown, 2),
        (&["dump", broken], broken, 30),
        (&["convert", broken, "--output", new], broken, 30),
    ];
    for (command, place, exit) in commands {
        let failure = said(command);
        hold(&schema, &failure);
        assert_eq!(failure["exit_code"], json!(exit), "{command:?}");
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains(place), "{command:?}: {message}");
    }
}

/// The names of what a document, or a schema's `properties`, may hold, however deep.
fn names(schema: &Value, all: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    all.extend(properties.into_iter().flat_map(|properties| properties.keys().cloned()));
    let inside: Box<dyn Iterator<Item = &Value>> = match schema {
        Value::Object(members) => Box::new(members.values()),
        Value::Array(items) => Box::new(items.iter()),
        _ => return,
    };
    inside.for_each(|inside| names(inside, all));
}

#[test]
fn all_documents_are_spelled_alike() {
    let documents = ["check", "convert", "dump", "failure", "image", "manifest", "matrix"];
    for document in documents {
        let path = checkout().join(format!("docs/{document}.schema.json"));
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let named = &schema["properties"]["schema"]["const"];
        assert_eq!(named, &json!(format!("kserial-{document}/1")));
        let mut all = Vec::new();
        names(&schema, &mut all);
        let odd = all.iter().find(|name| name.contains(|c: char| c == '-' || c.is_uppercase()));
        assert_eq!(odd, None, "{document}");
    }
    let tool = concat!("kserial ", env!("CARGO_PKG_VERSION"));
    let check = said(&["check", "linux:7.2", "linux:7.3"]);
    let matrix = said(&["matrix", "linux:7.2", "linux:7.3"]);
    hold(&published("matrix.schema.json"), &matrix);
    let dump = said(&["dump", &corpus("kernels/72-72")]);
    let failure = said(&["check", "linux:7.2", "linux:9.9"]);
    for document in [&check, &matrix, &dump, &failure] {
        assert_eq!(document["tool"], tool);
    }
    for document in [&check, &matrix, &failure] {
        assert!(document["exit_code"].is_number());
    }
}

#[test]
fn every_dump_is_as_its_schema_says() {
    let schema = published("dump.schema.json");
    let folders = ["kernels/72-72", "kernels/73-73-lusim", "kernels/72-73-kserial"];
    let unconfirmed = ["unconfirmed/6.19", "unconfirmed/7.0", "unconfirmed/7.1", "unconfirmed/7.3"];
    for name in folders.iter().chain(&unconfirmed) {
        let mut dump = said(&["dump", &corpus(name)]);
        hold(&schema, &dump);
        dump["kho"]["map"] = json!(12);
        assert!(!schema.is_valid(&dump), "an address is a text");
    }
    let mut dump = said(&["dump", &corpus("kernels/72-72")]);
    dump["luo"]["sesions"] = json!([]);
    assert!(!schema.is_valid(&dump), "nothing else has a place there");
}

#[test]
fn every_image_is_as_its_schema_says() {
    let schema = published("image.schema.json");
    for name in ["memfds/gen3-huge", "kinds/gen1-every", "sessions/gen2-empty", "flbs/gen2-version"]
    {
        let image = corpus(&format!("format-1/{name}.image"));
        let mut image = said(&["dump", &image]);
        hold(&schema, &image);
        image["tables"][0]["cells"][0]["cell"] = json!("membre");
        assert!(!schema.is_valid(&image));
    }
}

#[test]
fn a_manifest_that_the_schema_takes_is_one_that_the_command_takes() {
    let schema = published("manifest.schema.json");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manifest.json");
    let file =
        |token: Value| json!({ "token": token, "handler": "memfd-v2", "members": { "3": 6 } });
    let manifest = |token: Value| {
        json!({
            "schema": "kserial-manifest/1",
            "sessions": [{ "name": "vm-17", "files": [file(token)] }],
            "flbs": [{ "name": "pci", "users": 1 }],
            "subtrees": ["memblock"],
        })
    };
    let mut misspelled = manifest(json!(1));
    misspelled["sessions"][0]["files"][0]["handlers"] = json!("memfd-v2");
    let mut newer = manifest(json!(1));
    newer["schema"] = json!("kserial-manifest/2");
    for (manifest, good) in [
        (manifest(json!(18)), true),
        (manifest(json!("0xffffffffffffffff")), true),
        (json!({ "schema": "kserial-manifest/1", "sessions": [] }), true),
        (manifest(json!(-1)), false),
        (manifest(json!([])), false),
        (json!({ "schema": "kserial-manifest/1" }), false),
        (misspelled, false),
        (newer, false),
    ] {
        fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        let checked = command.args(["check", "linux:7.3", "linux:7.3", "--state"]).arg(&path);
        let taken = checked.output().unwrap().status.code() != Some(30);
        assert_eq!((schema.is_valid(&manifest), taken), (good, good), "{manifest}");
    }
}

#[test]
fn a_report_names_the_state_that_its_answers_rest_on() {
    let schema = published("check.schema.json");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vm-17.json");
    let manifest = r#"{"schema": "kserial-manifest/1", "sessions": []}"#;
    fs::write(&path, manifest).unwrap();
    let check = |state: &str| said(&["check", "linux:7.2", "linux:7.3", "--state", state]);
    let report = check(path.to_str().unwrap());
    hold(&schema, &report);
    assert_eq!(report["state"]["name"], "vm-17.json");
    assert_eq!(report["state"]["kind"], "manifest");
    // What `sha256sum` says of that text.
    let sum = "edebc61bbc2a38b8a5a2fb86512fb7174fe3e1cb10b15d4671f0e4c6d23cb1fd";
    assert_eq!(report["state"]["sha256"], sum);

    let report = check(&corpus("kernels/72-73"));
    hold(&schema, &report);
    // What `LC_ALL=C sha256sum * | sha256sum` says in that folder.
    let sum = "e619efa8a78ebcfdc85e448abd80b0609cd0a1b1d18ef558dc61488641a645e7";
    assert_eq!(report["state"], json!({ "name": "72-73", "kind": "memory", "sha256": sum }));
    let dump = said(&["dump", &corpus("kernels/72-73")]);
    assert_eq!(dump["input"]["sha256"], sum);
    let without = said(&["check", "linux:7.2", "linux:7.3"]);
    hold(&schema, &without);
    assert_eq!(without["state"], Value::Null);
}
