//! `kserial convert` as a command: what it writes, what it tells, how it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod made;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use kserial::Record;
use kserial_schemas::memfd;
use made::elf::Elf;
use serde_json::{json, Value};
use tempfile::TempDir;
use zerocopy::IntoBytes;

fn image(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/format-1").join(name)
}

/// Exit code, stdout and stderr of `kserial`.
fn kserial(arguments: &[&Path]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kserial")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// `kserial convert` with these words and an output of its own.
fn convert(folder: &TempDir, input: &Path, words: &[&str]) -> (i32, String, String, PathBuf) {
    let output =
        folder.path().join(format!("out-{}", fs::read_dir(folder.path()).unwrap().count()));
    let mut arguments = vec![Path::new("convert"), input, Path::new("--output"), output.as_path()];
    arguments.extend(words.iter().map(Path::new));
    let (exit, out, error) = kserial(&arguments);
    (exit, out, error, output)
}

#[test]
fn an_image_becomes_json_and_the_json_that_very_image() {
    let folder = TempDir::new().unwrap();
    let input = image("kinds/gen1-every.image");
    let (exit, _, _, json) = convert(&folder, &input, &["--as", "json", "--reveal"]);
    assert_eq!(exit, 0);
    let (exit, _, error, again) = convert(&folder, &json, &[]);
    assert_eq!((exit, error.as_str()), (0, ""));
    assert!(fs::read(&again).unwrap() == fs::read(&input).unwrap());
    assert_eq!(fs::metadata(&again).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_json_in_which_something_is_masked_is_no_image() {
    let folder = TempDir::new().unwrap();
    let input = image("kinds/gen1-every.image");
    let (exit, _, error, json) = convert(&folder, &input, &["--as", "json"]);
    assert_eq!(exit, 0);
    assert!(error.contains("device.13 is masked"), "{error}");
    assert!(!fs::read_to_string(&json).unwrap().contains("dead00beef"));
    let (exit, _, error, again) = convert(&folder, &json, &[]);
    assert_eq!(exit, 30);
    assert!(error.contains("member 13 is masked: write the JSON with --reveal"), "{error}");
    assert!(!again.exists());
}

#[test]
fn what_is_sensitive_is_shown_to_those_who_ask() {
    let input = image("kinds/gen1-every.image");
    for format in ["text", "json"] {
        let dump = ["dump", "--rows", "--format", format].map(Path::new);
        let (exit, hidden, _) = kserial(&[&dump[..], &[&input]].concat());
        assert_eq!(exit, 0);
        assert!(!hidden.contains("dead00beef"), "{hidden}");
        let (_, shown, _) = kserial(&[&dump[..], &[&input, Path::new("--reveal")]].concat());
        assert!(shown.contains("dead00beef02ff"), "{shown}");
    }
}

#[test]
fn a_loss_is_told_and_ends_conditionally() {
    let folder = TempDir::new().unwrap();
    let (input, target) = (image("memfds/gen2-flags.image"), image("memfds/gen1-plain.image"));
    let to = ["--to", target.to_str().unwrap()];
    let (exit, out, _, output) = convert(&folder, &input, &to);
    assert_eq!(exit, 10);
    assert_eq!(
        out,
        "memfd   3 rows, converted\n  loses member 4 (flags), from row 1 on\n\
         memfd-folio   7 rows, converted\n"
    );
    let (exit, dump, _) = kserial(&[Path::new("dump"), &output]);
    assert_eq!(exit, 0);
    assert!(dump.contains("memfd   3 rows of 24 B"), "{dump}");
    let (exit, ..) = convert(&folder, &input, &[&to[..], &["--allow-conditional"]].concat());
    assert_eq!(exit, 0);
}

#[test]
fn what_became_of_it_is_told_to_programs_too() {
    let folder = TempDir::new().unwrap();
    let target = image("memfds/gen1-plain.image");
    let told = |name: &str| {
        let words = ["--format", "json", "--to", target.to_str().unwrap()];
        let (exit, out, _, output) = convert(&folder, &image(name), &words);
        let told: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["exit_code"], exit);
        let name = output.file_name().unwrap().to_str().unwrap();
        let written = if output.exists() { Value::from(name) } else { Value::Null };
        assert_eq!(told["output"], written);
        told
    };
    let lossy = told("memfds/gen2-flags.image");
    let losses = json!([{ "member": "4", "name": "flags", "first_row": 1 }]);
    assert_eq!(lossy["tables"][0]["losses"], losses);
    assert_eq!(
        (&lossy["tables"][0]["way"], &lossy["tables"][1]["losses"]),
        (&json!("converted"), &json!([]))
    );
    assert_eq!(lossy["exit_code"], 10);
    let refused = told("memfds/gen2-sealed.image");
    let why = &refused["refused"];
    assert_eq!(
        (&why["record"], &why["row"], &why["member"]),
        (&json!("memfd"), &json!(0), &json!("3"))
    );
    assert_eq!(refused["exit_code"], 20);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/convert.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&lossy) && schema.is_valid(&refused));
}

