//! `kserial schema lock`: what was written down decides.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::fs;
use std::path::Path;
use std::process::Command;

const FIRST: &str = r#"
[[record]]
name = "volume"
row = 16
align = 8
member = [
    { id = 1, name = "size", kind = "unsigned", bits = 64, unit = "bytes" },
    { id = 2, name = "owner", kind = "unsigned", bit = 64, bits = 64 },
]
"#;

/// Exit code and output of `kserial schema lock` on this schema.
fn lock(folder: &Path, schema: &str, options: &[&str]) -> (i32, String) {
    let source = folder.join("source.toml");
    fs::write(&source, schema).unwrap();
    let locks = folder.join("locks");
    let ran = Command::new(env!("CARGO_BIN_EXE_kserial"))
        .args(["schema", "lock"])
        .arg(&source)
        .arg("--locks")
        .arg(&locks)
        .args(options)
        .output()
        .unwrap();
    (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn a_record_is_written_down_once_and_held_to_it_ever_after() {
    let folder = tempfile::tempdir().unwrap();
    let (code, says) = lock(folder.path(), FIRST, &[]);
    assert_eq!((code, says.contains("not written down yet")), (10, true), "{says}");
    assert!(!folder.path().join("locks").exists(), "asking writes nothing");

    assert_eq!(lock(folder.path(), FIRST, &["--write"]).0, 0);
    let (code, says) = lock(folder.path(), FIRST, &[]);
    assert_eq!((code, says.trim()), (0, "volume: as it was written down"));

    // Two IDs of one type, swapped: no pair of layouts shows it.
    let swapped = FIRST.replace("size", "other").replace("owner", "size").replace("other", "owner");
    let swapped = swapped.replace(", unit = \"bytes\"", "");
    let before = fs::read_to_string(folder.path().join("locks/volume.toml")).unwrap();
    for options in [&[][..], &["--write"]] {
        let (code, says) = lock(folder.path(), &swapped, options);
        assert_eq!((code, says.contains("member 1 (size, now owner)")), (20, true), "{says}");
    }
    let after = fs::read_to_string(folder.path().join("locks/volume.toml")).unwrap();
    assert_eq!(before, after, "a contradiction is never written down");

    let grown = FIRST.replace("row = 16", "row = 24").replace(
        "},\n]\n",
        "},\n    { id = 3, name = \"hint\", kind = \"unsigned\", bit = 128, bits = 64, default = 0 },\n]\n",
    );
    assert_eq!(lock(folder.path(), &grown, &[]).0, 10);
    assert_eq!(lock(folder.path(), &grown, &["--write"]).0, 0);
    let after = fs::read_to_string(folder.path().join("locks/volume.toml")).unwrap();
    assert!(after.starts_with(&before), "a lock only grows");
}

#[test]
fn a_lock_that_cannot_be_read_is_no_lock_that_agrees() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("locks")).unwrap();
    fs::write(folder.path().join("locks/volume.toml"), "record = 7\n").unwrap();
    assert_eq!(lock(folder.path(), FIRST, &["--write"]).0, 30);
    let text = fs::read_to_string(folder.path().join("locks/volume.toml")).unwrap();
    assert_eq!(text, "record = 7\n");
}
