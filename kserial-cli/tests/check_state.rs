//! Given the state, conditions are answers: the one file that would cost every session is named.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus").join(name)
}

/// The exit code and the report of `kserial check OLD NEW --state STATE`.
fn check(old: &str, new: &str, state: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
    let output = command.args(["check", old, new, "--state"]).arg(state).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn manifest(files: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let json = format!(
        r#"{{"schema": "kserial-manifest/1", "sessions": [{{"name": "vm/17", "files": [{files}]}}]}}"#
    );
    fs::write(file.path(), json).unwrap();
    file
}

#[test]
fn a_handler_that_the_next_kernel_lacks_is_found_before_the_kexec() {
    let (exit, report) = check("linux:7.3", "linux:7.3", &corpus("kernels/73-73-lusim"));
    assert_eq!(exit, 20, "{report}");
    for words in [
        "do not kexec: no session could be reached",
        "session golden-session, file 0x33 (lusim-file-v1)",
        "with it: every session (1 in all, 2 other files)",
        "EIO",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
}

#[test]
fn a_state_that_does_not_use_it_crosses() {
    for name in ["kernels/72-72", "kernels/72-73"] {
        let (exit, report) = check("linux:7.2", "linux:7.3", &corpus(name));
        assert_eq!(exit, 0, "{report}");
        // Whether code registers for an FLB shows in no image: nobody says that all of it is understood.
        assert!(report.contains("but 3 FLBs of which no note tells"), "{report}");
        assert!(!report.contains("has no such component"), "{report}");
    }
}

#[test]
fn the_state_of_another_kernel_answers_nothing() {
    let (exit, report) = check("linux:7.1", "linux:7.1", &corpus("kernels/72-73"));
    assert_eq!(exit, 30, "{report}");
    assert!(report.contains("it was written as kho-v4, and linux:7.1"), "{report}");
}

#[test]
fn a_state_that_is_not_serialized_is_not_an_empty_one() {
    // The same pages, as they were before the reboot path ran.
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(corpus("kernels/72-73")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("s1-") {
            fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    let (exit, report) = check("linux:7.2", "linux:7.3", folder.path());
    assert_eq!(exit, 30, "{report}");
    assert!(report.contains("not serialized"), "{report}");
}

#[test]
fn a_manifest_answers_as_memory_does() {
    let memfd = r#"{"token": "0x11", "handler": "memfd-v2", "members": {"3": 6}, "max_order": 0}"#;
    let (exit, report) = check("linux:7.2", "linux:7.3", manifest(memfd).path());
    assert_eq!(exit, 0, "{report}");
    let foreign = r#"{"token": 18446744073709551615, "handler": "vfio-pci-v2"}"#;
    let both = manifest(&format!("{memfd}, {foreign}"));
    let (exit, report) = check("linux:7.2", "linux:7.3", both.path());
    assert_eq!(exit, 20, "{report}");
    assert!(report.contains("session vm/17, file 0xffffffffffffffff (vfio-pci-v2)"), "{report}");
    fs::write(both.path(), r#"{"schema": "kserial-manifest/9", "sessions": []}"#).unwrap();
    assert_eq!(check("linux:7.2", "linux:7.3", both.path()).0, 30);
}

#[test]
fn a_manifest_makes_of_a_condition_a_no_or_a_named_loss() {
    let folder = tempfile::tempdir().unwrap();
    let linux = Command::new(env!("CARGO_BIN_EXE_kserial"))
        .args(["schema", "extract", "linux:7.3"])
        .output()
        .unwrap();
    let linux = String::from_utf8(linux.stdout).unwrap();
    let put = |name: &str, second: &str| {
        let record = format!(
            "[[record]]\nname = \"volume\"\ncarrier = \"file\"\nrow = 16\nmember = [\n\
             {{ id = 1, name = \"size\", kind = \"unsigned\", bits = 64 }},\n{second}]\n"
        );
        let path = folder.path().join(name);
        fs::write(&path, format!("{linux}\n{record}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let hint = "id = 2, name = \"hint\", kind = \"unsigned\", bit = 64, bits = 64, default = 0";
    let new = put("new.toml", "");
    for (flag, of_seven, says) in
        [("", 10, "what is named below is lost"), (", critical = true", 20, "would cross")]
    {
        let old = put("old.toml", &format!("{{ {hint}{flag} }},\n"));
        for (value, expected) in [(7, of_seven), (0, 0)] {
            let file = format!(
                r#"{{"token": 1, "handler": "volume", "members": {{"2": {value}}}, "max_order": 0}}"#
            );
            let (exit, report) = check(&old, &new, manifest(&file).path());
            assert_eq!(exit, expected, "{report}");
            let words =
                [says, "session vm/17, file 0x1 (volume)", "finish with what is named above"];
            for words in words {
                assert_eq!(report.contains(words), value == 7, "{words}: {report}");
            }
            assert!(!report.contains("--state") && !report.contains("  if  "), "{report}");
        }
    }
}

#[test]
fn huge_folios_matter_where_there_are_any() {
    // A kernel without huge pages, as its configuration says.
    let config = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        config.path(),
        "CONFIG_KEXEC_HANDOVER=y\nCONFIG_LIVEUPDATE=y\nCONFIG_LIVEUPDATE_MEMFD=y\n",
    )
    .unwrap();
    let with = |order: &str| {
        let state = manifest(&format!(r#"{{"token": 1, "handler": "memfd-v2"{order}}}"#));
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        let arguments = ["check", "linux:7.2", "linux:7.3", "--new-config"];
        command.args(arguments).arg(config.path()).arg("--state").arg(state.path());
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    for (order, exit) in [(r#", "max_order": 9"#, 20), (r#", "max_order": 0"#, 0), ("", 10)] {
        let (found, report) = with(order);
        assert_eq!(found, exit, "{order}: {report}");
        assert_eq!(report.contains("KS0305"), exit != 0, "{order}: {report}");
    }
}

#[test]
fn huge_folios_matter_to_every_handler_that_a_note_declares() {
    let folder = tempfile::tempdir().unwrap();
    let on = "TRANSPARENT_HUGEPAGE = { on = true";
    let command = || Command::new(env!("CARGO_BIN_EXE_kserial"));
    let linux = command().args(["schema", "extract", "linux:7.3"]).output().unwrap();
    let linux = String::from_utf8(linux.stdout).unwrap();
    let put = |name: &str, carrier: &str, kernel: &str| {
        let record = format!(
            "[[record]]\nname = \"volume\"\ncarrier = \"{carrier}\"\nrow = 8\n\
             member = [{{ id = 1, name = \"size\", kind = \"unsigned\", bits = 64 }}]\n"
        );
        let path = folder.path().join(name);
        fs::write(&path, format!("{kernel}\n{record}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (carrier, without) in [("file", 10), ("flb", 10), ("rows", 10)] {
        let old = put("old.toml", carrier, &linux);
        let new = put("new.toml", carrier, &linux.replace(on, &on.replace("true", "false")));
        let output = command().args(["check", &old, &new, "--direction", "update"]).output();
        let output = output.unwrap();
        let report = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(without), "{report}");
        // Rows that nothing carries are in no image of their own.
        assert_eq!(report.contains("[KS0305] volume"), carrier != "rows", "{report}");
        if carrier == "file" {
            for (order, expected) in
                [(r#", "max_order": 9"#, 20), (r#", "max_order": 0"#, 0), ("", 10)]
            {
                let file = format!(r#"{{"token": 1, "handler": "volume"{order}}}"#);
                let (exit, report) = check(&old, &new, manifest(&file).path());
                assert_eq!(exit, expected, "{order}: {report}");
                assert_eq!(report.contains("KS0305"), expected != 0, "{order}: {report}");
            }
            assert_eq!(check(&old, &new, manifest("").path()).0, 0);
        }
        if carrier == "flb" {
            // A manifest does not say how large the folios of an object are.
            assert_eq!(check(&old, &new, manifest("").path()).0, 10);
        }
    }
}

#[test]
fn a_pipe_is_no_state_and_is_called_one() {
    let state = "/dev/stdin";
    let check = ["check", "linux:7.2", "linux:7.3", "--state", state];
    for arguments in [&check[..], &["dump", state]] {
        let mut ran = Command::new(env!("CARGO_BIN_EXE_kserial"));
        ran.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = ran.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(30));
        let says = String::from_utf8(output.stderr).unwrap();
        assert!(says.contains("a pipe") && says.contains("into a file"), "{says}");
    }
}

#[test]
fn a_manifest_that_says_two_things_of_one_answers_nothing() {
    let file = r#"{"token": "0x11", "handler": "memfd-v2"}"#;
    let same = r#"{"token": 17, "handler": "memfd-v2"}"#;
    let session = |name: &str, files: &str| format!(r#"{{"name": "{name}", "files": [{files}]}}"#);
    let cases = [
        ([session("a", file), session("b", same)].join(","), 0, ""),
        ([session("a", file), session("a", "")].join(","), 30, "two sessions a"),
        (session("a", &[file, same].join(",")), 30, "session a has two files 0x11"),
    ];
    for (sessions, expected, says) in cases {
        let manifest = tempfile::NamedTempFile::new().unwrap();
        let text = format!(r#"{{"schema": "kserial-manifest/1", "sessions": [{sessions}]}}"#);
        fs::write(manifest.path(), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        command.args(["check", "linux:7.2", "linux:7.3", "--state"]).arg(manifest.path());
        let output = command.output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{sessions}: {errors}");
        assert!(errors.contains(says), "{errors}");
    }
}