#[test]
fn rows_that_the_target_must_not_take_leave_no_file() {
    let folder = TempDir::new().unwrap();
    let (input, target) = (image("memfds/gen2-sealed.image"), image("memfds/gen1-plain.image"));
    let (exit, out, error, output) = convert(&folder, &input, &["--to", target.to_str().unwrap()]);
    assert_eq!((exit, out.as_str()), (20, ""));
    assert!(
        error.contains("memfd, row 0: member 3 (seals) is refused; the target takes 0"),
        "{error}"
    );
    assert!(!output.exists());
}

#[test]
fn the_target_may_be_a_schema_or_the_notes_of_a_program() {
    let folder = TempDir::new().unwrap();
    let input = image("memfds/gen1-plain.image");
    let schema = folder.path().join("memfd.toml");
    fs::write(
        &schema,
        r#"
[[record]]
name = "memfd"
row = 32
align = 8
[[record.member]]
id = 7
name = "folios"
kind = "end"
bits = 64
child = "memfd-folio"
[[record.member]]
id = 2
name = "length"
kind = "unsigned"
bit = 64
bits = 64
unit = "bytes"
[[record.member]]
id = 1
name = "offset"
kind = "unsigned"
bit = 128
bits = 64
unit = "bytes"
[[record.member]]
id = 9
name = "mode"
kind = "unsigned"
bit = 192
bits = 64
default = 0x1ff
"#,
    )
    .unwrap();
    let (exit, out, error, output) = convert(&folder, &input, &["--to", schema.to_str().unwrap()]);
    assert_eq!((exit, error.as_str()), (0, ""));
    assert!(out.contains("memfd-folio   7 rows, kept whole"), "{out}");
    let (_, dump, _) = kserial(&[Path::new("dump"), &output]);
    assert!(dump.contains("memfd  length 20,480 bytes  offset 1,234 bytes  mode 511"), "{dump}");

    let layout = memfd::gen3::Memfd::SHAPE;
    let mut note = vec![1, 3, 1, 0, 0, 0, 0, 0];
    note.extend(layout.head().as_bytes());
    layout.cells().iter().for_each(|cell| note.extend(cell.as_bytes()));
    let program = folder.path().join("program");
    fs::write(&program, Elf::program().note("KSerial", 1, &note).bytes()).unwrap();
    let (exit, out, error, output) =
        convert(&folder, &output, &["--to", program.to_str().unwrap()]);
    // The mode is nothing that the record knows.
    assert_eq!((exit, error.as_str()), (0, ""), "{out}");
    let (_, dump, _) = kserial(&[Path::new("dump"), &output]);
    assert!(dump.contains("memfd  size 20,480 bytes  pos 1,234 bytes  seals 0"), "{dump}");
}

#[test]
fn a_target_without_any_of_the_records_answers_nothing() {
    let folder = TempDir::new().unwrap();
    let (input, target) = (image("flbs/gen1-plain.image"), image("memfds/gen1-plain.image"));
    let (exit, _, error, output) = convert(&folder, &input, &["--to", target.to_str().unwrap()]);
    assert_eq!(exit, 30);
    assert!(error.contains("it holds luo-flb, the target knows memfd, memfd-folio"), "{error}");
    assert!(!output.exists());
    let (exit, ..) = convert(&folder, &input, &[]);
    assert_eq!(exit, 2, "nothing was asked for");
}

