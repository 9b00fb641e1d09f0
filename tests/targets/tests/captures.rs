//! Every fault in what Linux itself handed over: an error or a decode, in bounded time and memory.
//!
//! Linux guards these bytes with no sum, so a flipped bit is often another state that looks as sound.
//! What holds all the same: nothing panics, every reading ends, and no single allocation is larger
//! than the memory that is read. The counting allocator is this program's own, so the tests here run
//! one after the other, under a lock.
#![allow(clippy::print_stdout, reason = "the long form says how much it tried")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kserial::kho::Pages;
use kserial_cli::dump::Dump;
use kserial_cli::state::{Hint, Source};
use kserial_fuzz_targets::captured::{captures, Capture, Changed};
use kserial_fuzz_targets::show;
use kserial_reference::drawn::Dice;

/// The system's allocator, and the largest block that was asked of it.
struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is the system's allocator; counting touches no memory of its callers.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
static ONE_BY_ONE: Mutex<()> = Mutex::new(());

/// Reads a changed capture in every way; whether anything could be read.
fn read(capture: &Capture, hint: Hint, memory: Changed, what: &str) -> bool {
    let started = Instant::now();
    LARGEST.store(0, Ordering::Relaxed);
    let source = Source { memory: Box::new(memory), hint };
    let dump = Dump::read(source, Pages::OF_4K, &mut |_| {});
    if let Ok(dump) = &dump {
        show(dump);
    }
    let (largest, took) = (LARGEST.load(Ordering::Relaxed), started.elapsed());
    let name = capture.name();
    assert!(largest <= capture.pages() * 4096, "{name}, {what}: {largest} bytes asked for");
    assert!(took < Duration::from_secs(10), "{name}, {what}: {took:?}");
    dump.is_ok()
}

fn flips(count: usize) {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for capture in captures() {
        assert!(read(capture, capture.hint(), Changed::of(capture), "as it was"));
        let (mut dice, mut decoded) = (Dice(capture.pages() as u64), 0);
        for _ in 0..count {
            let bit = dice.below(capture.pages() * 4096 * 8);
            let mut memory = Changed::of(capture);
            memory.flip(bit);
            decoded += usize::from(read(capture, capture.hint(), memory, &format!("bit {bit}")));
        }
        for page in 0..capture.pages() {
            let mut memory = Changed::of(capture);
            memory.lose(page);
            read(capture, capture.hint(), memory, &format!("without page {page}"));
        }
        let (name, pages) = (capture.name(), capture.pages());
        println!("{name}: {count} flips and {pages} lost pages, {decoded} flips decoded");
    }
}

#[test]
fn a_flipped_bit_of_a_capture_is_an_error_or_a_decode() {
    flips(150);
}

#[test]
#[ignore = "minutes; `cargo xtask prove --faults` runs it"]
fn many_flipped_bits_of_captures_are_errors_or_decodes() {
    flips(20_000);
}

#[test]
fn a_root_that_is_searched_for_is_found_or_not() {
    let _alone = ONE_BY_ONE.lock().unwrap_or_else(PoisonError::into_inner);
    for capture in captures() {
        let mut dice = Dice(9);
        for _ in 0..40 {
            let bit = dice.below(capture.pages() * 4096 * 8);
            let mut memory = Changed::of(capture);
            memory.flip(bit);
            read(capture, Hint::Search, memory, &format!("bit {bit}, searched for"));
        }
    }
}
