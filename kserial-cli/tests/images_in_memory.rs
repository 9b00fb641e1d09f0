//! KSerial images as what a file's handler wrote: in one segment, in several, and damaged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::cast_possible_truncation, reason = "numbers of a test are small")]

use std::path::Path;
use std::process::Command;

use kserial::image::size;
use kserial::kho::image::Stored;
use kserial::kho::write::Written;
use kserial::kho::{Memory, Named, Pages, Root, Wrong};
use kserial::luo::Content;
use kserial::{Machine, PhysAddr, Rows, Spec, Writer};
use kserial_cli::dump::{rebuild, Detail, Dump};
use kserial_cli::state::{self, Choice, Hint, Source};
use kserial_schemas::{Folio, Memfd};
use serde_json::Value;

/// Of 73-73-lusim: the root, what the foreign file's handler wrote, and the leaf of the radix tree.
const ROOT: u64 = 0x32_1000;
const FOREIGN: u64 = 0x25c_7000;
const LEAF: u64 = 0x34_4000;
/// Pages that are free there.
const FREE: u64 = 0x6000;

const MACHINE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x5eed_1e55;

fn captured() -> Written {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/kernels/73-73-lusim");
    let source = state::open(&path, Choice::default(), &mut |_| {}).unwrap();
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap();
    let mut json = Vec::new();
    dump.json(&mut json, &path, true).unwrap();
    let mut memory = rebuild::memory(&json).unwrap().0;
    memory.put(PhysAddr(FOREIGN), &[0; 4096]);
    memory
}

fn preserve(memory: &mut Written, frames: std::ops::Range<u64>) {
    for frame in frames {
        let at = PhysAddr(LEAF + frame / 8);
        let mut byte = [0];
        memory.read(at, &mut byte).unwrap();
        memory.put(at, &[byte[0] | 1 << (frame % 8)]);
    }
}

fn read(memory: Written) -> Dump {
    let source = Source { memory: Box::new(memory), hint: Hint::At(PhysAddr(ROOT)) };
    Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap()
}

