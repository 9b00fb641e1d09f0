//! What happens when memory runs out, at every single allocation.
//!
//! The core allocates nothing, so nothing happens to it: it writes, seals, verifies, reads and
//! rewrites with an allocator that has no memory left at all. What only hosts have is built on the
//! standard library's collections, and these end the process when an allocation fails; no error
//! value comes back. The contract is that nothing else comes back either: the program that cannot get
//! its memory is ended by the standard library with SIGABRT, before it has said anything that is not
//! so, and never hangs.
//!
//! Each failing allocation needs a process to end, so this program starts itself again and again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the answer of the process that is started")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};
use std::{env, ptr};

use kserial::image::{rewrite, size};
use kserial::kho::Pages;
use kserial::{Image, Machine, Room, Rows, Spec, Steps, Writer};
use kserial_cli::dump::{Detail, Dump};
use kserial_cli::image;
use kserial_cli::state::{self, Choice};
use kserial_tests::records::{File, Page};

/// The system's allocator until so many allocations have been made, and then none.
struct Failing;

thread_local! {
    /// How many allocations are left to this thread; then all fail. That of the test harness waits
    /// beside it, and has all that it wants.
    static LEFT: Cell<i64> = const { Cell::new(i64::MAX) };
}

// SAFETY: the system's allocator, or null, which says that there is no memory.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let left = LEFT.try_with(|left| left.replace(left.get().saturating_sub(1))).unwrap_or(1);
        if left <= 0 {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Names the allocation from which on all fail, in the process that is started.
const FAIL_FROM: &str = "KSERIAL_TEST_FAIL_FROM";

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x5eed_1e55;

/// The life of an image, in memory that is there before.
fn core_life(memory: &mut [u8], scratch: &mut [Page]) -> (usize, u64) {
    let tables = [Spec::of::<File>(2).late(), Spec::of::<Page>(300).sorted()];
    let mut segments = [&mut *memory];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut segments, crc32fast::hash).unwrap();
    let (mut files, mut pages) = (image.table::<File>().unwrap(), image.table::<Page>().unwrap());
    for token in 1..=2 {
        (0..150).for_each(|index| pages.push(&Page { pfn: token * 1000 + index, index }).unwrap());
        let (pages, data) = (pages.mark().unwrap(), kserial::Blob::up_to(0));
        files.push(&File { token, pages, data, seals: 0 }).unwrap();
    }
    files.finish(&mut image).unwrap();
    pages.finish(&mut image).unwrap();
    image.finish().unwrap();
    let file = |token, end| File {
        token,
        pages: Rows::up_to(end),
        data: kserial::Blob::up_to(0),
        seals: 5,
    };
    let rows = [file(1, 150), file(2, 300)];
    let mut segments = [&mut *memory];
    rewrite(&mut segments, &rows, &mut Steps::empty(), crc32fast::hash).unwrap();
    let parts = [&*memory];
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    let (mut file_room, mut page_room) = (Room::empty(), Room::empty());
    let files = image.table::<File>(&mut file_room).unwrap();
    let pages = image.table::<Page>(&mut page_room).unwrap();
    let mut sum = 0;
    for (file, pages) in files.with(|file| file.pages, &pages) {
        sum = pages.iter().fold(sum + u64::from(file.seals), |sum, page| sum + page.pfn);
        let found = pages.find(|page| page.index.cmp(&70));
        sum += found.ok().flatten().map_or(0, |page| page.pfn);
    }
    let mut runs = pages.runs(scratch).unwrap();
    while let Some(run) = runs.next() {
        sum += run.len() as u64;
    }
    (files.len() + pages.len(), sum)
}

#[test]
#[ignore = "started by the other test, in a process of its own"]
fn the_process_that_runs_out_of_memory() {
    let Ok(fail_from) = env::var(FAIL_FROM) else { return };
    let tables = [Spec::of::<File>(2).late(), Spec::of::<Page>(300).sorted()];
    let mut memory = vec![0x55; size(&tables, 65536).unwrap().bytes()];
    let mut scratch = vec![Page { pfn: 0, index: 0 }; 7];
    let right = core_life(&mut memory, &mut scratch);
    LEFT.set(0);
    let again = core_life(&mut memory, &mut scratch);
    LEFT.set(i64::MAX);
    assert_eq!(right, again, "the core with no memory at all");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-corpus/kernels/72-72");
    LEFT.set(fail_from.parse().unwrap());
    let source = state::open(&folder, Choice::default(), &mut |_| {}).unwrap();
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {}).unwrap();
    let mut text = Vec::new();
    let images = image::Detail { rows: true, reveal: true };
    dump.text(&mut text, Detail { folios: false, images }).unwrap();
    dump.json(&mut text, &folder, true).unwrap();
    let used = i64::MAX - 1 - LEFT.replace(i64::MAX);
    println!("answer {} {:08x} {used}", text.len(), crc32fast::hash(&text));
}

/// This program, with every allocation from `fail_from` on failing while memory is dumped.
fn run(fail_from: i64) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--exact",
        "the_process_that_runs_out_of_memory",
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(FAIL_FROM, fail_from.to_string()).env("RUST_BACKTRACE", "0").output().unwrap()
}

fn answer(output: &Output) -> Option<Vec<String>> {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split("answer ").nth(1))?;
    Some(line.split(' ').map(str::to_owned).collect())
}

fn every(step: usize) {
    let whole = run(i64::MAX - 1);
    let right = answer(&whole).unwrap_or_else(|| panic!("{whole:?}"));
    let used: i64 = right[2].parse().unwrap();
    assert!(used > 100, "{used} allocations");
    let mut aborted = 0;
    for fail_from in (0..used).step_by(step) {
        let output = run(fail_from);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(answer(&output), None, "allocation {fail_from}: an answer all the same");
        assert_eq!(output.status.signal(), Some(6), "allocation {fail_from}: {errors}");
        assert!(errors.contains("memory allocation of"), "allocation {fail_from}: {errors}");
        aborted += 1;
    }
    println!("{used} allocations, {aborted} of them failed, each ended the process");
    let enough = run(used);
    let enough = answer(&enough).unwrap_or_else(|| panic!("{enough:?}"));
    assert_eq!(enough[..2], right[..2], "with just enough");
}

#[test]
fn memory_that_runs_out_ends_the_process_and_says_nothing_wrong() {
    every(97);
}

#[test]
#[ignore = "minutes; `cargo xtask prove --faults` runs it"]
fn memory_that_runs_out_anywhere_ends_the_process_and_says_nothing_wrong() {
    every(1);
}
