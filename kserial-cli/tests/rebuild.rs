//! What a capture decodes to is enough to write it again, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels").join(name)
}

fn kserial(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_kserial")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_capture_is_written_again_from_its_json_alone() {
    for name in ["72-72", "72-73", "73-73-lusim"] {
        let folder = tempfile::tempdir().unwrap();
        let (json, memory) = (folder.path().join("dump.json"), folder.path().join("memory"));
        fs::write(&json, kserial(&["dump", corpus(name).to_str().unwrap(), "--format", "json"]))
            .unwrap();
        kserial(&["convert", json.to_str().unwrap(), "--output", memory.to_str().unwrap()]);
        let written = fs::read(&memory).unwrap();

        let mut compared = 0;
        for entry in fs::read_dir(corpus(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap();
            let is_root = file.starts_with("s1-fdt-from-ram");
            // What memfds hold, and what a foreign handler wrote, is no structure of KHO's or LUO's.
            let foreign = file.contains("memfdpage") || file.contains("lusim-file");
            if !(is_root || file.starts_with("kexec-") && file.ends_with(".page")) || foreign {
                continue;
            }
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let at = usize::from_str_radix(stem.rsplit('-').next().unwrap(), 16).unwrap();
            let captured = fs::read(&path).unwrap();
            assert!(written[at..at + captured.len()] == captured, "{name}: {file}");
            compared += 1;
        }
        assert!(compared >= 15, "{name}: {compared} pages");
        for token in ["11", "22"] {
            let table = fs::read(corpus(name).join(format!("kexec-folios-{token}.bin"))).unwrap();
            let chunk = fs::read_dir(corpus(name)).unwrap().map(|entry| entry.unwrap().path());
            let chunk = chunk
                .filter(|path| path.to_str().unwrap().contains(&format!("kexec-vmchunk-{token}-")));
            let chunk = fs::read(chunk.last().unwrap()).unwrap();
            for (n, rows) in table.chunks(4096).enumerate() {
                let at = u64::from_le_bytes(chunk[8 + n * 8..][..8].try_into().unwrap()) as usize;
                assert!(
                    written[at..at + rows.len()] == *rows,
                    "{name}: folios of {token}, page {n}"
                );
            }
        }

        let again = kserial(&["dump", memory.to_str().unwrap(), "--verify", "--format", "json"]);
        let strip = |json: &[u8]| {
            let mut value: serde_json::Value = serde_json::from_slice(json).unwrap();
            value.as_object_mut().unwrap().remove("input");
            value
        };
        let first = fs::read(&json).unwrap();
        let (again, first) = (strip(&again), strip(&first));
        assert_eq!(again, first, "{name}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let arguments = ["dump", "--format", "json"];
    let path = corpus("72-73");
    let all = [&arguments[..], &[path.to_str().unwrap()]].concat();
    assert_eq!(kserial(&all), kserial(&all));
}