/// A memfd of so many folios, from the page `first` on, in segments of a page.
fn image(folios: u64, first: u64) -> Vec<Vec<u8>> {
    let tables = [Spec::of::<Memfd>(1), Spec::of::<Folio>(folios as usize)];
    let size = size(&tables, 4096).unwrap();
    let mut memory = vec![vec![0; size.segment]; size.segments];
    memory.last_mut().unwrap().truncate(size.last);
    let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    let mut image = Writer::new(&tables, MACHINE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let (mut memfds, mut rows) = (image.table::<Memfd>().unwrap(), image.table::<Folio>().unwrap());
    memfds
        .push(&Memfd { size: folios << 12, folios: Rows::up_to(folios), ..Memfd::default() })
        .unwrap();
    for n in 0..folios {
        rows.push(&Folio::new(first + n, 3, n).unwrap()).unwrap();
    }
    memfds.finish(&mut image).unwrap();
    rows.finish(&mut image).unwrap();
    image.finish().unwrap();
    memory
}

/// An image in these places, with its root where the foreign file's handler wrote.
fn stored(places: &[u64], segments: &[Vec<u8>]) -> Stored {
    let places = places.iter().zip(segments).map(|(at, bytes)| (PhysAddr(*at), bytes.len()));
    Stored { root: Some((PhysAddr(FOREIGN), 4096)), segments: places.collect() }
}

fn json(dump: &Dump) -> (Vec<u8>, Value) {
    let mut json = Vec::new();
    dump.json(&mut json, Path::new("/"), true).unwrap();
    let value = serde_json::from_slice(&json).unwrap();
    (json, value)
}

fn text(dump: &Dump) -> String {
    let mut text = Vec::new();
    dump.text(&mut text, Detail::default()).unwrap();
    String::from_utf8(text).unwrap()
}

fn content(dump: &Dump) -> &Content {
    let sessions = dump.luo().unwrap().sessions.as_ref().unwrap();
    &sessions[0].files.iter().find(|file| file.token == 0x33).unwrap().content
}

#[test]
fn an_image_says_itself_what_it_is_and_claims_its_pages() {
    let mut memory = captured();
    preserve(&mut memory, FREE..FREE + 5);
    let bytes = image(5, FREE).concat();
    memory.put(PhysAddr(FOREIGN), &bytes);
    let dump = read(memory);
    assert!(dump.faults().is_empty(), "{:?}", dump.faults());
    assert_eq!(dump.unclaimed(), [], "folios that the image names are claimed");
    let Content::Image(stored, tables) = content(&dump) else { panic!("{:?}", content(&dump)) };
    assert_eq!((stored.segments.len(), stored.root), (1, None));
    let tables: Vec<_> = tables.iter().map(|table| (table.record.as_str(), table.rows)).collect();
    assert_eq!(tables, [("memfd", 1), ("memfd-folio", 5)]);
    let text = text(&dump);
    assert!(text.contains("KSerial image: memfd × 1, memfd-folio × 5   "), "{text}");
    assert!(text.contains(" 6 pages"), "the image's own, and those of the folios: {text}");
    for line in [
        "  │     └ memfd  size 20,480 bytes  pos 0 bytes  seals 0",
        "  │       ├ memfd-folio  pfn 0x6000  flags 3  index 0 pages",
        "  │       └ memfd-folio  pfn 0x6004  flags 3  index 4 pages",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let json = json(&dump).1;
    let file = &json["luo"]["sessions"][0]["files"][2]["image"];
    assert_eq!(file["content"]["tables"][1]["rows"][4]["pfn"], FREE + 4);
}

#[test]
fn an_image_of_several_segments_is_found_through_its_root() {
    let mut memory = captured();
    let segments = image(900, FREE + 100);
    assert!(segments.len() > 3);
    preserve(&mut memory, FREE + 100..FREE + 1000);
    // Not in order, as the allocator had them.
    let places: Vec<u64> = (0..segments.len() as u64).map(|n| (FREE + (n ^ 1)) << 12).collect();
    for at in &places {
        preserve(&mut memory, at >> 12..(at >> 12) + 1);
    }
    let stored = stored(&places, &segments);
    stored.write(&mut memory, &segments).unwrap();
    let dump = read(memory.clone());
    assert!(dump.faults().is_empty(), "{:?}", dump.faults());
    assert_eq!(dump.unclaimed(), []);

    // From the JSON alone: the segments and the root that lists them, where they were.
    let again = rebuild::memory(&json(&dump).0).unwrap().0;
    for (at, length) in stored.segments.iter().chain(&stored.root) {
        let (mut was, mut is) = (vec![0; *length], vec![0; *length]);
        memory.read(*at, &mut was).unwrap();
        again.read(*at, &mut is).unwrap();
        assert!(was == is, "{at:?}");
    }

    // One bit of one row.
    memory.put(PhysAddr(places[2] + 100), &[0x5a]);
    let dump = read(memory);
    let damaged = dump.faults().list().iter().any(|f| matches!(f.wrong, Wrong::Damaged(_)));
    assert!(damaged, "{:?}", dump.faults());
}

#[test]
fn places_that_do_not_fit_an_image_are_refused() {
    let segments = image(900, FREE);
    let places: Vec<u64> = (0..segments.len() as u64).map(|n| (FREE + n) << 12).collect();
    let mut memory = Written::default();
    let mut without_root = stored(&places, &segments);
    without_root.root = None;
    let fewer = stored(&places[1..], &segments[1..]);
    let mut short_root = stored(&places, &segments);
    short_root.root = Some((PhysAddr(FOREIGN), 64));
    for wrong in [without_root, fewer, short_root] {
        assert!(wrong.write(&mut memory, &segments).is_err(), "{wrong:?}");
    }
}

/// The root of 73-73-lusim with one more subtree: an image.
fn with_subtree(memory: &mut Written, at: u64, size: u64) {
    let mut root = Root::read(memory, PhysAddr(ROOT)).unwrap();
    root.subtrees.push(Named { name: "iommu".to_owned(), data: PhysAddr(at), size });
    memory.put(PhysAddr(ROOT), &root.tree());
}

#[test]
fn an_image_may_be_a_subtree_of_its_own() {
    let mut memory = captured();
    let at = FREE << 12;
    preserve(&mut memory, FREE..FREE + 6);
    let segments = image(5, FREE + 1);
    let places = [(PhysAddr(at), segments[0].len())];
    let subtree = Stored { root: None, segments: places.to_vec() };
    subtree.write(&mut memory, &segments).unwrap();
    with_subtree(&mut memory, at, segments[0].len() as u64);
    let dump = read(memory.clone());
    assert!(dump.faults().is_empty(), "{:?}", dump.faults());
    let shown = text(&dump);
    assert!(shown.contains("├ iommu   KSerial image: memfd × 1, memfd-folio × 5"), "{shown}");
    assert!(shown.contains("│   └ memfd  size 20,480 bytes"), "{shown}");
    let (bytes, value) = json(&dump);
    let subtrees = value["kho"]["subtrees"].as_array().unwrap();
    let shown = subtrees.iter().find(|subtree| subtree["name"] == "iommu").unwrap();
    assert_eq!(shown["image"]["content"]["tables"][0]["rows"][0]["size"], 20480);

    let again = rebuild::memory(&bytes).unwrap().0;
    let root = Root::read(&again, PhysAddr(ROOT)).unwrap();
    assert_eq!(root.subtree("iommu").map(|named| named.data), Some(PhysAddr(at)));
    let mut written = vec![0; segments[0].len()];
    again.read(PhysAddr(at), &mut written).unwrap();
    assert!(written == segments[0]);

    // A damaged one says so, and everything else is shown.
    memory.put(PhysAddr(at + 70), &[0xff]);
    let dump = read(memory);
    assert!(dump.faults().list().iter().any(|fault| fault.part == "subtree iommu"));
    assert!(text(&dump).contains("session golden-session"));
}

#[test]
fn an_image_in_a_file_is_shown_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    std::fs::write(&path, image(900, FREE).concat()).unwrap();
    let dump = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kserial"));
        let output = command.args(["dump", "--format", format]).arg(&path).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (exit, json) = dump("json");
    assert_eq!(exit, Some(0));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["tables"][0]["rows"][0]["size"], 900 << 12);
    assert_eq!(json["tables"][1]["rows"][899]["pfn"], FREE + 899);
    assert!(dump("text").1.contains("├ memfd   1 row of 32 B"));

    let mut bytes = image(900, FREE).concat();
    bytes[5000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(dump("text"), (Some(30), String::new()), "a damaged image is not shown");
    let (exit, failure) = dump("json");
    let failure: Value = serde_json::from_str(&failure).unwrap();
    assert_eq!((exit, &failure["schema"]), (Some(30), &"kserial-failure/1".into()));
}
