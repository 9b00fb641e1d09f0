//! Given the memory, conditions on KSerial records are answered by the rows that lie in it, and each
//! answer names the file, FLB or subtree, the row and the member.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{json, Value};
use tempfile::TempDir;

/// What the kernel of the capture declared in its notes.
const RECORDS: &str = r#"
[[record]]
carrier = "file"
evidence = "note"
name = "kserial-memfd"
row = 104
align = 8
member = [
    { id = 1, name = "size", kind = "unsigned", bits = 64, unit = "bytes" },
    { id = 2, name = "position", kind = "unsigned", bit = 64, bits = 64, unit = "bytes" },
    { id = 3, name = "seals", kind = "unsigned", bit = 128, bits = 32, default = 0, critical = true },
    { id = 4, name = "flags", kind = "unsigned", bit = 160, bits = 32, default = 0 },
    { id = 5, name = "folios", kind = "end", bit = 192, bits = 64, child = "kserial-memfd-folio" },
    { id = 6, name = "name", kind = "text", bit = 256, bits = 8, count = 64 },
    { id = 7, name = "mode", kind = "unsigned", bit = 768, bits = 32, default = 511, values = [{ low = 0, high = 511 }] },
]

[[record]]
carrier = "rows"
evidence = "note"
name = "kserial-memfd-folio"
row = 16
align = 8
member = [
    { id = 1, name = "pfn", kind = "unsigned", bits = 52 },
    { id = 2, name = "order", kind = "unsigned", bit = 52, bits = 12 },
    { id = 3, name = "index", kind = "unsigned", bit = 64, bits = 64, unit = "pages" },
]
"#;

/// What it says of a member, and what a kernel says that takes fewer values of it.
const MODE: &str = "default = 511, values = [{ low = 0, high = 511 }]";
const NARROW: &str = "default = 0, values = [{ low = 0, high = 510 }]";

fn capture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels/72-73-kserial")
}