#[test]
fn a_file_that_is_there_is_never_replaced() {
    let folder = TempDir::new().unwrap();
    let output = folder.path().join("mine");
    fs::write(&output, "mine").unwrap();
    let input = image("flbs/gen1-plain.image");
    let words = ["convert", "--as", "json", "--output"].map(Path::new);
    let (exit, _, error) = kserial(&[&words[..], &[&output, &input]].concat());
    assert_eq!(exit, 30);
    assert!(error.contains("is there already"), "{error}");
    assert_eq!(fs::read(&output).unwrap(), b"mine");
}

#[test]
fn a_json_that_was_tampered_with_is_refused_and_says_where() {
    let folder = TempDir::new().unwrap();
    let (_, _, _, json) = convert(&folder, &image("memfds/gen3-plain.image"), &["--as", "json"]);
    let text = fs::read_to_string(&json).unwrap();
    for (was, is, says) in [
        (
            "\"flags\": 0,",
            "\"flags\": 4,",
            "memfd-folio: row 0: member 2 has a value its layout forbids",
        ),
        (
            "\"max_order\": 0",
            "\"max_order\": 256",
            "memfd, row 0: member max_order: 256 does not fit 8 bits",
        ),
        ("\"seals\": 0,", "", "memfd, row 0: member seals is missing"),
        ("\"folios\": 5,", "\"folios\": 9,", "the rows contradict each other"),
        ("\"segments\": [\n    1472", "\"segments\": [\n    65", "multiples of 64 bytes"),
        ("\"segments\": [\n    1472", "\"segments\": [\n    64", "too small"),
        ("\"kind\": \"end\"", "\"kind\": \"edn\"", "there is no kind \\\"edn\\\""),
        ("kserial-image/1", "kserial-image/2", "\"kserial-image/1\" is wanted"),
    ] {
        assert!(text.contains(was), "{was}");
        fs::write(&json, text.replacen(was, is, 1)).unwrap();
        let (exit, _, error, output) = convert(&folder, &json, &[]);
        assert_eq!(exit, 30, "{says}: {error}");
        assert!(error.contains(&says.replace("\\\"", "\"")), "{says}: {error}");
        assert!(!output.exists());
    }
}

#[test]
fn a_table_of_a_later_version_of_the_format_is_shown_as_such_and_never_dropped() {
    let folder = TempDir::new().unwrap();
    let mut bytes = fs::read(image("memfds/gen1-plain.image")).unwrap();
    // The last table's second cell gets a kind that nobody knows yet, and the head its right sum.
    let length = u32::from_le_bytes(*bytes[12..].first_chunk().unwrap()) as usize;
    let folio = bytes[..length].windows(12).rposition(|name| name == b"memfd-folio\0").unwrap();
    assert_eq!(bytes[folio + 64 + 8], 1, "a member");
    bytes[folio + 64 + 9] = 99;
    let sum = crc32fast::hash(&bytes[..length]);
    bytes[length..length + 4].copy_from_slice(&sum.to_le_bytes());
    let later = folder.path().join("later.image");
    fs::write(&later, &bytes).unwrap();

    let (exit, out, error) = kserial(&[Path::new("dump"), &later]);
    assert_eq!((exit, error.as_str()), (0, ""));
    let about: Vec<_> = out.lines().filter(|line| line.contains(" memfd-folio ")).collect();
    assert!(
        matches!(about[..], [line] if line.contains("7 rows of 16 B, of memfd, not understood")),
        "{out}"
    );
    // Without its rows no JSON makes the image again, and nothing converts what it cannot read.
    let (exit, _, error, json) = convert(&folder, &later, &["--as", "json", "--reveal"]);
    assert_eq!(exit, 0, "{error}");
    let (exit, _, error, _) = convert(&folder, &json, &[]);
    assert_eq!(exit, 30, "{error}");
    assert!(error.contains("memfd-folio: its rows were not understood"), "{error}");
    let schema = folder.path().join("memfd.toml");
    fs::write(&schema, MEMFD).unwrap();
    let (exit, _, error, _) = convert(&folder, &later, &["--to", schema.to_str().unwrap()]);
    assert_eq!(exit, 20, "{error}");
    assert!(error.contains("memfd-folio: its layout is of a later version"), "{error}");
}

/// A schema of the record that the other one's table is of.
const MEMFD: &str = r#"
[[record]]
name = "memfd"
row = 8
member = [{ id = 1, name = "size", kind = "unsigned", bits = 64 }]
"#;
