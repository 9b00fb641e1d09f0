//! Writes the inputs that fuzzing begins with: one of each thing that a target can be given.
//!
//! `cargo run -p kserial-fuzz-targets --example seeds -- fuzz/corpus`. What fuzzing finds beyond them
//! is kept beside them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool that is run by hand")]

#[path = "../../../kserial-cli/tests/made/mod.rs"]
mod made;

use std::fs;
use std::path::{Path, PathBuf};

use kserial::kho::Pages;
use kserial_cli::dump::Dump;
use kserial_cli::kernel::Kernel;
use kserial_cli::state::{self, Choice};
use kserial_reference::drawn::{rows, Dice};
use kserial_reference::image::{Draft, Head, Table};
use kserial_reference::{cells, Kind, Member, Row, Shape};
use kserial_tests::records::{shape_of, Clock, Device, File, Page};
use made::btf::{Made, STRUCT};
use made::bzimage::{bzimage, compressed, Packed, ALL};
use made::elf::Elf;

const HEAD: Head =
    Head { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: 0x5eed_0075 };

/// The folder of a target.
struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, target: &str, name: &str, bytes: &[u8]) {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
    }
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn main() {
    let Some(folder) = std::env::args_os().nth(1) else {
        println!("usage: seeds FOLDER");
        return;
    };
    let corpus = Corpus(folder.into());
    images(&corpus);
    layouts(&corpus);
    choices(&corpus);
    handovers(&corpus);
    sources(&corpus);
    texts(&corpus);
}

fn row<const N: usize>(values: [i128; N]) -> Row {
    (1..).zip(values).map(|(id, value)| (vec![id], vec![value])).collect()
}

/// `File` as another kernel has it: its members lie elsewhere, there are fewer seals, and one member
/// that `File` does not have.
fn files_elsewhere() -> Shape {
    let mut shape = shape_of::<File>();
    for (id, bit) in [(1, 64), (2, 0), (3, 160), (4, 128)] {
        let member = shape.members.iter_mut().find(|member| member.path == [id]).unwrap();
        member.bit = bit;
        if id == 4 {
            member.bits = 16;
        }
    }
    let note =
        Member { bit: 144, default: Some(0), ..Member::new(&[9], "note", Kind::Unsigned, 8) };
    shape.members.push(note);
    shape
}

fn images(corpus: &Corpus) {
    let blob = || Shape { record: "file.3".to_owned(), ..shape_of::<kserial::Byte>() };
    let family = |files: Shape, rows: Vec<Row>| {
        let pages = vec![row([1, 3]), row([2, 8]), row([3, 1])];
        [
            Table { late: true, ..Table::of(files, rows) },
            Table { sorted: true, ..Table::of(shape_of::<Page>(), pages) },
            Table::of(blob(), vec![row([104]), row([105])]),
        ]
    };
    let files = || shape_of::<File>();
    let sealed = family(files(), vec![row([9, 2, 0, 6]), row([4, 3, 2, 0x8000_0001])]);
    let mut noted = row([9, 2, 0, 6]);
    noted.insert(vec![9], vec![5]);
    let mut unnoted = row([4, 3, 2, 0x8001]);
    unnoted.insert(vec![9], vec![0]);
    let other = family(files_elsewhere(), vec![noted, unnoted]);
    let family = family(files(), vec![row([9, 2, 0, 0]), row([4, 3, 2, 0])]);
    let device = shape_of::<Device>();
    let devices = [Table::of(device.clone(), rows(&device, &device, 3, &mut Dice(1)))];
    let clock = shape_of::<Clock>();
    let clocks = [Table::of(clock.clone(), rows(&clock, &clock, 20, &mut Dice(2)))];
    for (name, tables) in [
        ("family", &family[..]),
        ("sealed", &sealed),
        ("elsewhere", &other),
        ("devices", &devices),
        ("clocks", &clocks),
    ] {
        let fitting = |first: usize| (0..).map(move |more| vec![first, 64 + more * 64]);
        let one = (1..).map(|n| vec![n * 64]).find_map(|l| Draft::new(HEAD, tables, &l)).unwrap();
        let first = one.length.next_multiple_of(64) + 128;
        let two = fitting(first).find_map(|lengths| Draft::new(HEAD, tables, &lengths)).unwrap();
        for (segments, draft) in [(1, one), (2, two)] {
            let bytes = draft.sealed().concat();
            corpus.add("image", &format!("{name}-{segments}"), &bytes);
            corpus.add("second_reader", &format!("{name}-{segments}"), &bytes);
        }
    }
    for entry in fs::read_dir(checkout().join("tests/c-reader/samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "image") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            corpus.add("image", &format!("sample-{name}"), &bytes);
            corpus.add("second_reader", &format!("sample-{name}"), &bytes);
        }
    }
}

fn layouts(corpus: &Corpus) {
    let mut all = Vec::new();
    for entry in fs::read_dir(checkout().join("tests/c-reader/samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "layout") {
            all.push((
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap(),
            ));
        }
    }
    all.sort();
    let note = fs::read(checkout().join("tests/c-reader/samples/good.note")).unwrap();
    for pair in all.windows(2) {
        let bytes = [pair[0].1.as_slice(), &pair[1].1].concat();
        corpus.add("layout", &pair[0].0, &bytes);
        corpus.add("second_reader", &format!("layout-{}", pair[0].0), &bytes);
    }
    let device = cells::encode(&shape_of::<Device>());
    for target in ["layout", "second_reader"] {
        corpus.add(target, "device", &[device.as_slice(), &device].concat());
        corpus.add(target, "note", &note);
    }
}

