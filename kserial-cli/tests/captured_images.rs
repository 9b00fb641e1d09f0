//! KSerial images that a real kernel handed over: 7.2 with KSerial built in, caught in QEMU as its kexec
//! to 7.3 began. What they must hold is what the program in the guest had set, in its own words.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use kserial::kho::{Memory, Pages};
use kserial::PhysAddr;
use kserial_cli::dump::{rebuild, Detail, Dump};
use kserial_cli::report::Exit;
use kserial_cli::state::{self, Choice};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels/72-73-kserial")
}

fn read() -> Dump {
    let source = state::open(&folder(), Choice::default(), &mut |_| {}).unwrap();
    Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap()
}

fn json(dump: &Dump) -> Vec<u8> {
    let mut json = Vec::new();
    dump.json(&mut json, &folder(), true).unwrap();
    json
}

/// What the guest did and saw, in order.
fn told(what: &str) -> Vec<Value> {
    let lines = fs::read_to_string(folder().join("guest.jsonl")).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let answers = lines.map(|line| line["answer"].clone());
    answers.filter(|answer| answer["did"]["do"] == what).collect()
}

fn number(text: &Value) -> u64 {
    let text = text.as_str().unwrap();
    text.strip_prefix("0x")
        .map_or_else(|| text.parse(), |hex| u64::from_str_radix(hex, 16))
        .unwrap()
}

#[test]
fn images_of_a_real_kernel_hold_what_its_files_were() {
    let dump = read();
    assert_eq!(dump.exit(true), Exit::Compatible, "{:?}", dump.faults());
    assert_eq!(dump.unclaimed(), []);
    let json: Value = serde_json::from_slice(&json(&dump)).unwrap();
    let session = &json["luo"]["sessions"][0];
    assert_eq!(session["name"], told("create-session")[0]["did"]["session"]);
    let files = session["files"].as_array().unwrap();
    let (preserved, described) = (told("preserve"), told("describe"));
    assert_eq!((files.len(), preserved.len(), described.len()), (4, 4, 4));
    for ((file, preserved), described) in files.iter().zip(preserved).zip(described) {
        assert_eq!(number(&file["token"]), preserved["did"]["token"].as_u64().unwrap());
        let tables = file["image"]["content"]["tables"].as_array().unwrap();
        let row = &tables[0]["rows"][0];
        // One of them was sealed after it had been preserved.
        for (member, fact) in [("size", "size"), ("position", "position"), ("seals", "seals")] {
            assert_eq!(row[member], number(&described["facts"][fact]), "{described}");
        }
        assert_eq!(row["name"], preserved["did"]["file"]);
        let folios = tables[1]["rows"].as_array().unwrap();
        let pages = row["size"].as_u64().unwrap().div_ceil(4096);
        assert_eq!(folios.len() as u64, pages, "folios of a page each");
        let index: Vec<_> = folios.iter().map(|folio| folio["index"].as_u64().unwrap()).collect();
        assert_eq!(index, (0..pages).collect::<Vec<_>>());
    }
    let mut text = Vec::new();
    dump.text(&mut text, Detail::default()).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("kserial-memfd  size 20,480 bytes  position 1,234 bytes  seals 6"),
        "{text}"
    );
}

#[test]
fn what_a_real_kernel_wrote_is_written_again_from_its_json_alone() {
    let memory = rebuild::memory(&json(&read())).unwrap().0;
    let mut compared = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_none_or(|ending| ending != "page" && ending != "dtb") {
            continue;
        }
        let at = u64::from_str_radix(stem.rsplit('-').next().unwrap(), 16).unwrap();
        let captured = fs::read(&path).unwrap();
        let mut written = vec![0; captured.len()];
        memory.read(PhysAddr(at), &mut written).unwrap();
        assert!(written == captured, "{stem}");
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}
