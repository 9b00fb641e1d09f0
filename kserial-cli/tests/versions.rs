//! Every version of which there is no capture decodes to what a script says that wrote it from the
//! headers alone, and is written again byte for byte.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kserial::kho::{Memory, Pages, Run};
use kserial::luo::Content;
use kserial::PhysAddr;
use kserial_cli::dump::{rebuild, Dump};
use kserial_cli::report::Exit;
use kserial_cli::state::{self, Choice};
use serde_json::{json, Value};

const ALL: [&str; 5] = ["6.19", "7.0", "7.1", "7.3", "7.3-many"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/unconfirmed").join(name)
}

fn read(name: &str) -> Dump {
    let source = state::open(&folder(name), Choice::default(), &mut |_| {}).unwrap();
    Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap()
}

fn expected(name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder(name).join("expected.json")).unwrap()).unwrap()
}

/// What was read, in the words of the script.
fn found(dump: &Dump) -> Value {
    let luo = dump.luo().unwrap();
    let hex = |number: u64| format!("{number:#x}");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let keys = |run: Run| {
        (0..run.keys).map(move |n| (run.first.order, run.first.frame + (n << run.first.order)))
    };
    let preserved: BTreeSet<(u32, u64)> = dump.preserved().into_iter().flat_map(keys).collect();
    let sessions = luo.sessions.as_ref().unwrap().iter().map(|session| {
        let files = session.files.iter().map(|file| {
            let memfd = match &file.content {
                Content::Memfd(memfd) => {
                    let folios = dump.folios(memfd).into_iter();
                    let folios: Vec<_> =
                        folios.map(|f| json!([f.key.frame, f.index, f.key.order])).collect();
                    json!({ "pos": memfd.pos, "size": memfd.size, "seals": memfd.seals, "folios": folios })
                }
                _ => Value::Null,
            };
            json!({
                "token": hex(file.token), "handler": text(&file.handler),
                "data": hex(file.data.0), "memfd": memfd,
            })
        });
        let name: String = session.name.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "name": name, "files": files.collect::<Vec<_>>() })
    });
    let flbs = luo.flbs.iter().map(|flb| json!([text(&flb.name), hex(flb.data.0), flb.users]));
    json!({
        "kho": dump.handover().root.version.name(),
        "luo": luo.version.name(),
        "root": hex(dump.handover().root.at.unwrap().0),
        "number": luo.number,
        "preserved": preserved,
        "sessions": sessions.collect::<Vec<_>>(),
        "flbs": flbs.collect::<Vec<_>>(),
    })
}

#[test]
fn every_version_decodes_to_what_its_script_says() {
    for name in ALL {
        let dump = read(name);
        assert!(dump.faults().is_empty(), "{name}: {:?}", dump.faults());
        assert_eq!(dump.exit(true), Exit::Compatible);
        assert_eq!(found(&dump), expected(name), "{name}");
    }
}

#[test]
fn every_version_is_written_again_from_its_json() {
    for name in ALL {
        let mut json = Vec::new();
        read(name).json(&mut json, &folder(name), true).unwrap();
        let (memory, _) = rebuild::memory(&json).unwrap();
        for entry in fs::read_dir(folder(name)).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let Some(at) = stem.rsplit('-').next().and_then(|at| u64::from_str_radix(at, 16).ok())
            else {
                continue;
            };
            let theirs = fs::read(&path).unwrap();
            for (n, page) in theirs.chunks(4096).enumerate() {
                let mut ours = vec![0; page.len()];
                let at = PhysAddr(at + n as u64 * 4096);
                memory.read(at, &mut ours).unwrap_or_else(|missing| panic!("{name}: {missing}"));
                let first = ours.iter().zip(page).position(|(a, b)| a != b);
                assert_eq!(first, None, "{name}: the page at {:#x} differs there", at.0);
            }
        }
    }
}