/// Bytes that decide something: any will do.
fn choices(corpus: &Corpus) {
    let mut dice = Dice(7);
    let mut bytes =
        |length: usize| (0..length).map(|_| dice.roll().to_le_bytes()[0]).collect::<Vec<_>>();
    for n in 0..8_u8 {
        corpus.add("records", &n.to_string(), &[&[n][..], &bytes(300)].concat());
        corpus.add("pair", &n.to_string(), &bytes(600));
        corpus.add("handover", &n.to_string(), &[&[n][..], &bytes(12 * usize::from(n))].concat());
    }
}

fn handovers(corpus: &Corpus) {
    for (name, root) in
        [("kernels/72-72", None), ("unconfirmed/6.19", None), ("unconfirmed/7.1", Some(()))]
    {
        let folder = checkout().join("compat-corpus").join(name);
        let open = || state::open(&folder, Choice::default(), &mut |_| {}).unwrap();
        let memory = open().memory;
        let dump = Dump::read(open(), Pages::OF_4K, &mut |_| {}).unwrap();
        let short = name.replace('/', "-");
        if root.is_none() {
            let mut json = Vec::new();
            dump.json(&mut json, &folder, true).unwrap();
            corpus.add("manifest", &short, &json);
        }
        let at = dump.handover().root.at.unwrap();
        if let Ok(tree) = kserial::kho::tree::read(&*memory, at) {
            corpus.add("tree", &short, &tree);
            corpus.add("state", &short, &core(&[(at.0, tree.clone())]));
            corpus.add("state", &format!("{short}-raw"), &tree);
            let packed = compressed(&tree, Packed::Zstd);
            corpus.add("state", &format!("{short}-zstd"), &packed);
        }
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            if bytes.starts_with(&[0xd0, 0x0d, 0xfe, 0xed]) {
                let length = u32::from_be_bytes(*bytes[4..].first_chunk().unwrap()) as usize;
                let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
                corpus.add("tree", &format!("{short}-{stem}"), &bytes[..length.min(bytes.len())]);
            }
        }
    }
    let manifest = br#"{"schema": "kserial-manifest/1", "sessions": [{"name": "vm/17", "files": [
        {"token": "0x33", "handler": "memfd-v2", "members": {"3": 1}, "max_order": 9}]}],
        "flbs": [{"name": "pci", "users": 2}], "subtrees": ["LUO"]}"#;
    corpus.add("manifest", "manifest", manifest);
}

/// An ELF core with these parts.
fn core(parts: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    head.extend([4, 0, 62, 0, 1, 0, 0, 0]);
    [0_u64, 64, 0].iter().for_each(|word| head.extend(word.to_le_bytes()));
    head.extend([0; 4]);
    let count = u16::try_from(parts.len()).unwrap();
    [64, 56, count, 0, 0, 0].iter().for_each(|half: &u16| head.extend(half.to_le_bytes()));
    let mut bytes: Vec<u8> = Vec::new();
    for (at, part) in parts {
        let offset = 64 + 56 * u64::from(count) + bytes.len() as u64;
        head.extend([1, 0, 0, 0, 6, 0, 0, 0]);
        let length = part.len() as u64;
        for word in [offset, 0xffff_8880_0000_0000 | at, *at, length, length, 4096] {
            head.extend(word.to_le_bytes());
        }
        bytes.extend(part);
    }
    head.extend(bytes);
    head
}

fn sources(corpus: &Corpus) {
    let mut btf = Made::new();
    let int = btf.int("unsigned int", 4, 0);
    btf.composite(STRUCT, "memfd_luo_ser", 4, &[("seals", int, 0)]);
    let mut own = Made::split(&btf);
    own.composite(STRUCT, "own", 4, &[("a", int, 0)]);
    corpus.add("btf", "split", &[btf.old(), own.old()].concat());
    corpus.add("btf", "new", &btf.new_header(&made::btf::LAYOUTS));
    let shapes = fs::read(checkout().join("kserial-cli/tests/data/shapes.btf")).unwrap();
    corpus.add("btf", "shapes", &shapes);
    let mut config = b"IKCFG_ST".to_vec();
    config.extend(compressed(b"CONFIG_LIVEUPDATE=y\n", Packed::Gzip));
    config.extend(b"IKCFG_ED");
    let note = fs::read(checkout().join("tests/c-reader/samples/good.note")).unwrap();
    let kernel = Elf::kernel()
        .note("KSerial", 1, &note)
        .rodata(&config)
        .data(b"\xffmemfd-v2\0luo-v5\0")
        .btf(&btf.old());
    let module = Elf::module("luo_test").apart(".BTF", &own.old()).apart(".BTF.base", &btf.old());
    corpus.add("source", "kernel", &kernel.bytes());
    corpus.add("source", "stripped", &Elf { section_table: false, ..kernel.clone() }.bytes());
    let big = Elf { big_endian: true, ..Elf::program() }.note("KSerial", 1, b"note");
    corpus.add("source", "big-endian", &big.bytes());
    corpus.add("source", "module", &module.bytes());
    corpus.add("source", "btf", &btf.old());
    let boot = bzimage(&kernel.bytes(), Packed::Gzip);
    corpus.add("source", "bzimage", &boot);
    for packed in ALL {
        let name = format!("{packed:?}").to_lowercase();
        corpus.add("source", &name, &compressed(&module.bytes(), packed));
    }
}

fn texts(corpus: &Corpus) {
    for folder in ["schemas/locks", "kserial-cli/tests/schemas"] {
        for entry in fs::read_dir(checkout().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            corpus.add("schema", &name, &fs::read(&path).unwrap());
        }
    }
    let linux = Kernel::of_linux("7.3").unwrap();
    corpus.add("schema", "linux-7.3", linux.to_toml().as_bytes());
}