fn kserial(arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kserial")).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// Checks a kernel that declares `RECORDS` against one that declares `next`, with this state.
fn check(next: &str, state: &Path, format: &str) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let paths = [("old", RECORDS), ("next", next)].map(|(name, records)| {
        let path = folder.path().join(format!("{name}.toml"));
        let (exit, kernel) = kserial(&["schema", "extract", "linux:7.3"]);
        assert_eq!(exit, 0, "{kernel}");
        fs::write(&path, kernel + records).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let state = state.to_str().unwrap();
    kserial(&["check", &paths[0], &paths[1], "--state", state, "--format", format])
}

#[test]
fn the_rows_in_memory_decide() {
    let seals = "    { id = 3, name = \"seals\", kind = \"unsigned\", bit = 128, bits = 32, default = 0, critical = true },\n";
    let order = "name = \"order\", kind = \"unsigned\", bit = 52, bits = 12";
    let folios = RECORDS.find("[[record]]\ncarrier = \"rows\"").unwrap();
    let cases = [
        // Three of four are sealed, one after it had been preserved; the fourth is not.
        (
            RECORDS.replace(seals, ""),
            20,
            vec![
                "session memfds-1, file 0x10 (kserial-memfd): kserial-memfd row 0: seals 6\n",
                "session memfds-1, file 0x11 (kserial-memfd): kserial-memfd row 0: seals 2\n",
                "session memfds-1, file 0x12 (kserial-memfd): kserial-memfd row 0: seals 4\n",
                "KS0113",
            ],
        ),
        // All of them are of order 0, and of the mode 0777.
        (
            RECORDS.replace(order, &format!("{order}, values = [{{ low = 0, high = 0 }}]")),
            0,
            vec![],
        ),
        (RECORDS.replace(MODE, NARROW), 20, vec!["row 0: mode 511", "KS0110"]),
        // Without a default, what is not known is lost whatever it holds.
        (RECORDS.replace("    { id = 6, name", "    { id = 16, name"), 20, vec!["KS0108"]),
        (
            RECORDS[..folios].to_owned(),
            10,
            vec![
                "file 0x12 (kserial-memfd): kserial-memfd-folio, 2048 rows\n",
                "what is named below is lost",
                "KS0214",
            ],
        ),
        // Who has no handler for the files loses more than their rows.
        (
            String::new(),
            20,
            vec![
                "session memfds-1, file 0x13 (kserial-memfd)\n",
                "with it: every session (1 in all, 0 other files)",
                "KS0207",
            ],
        ),
        (RECORDS.to_owned(), 0, vec!["all is understood, but 3 FLBs of which no note tells"]),
    ];
    for (next, expected, words) in cases {
        let (exit, report) = check(&next, &capture(), "text");
        assert_eq!(exit, expected, "{report}");
        for words in words {
            assert!(report.contains(words), "{words}: {report}");
        }
        assert!(!report.contains("  if  "), "nothing is left open: {report}");
    }
}

/// A handler in a module that is not loaded is none: known of no component, known of no record.
#[test]
fn a_handler_in_a_module_that_is_not_loaded_is_missing() {
    let folder = TempDir::new().unwrap();
    let put = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let linux = || kserial(&["schema", "extract", "linux:7.3"]).1;
    let part = "part = \"file-handler\"";
    let in_module = linux().replace(part, &format!("{part}\nmodule = \"later\""));
    assert_ne!(in_module, linux());
    let file = "carrier = \"file\"";
    let records = RECORDS.replace(file, &format!("{file}\nmodule = \"later\""));
    let manifest = |handler: &str| {
        let file = format!(r#"{{"token": 1, "handler": "{handler}", "max_order": 0}}"#);
        format!(
            r#"{{"schema": "kserial-manifest/1", "sessions": [{{"name": "vm", "files": [{file}]}}]}}"#
        )
    };
    let of_record = put("record.json", manifest("kserial-memfd"));
    let of_component = put("component.json", manifest("memfd-v2"));
    let old = put("old.toml", linux() + RECORDS);
    let next = put("next.toml", in_module + &records);
    for (state, handler) in [
        (capture().to_str().unwrap().to_owned(), "kserial-memfd"),
        (of_record, "kserial-memfd"),
        (of_component, "memfd-v2"),
    ] {
        let check = |modules: &str| {
            kserial(&["check", &old, &next, "--state", &state, "--new-modules", modules])
        };
        let (exit, report) = check("");
        assert_eq!(exit, 20, "{report}");
        for words in [&format!("({handler})\n"), "with it: every session", "EIO"] {
            assert!(report.contains(words), "{words}: {report}");
        }
        let conditions = report.matches("  if  ").count();
        assert_eq!(conditions, 0, "what is known is no condition: {report}");
        assert_eq!(check("later").0, 0, "{}", check("later").1);
    }
}

#[test]
fn an_image_is_judged_by_the_layout_that_it_carries() {
    // A kernel that says it writes more than it did: what is in memory has no member 9.
    let (exit, report) = check(RECORDS, &capture(), "text");
    assert_eq!(exit, 0, "{report}");
    let boasting = RECORDS.replace("    { id = 6, name", "    { id = 9, name = \"purpose\", kind = \"unsigned\", bit = 800, bits = 32, critical = true },\n    { id = 6, name");
    // And one that says it does not count folios below memfds: what is in memory does.
    let mark = "    { id = 5, name = \"folios\", kind = \"end\", bit = 192, bits = 64, child = \"kserial-memfd-folio\" },\n";
    let modest = RECORDS.replace(mark, "");
    for (old, alone) in [(boasting, 20), (modest, 10)] {
        assert_ne!(old, RECORDS);
        let folder = TempDir::new().unwrap();
        let paths = [("old", old.as_str()), ("next", RECORDS)].map(|(name, records)| {
            let path = folder.path().join(format!("{name}.toml"));
            fs::write(&path, kserial(&["schema", "extract", "linux:7.3"]).1 + records).unwrap();
            path.to_str().unwrap().to_owned()
        });
        let without = kserial(&["check", &paths[0], &paths[1], "--direction", "update"]);
        assert_eq!(without.0, alone, "{}", without.1);
        let state = capture();
        let with = kserial(&["check", &paths[0], &paths[1], "--state", state.to_str().unwrap()]);
        assert_eq!(with.0, 0, "{}", with.1);
    }
}

#[test]
fn the_json_of_a_dump_answers_as_the_memory_does() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.json");
    let state = capture();
    let (_, json) = kserial(&["dump", state.to_str().unwrap(), "--format", "json", "--reveal"]);
    fs::write(&path, &json).unwrap();
    let next = RECORDS.replace(MODE, NARROW);
    let (exit, report) = check(&next, &path, "text");
    assert_eq!((exit, report), check(&next, &state, "text"));
    let text = |state: &Path| kserial(&["dump", state.to_str().unwrap()]);
    assert_eq!(text(&path), text(&state));
    // What only says what will be handed over is no memory.
    fs::write(&path, r#"{"schema": "kserial-manifest/1", "sessions": []}"#).unwrap();
    let (exit, said) = text(&path);
    assert_eq!(exit, 30);
    assert!(said.contains("a manifest") && said.contains("--state"), "{said}");
}

/// The capture with something about it changed, as `change` does to the JSON of its dump.
fn changed(folder: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let [json, memory] = ["state.json", "memory"].map(|name| folder.join(name));
    let (exit, text) =
        kserial(&["dump", capture().to_str().unwrap(), "--format", "json", "--reveal"]);
    assert_eq!(exit, 0, "{text}");
    let mut dump: Value = serde_json::from_str(&text).unwrap();
    change(&mut dump);
    fs::write(&json, dump.to_string()).unwrap();
    let paths = [&json, &memory].map(|path| path.to_str().unwrap());
    let (exit, said) = kserial(&["convert", paths[0], "--output", paths[1]]);
    assert_eq!(exit, 0, "{said}");
    memory
}

/// The capture, but the files' images belong to FLBs and to a subtree.
fn moved(folder: &Path) -> PathBuf {
    changed(folder, |dump| {
        let session = &mut dump["luo"]["sessions"][0];
        let files: Vec<Value> = session["files"].as_array_mut().unwrap().drain(..).collect();
        session["stated_files"] = 0.into();
        session["blocks"] = json!([]);
        let flb = &mut dump["luo"]["flbs"][0];
        (flb["name"], flb["data"], flb["image"]) =
            ("memfds/\u{1b}[31m".into(), files[0]["data"].clone(), files[0]["image"].clone());
        let subtrees = dump["kho"]["subtrees"].as_array_mut().unwrap();
        subtrees.push(json!({
            "name": "kept", "data": files[1]["data"], "size": 4096, "image": files[1]["image"],
        }));
    })
}

#[test]
fn images_of_flbs_and_subtrees_are_looked_at_as_well() {
    let folder = TempDir::new().unwrap();
    let memory = moved(folder.path());
    let next = RECORDS.replace(MODE, NARROW);
    let (exit, report) = check(&next, &memory, "text");
    assert_eq!(exit, 20, "{report}");
    for words in [
        "FLB memfds/\\x1b[31m: kserial-memfd row 0: mode 511\n",
        "subtree kept: kserial-memfd row 0: mode 511\n",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    let (exit, report) = check(&next, &memory, "json");
    assert_eq!(exit, 20, "{report}");
    let report: Value = serde_json::from_str(&report).unwrap();
    let findings = report["directions"][0]["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["rule"] == "KS0110").unwrap();
    let holds = |owner: Value| {
        let row = json!({ "record": "kserial-memfd", "number": 0, "rows": 1, "holds": "mode 511" });
        json!({ "owner": owner, "row": row })
    };
    let expected = json!([
        holds(json!({ "kind": "subtree", "name": "kept" })),
        holds(json!({ "kind": "flb", "name": "memfds/\u{1b}[31m" })),
    ]);
    assert_eq!(finding["in_use"], expected);
    assert_eq!(finding["more_in_use"], 0);
}

#[test]
fn a_state_that_contradicts_itself_is_no_yes() {
    type Case = (fn(&mut Value), &'static str);
    let cases: [Case; 2] = [
        (
            |dump| dump["luo"]["sessions"][0]["stated_files"] = 5.into(),
            "states 5 files, and 4 were found",
        ),
        (
            |dump| dump["kho"]["preserved"] = json!([]),
            "not preserved: the next kernel may overwrite it",
        ),
    ];
    for (change, words) in cases {
        let folder = TempDir::new().unwrap();
        let memory = changed(folder.path(), change);
        let (exit, shown) = kserial(&["dump", "--verify", memory.to_str().unwrap()]);
        assert_eq!(exit, 20, "{shown}");
        let (exit, report) = check(RECORDS, &memory, "text");
        assert_eq!(exit, 30, "{report}");
        assert!(report.contains(words) && report.contains("KS0501"), "{words}: {report}");
        // What is certain stays so.
        assert_eq!(check("", &memory, "text").0, 20);
    }
}

#[test]
fn what_a_note_declares_and_is_no_image_answers_nothing() {
    let subtree = RECORDS.replacen("carrier = \"file\"", "carrier = \"subtree\"", 1);
    let subtree = format!(
        "{RECORDS}{}",
        subtree[..subtree.find("[[record]]\ncarrier = \"rows\"").unwrap()]
            .replace("\"kserial-memfd\"", "\"kept\"")
    );
    type Case<'a> = (&'a str, fn(&mut Value), &'a str);
    let cases: [Case<'_>; 3] = [
        (
            RECORDS,
            |dump| {
                drop(
                    dump["luo"]["sessions"][0]["files"][2].as_object_mut().unwrap().remove("image"),
                )
            },
            "session memfds-1, file 0x12 (kserial-memfd)\n",
        ),
        (
            &subtree,
            |dump| {
                let data = dump["luo"]["sessions"][0]["files"][0]["data"].clone();
                let subtrees = dump["kho"]["subtrees"].as_array_mut().unwrap();
                subtrees.push(json!({ "name": "kept", "data": data, "size": 4096 }));
                dump["luo"]["sessions"][0]["files"].as_array_mut().unwrap().remove(0);
                dump["luo"]["sessions"][0]["stated_files"] = 3.into();
            },
            "subtree kept\n",
        ),
        (RECORDS, |_| {}, ""),
    ];
    for (records, change, place) in cases {
        let folder = TempDir::new().unwrap();
        let memory = changed(folder.path(), change);
        let (exit, report) = check(records, &memory, "text");
        assert_eq!(exit, if place.is_empty() { 0 } else { 30 }, "{report}");
        assert!(report.contains(place), "{place}: {report}");
    }
}

/// Retrieving an image is refused, for good, by a kernel that cannot use the folios of which it tells.
#[test]
fn an_image_with_folios_that_the_next_kernel_cannot_use_is_found_before_the_kexec() {
    const HUGE: &str = "TRANSPARENT_HUGEPAGE = { on = true, evidence = \"catalogue\" }\n";
    let kernel = kserial(&["schema", "extract", "linux:7.3"]).1;
    assert!(kernel.contains(HUGE));
    let folder = TempDir::new().unwrap();
    let memory = |number: usize, key: &'static str, value: u64| {
        let folder = folder.path().join(format!("{key}-{value}"));
        fs::create_dir(&folder).unwrap();
        changed(&folder, |dump| {
            let file = &mut dump["luo"]["sessions"][0]["files"][number];
            file["image"]["content"]["machine"][key] = value.into();
        })
    };
    let (small, huge) = (capture(), memory(1, "max_order", 9));
    let old = folder.path().join("old.toml");
    fs::write(&old, kernel.clone() + RECORDS).unwrap();
    let old = old.to_str().unwrap();
    let named = "file 0x11 (kserial-memfd)\n";
    let check_with = |option: &str, state: &Path| {
        let next = folder.path().join("next.toml");
        fs::write(&next, kernel.replace(HUGE, option) + RECORDS).unwrap();
        kserial(&["check", old, next.to_str().unwrap(), "--state", state.to_str().unwrap()])
    };
    let off = HUGE.replace("true", "false");
    for (option, state, expected, words) in [
        (off.as_str(), &huge, 20, named),
        (&off, &small, 0, "all is understood, but 3 FLBs of which no note tells"),
        (HUGE, &huge, 0, "all is understood, but 3 FLBs of which no note tells"),
        ("", &huge, 10, named),
    ] {
        let (exit, report) = check_with(option, state);
        assert_eq!(exit, expected, "{option}: {report}");
        assert!(report.contains(words), "{words}: {report}");
        assert_eq!(report.contains("KS0305"), expected != 0, "{option}: {report}");
    }
    // What lies in the image of another machine is not the old kernel's.
    for (key, value) in [("architecture", 183), ("page_shift", 14)] {
        let (exit, report) = check_with(HUGE, &memory(2, key, value));
        assert_eq!(exit, 30, "{report}");
        assert!(report.contains("file 0x12 (kserial-memfd)"), "{report}");
    }
}

/// A row that is no longer than the handle may be the handle: a device's address, say.
#[test]
fn a_handle_that_is_the_row_itself_is_no_missing_image() {
    let folder = TempDir::new().unwrap();
    let damaged = folder.path().join("damaged");
    fs::create_dir(&damaged).unwrap();
    let damaged = changed(&damaged, |dump| {
        let file = &mut dump["luo"]["sessions"][0]["files"][3];
        file["handler"] = "address".into();
        file.as_object_mut().unwrap().remove("image");
    });
    let memory = changed(folder.path(), |dump| {
        let session = &mut dump["luo"]["sessions"][0];
        let mut file = session["files"][0].clone();
        file["handler"] = "address".into();
        file["token"] = "0x20".into();
        file["data"] = "0x10".into();
        file["pages"] = 0.into();
        file.as_object_mut().unwrap().remove("image");
        session["files"].as_array_mut().unwrap().push(file);
        session["stated_files"] = 5.into();
    });
    let record = |values: &str| {
        format!(
            "{RECORDS}\n[[record]]\nname = \"address\"\ncarrier = \"file\"\nrow = 8\nmember = \
             [{{ id = 1, name = \"address\", kind = \"unsigned\", bits = 64{values} }}]\n"
        )
    };
    let linux = kserial(&["schema", "extract", "linux:7.3"]).1;
    let [old, next, narrow] =
        [("old", ""), ("next", ""), ("narrow", ", values = [{ low = 0, high = 7 }]")].map(
            |(name, values)| {
                let path = folder.path().join(format!("{name}.toml"));
                fs::write(&path, linux.clone() + &record(values)).unwrap();
                path.to_str().unwrap().to_owned()
            },
        );
    // Nobody looked into it: what the notes leave open stays open. What leads to memory is no row.
    for (next, memory, expected) in
        [(&next, &memory, 0), (&narrow, &memory, 10), (&next, &damaged, 30)]
    {
        let state = memory.to_str().unwrap();
        let (exit, report) = kserial(&["check", &old, next, "--state", state]);
        assert_eq!(exit, expected, "{report}");
    }
}

/// Rows that the next kernel does not come up without are looked for in the images themselves.
#[test]
fn required_rows_are_looked_for_in_the_images() {
    let rows = "carrier = \"rows\"";
    let required = RECORDS.replace(rows, &format!("{rows}\nrequires = true"));
    assert_ne!(required, RECORDS);
    assert_eq!(check(&required, &capture(), "text").0, 0);
    // Without a file there is none.
    let folder = TempDir::new().unwrap();
    let memory = changed(folder.path(), |dump| {
        let session = &mut dump["luo"]["sessions"][0];
        session["files"] = json!([]);
        session["stated_files"] = 0.into();
        session["blocks"] = json!([]);
    });
    let (exit, report) = check(&required, &memory, "text");
    assert_eq!(exit, 20, "{report}");
    assert!(report.contains("[KS0211] kserial-memfd-folio"), "{report}");
}
