//! Every fault: what a flipped bit or a cut does to an image is found, whatever it hits.
//!
//! Rejected, or read as though nothing had happened: there is no third outcome, no panic, and no
//! allocation larger than the image: the counting allocator is this program's own.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the long form says how much it tried")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use kserial::{image, Image, Machine, Room};
use kserial_reference::drawn::{rows, Dice};
use kserial_reference::image::{Draft, Head as There, Table};
use kserial_reference::{Kind, Row};
use kserial_tests::records::{shape_of, Device, File, Page};

/// The system's allocator, and the largest block that was asked of it.
struct Counting;

thread_local! {
    /// The largest piece of memory that this thread asked for: other tests run beside it.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is the system's allocator; counting touches no memory of its callers.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends has none any more, and nobody who would ask.
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
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

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x0ddb_a115;
const THERE: There =
    There { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: NUMBER };

/// An image of files, pages and devices, in segments of at most `segment` bytes.
fn image(pages: usize, devices: usize, segment: usize) -> Vec<Vec<u8>> {
    another(THERE, pages as u64, pages, devices, segment)
}

/// The same for this head, with rows drawn from `seed`.
fn another(head: There, seed: u64, pages: usize, devices: usize, segment: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice(seed);
    let page = shape_of::<Page>();
    let mut page_rows = rows(&page, &page, pages, &mut dice);
    for (number, row) in (0..).zip(&mut page_rows) {
        row.insert(vec![2], vec![number]);
    }
    let file = |token: i128, end: usize| -> Row {
        let values = [token, i128::try_from(end).unwrap(), 0, 0];
        (1..).zip(values).map(|(id, value)| (vec![id], vec![value])).collect()
    };
    let device = shape_of::<Device>();
    assert!(device.held().all(|member| member.kind != Kind::End));
    let tables = [
        Table::of(shape_of::<File>(), vec![file(1, pages / 3), file(2, pages)]),
        Table { sorted: true, ..Table::of(page, page_rows) },
        Table::of(device.clone(), rows(&device, &device, devices, &mut dice)),
    ];
    let mut lengths = vec![64];
    loop {
        if let Some(draft) = Draft::new(head, &tables, &lengths) {
            return draft.sealed();
        }
        match lengths.last_mut() {
            Some(last) if *last < segment => *last += 64,
            _ => lengths.push(64),
        }
    }
}

/// Everything that a reader does with an image; what it saw, if the image is taken.
fn read(segments: &[&[u8]]) -> Option<(usize, u64)> {
    let image = Image::open(segments, &HERE, crc32fast::hash).ok()?.verify().ok()?;
    let (mut file_room, mut page_room, mut device_room) =
        (Room::empty(), Room::empty(), Room::empty());
    let files = image.table::<File>(&mut file_room).ok()?;
    let pages = image.table::<Page>(&mut page_room).ok()?;
    let devices = image.table::<Device>(&mut device_room).ok()?;
    let mut sum: u64 = 0;
    for (file, pages) in files.with(|file| file.pages, &pages) {
        sum = pages.iter().fold(sum ^ file.token, |sum, page| sum.rotate_left(7) ^ page.pfn);
    }
    sum = devices.iter().fold(sum, |sum, device| sum.rotate_left(9) ^ device.word);
    Some((files.len() + pages.len() + devices.len(), sum))
}

/// The same for an image in a file, where segments follow each other.
fn read_file(bytes: &[u8]) -> Option<(usize, u64)> {
    let (mut rest, mut parts) = (bytes, Vec::new());
    for length in image::segments(bytes).ok()?.take(bytes.len()) {
        let (part, more) = rest.split_at_checked(length)?;
        parts.push(part);
        rest = more;
    }
    if rest.is_empty() {
        read(&parts)
    } else {
        None
    }
}

/// Tries the image with the bit flipped. Its file is whole again afterwards.
fn flip(bytes: &mut [u8], bit: usize, right: (usize, u64)) {
    bytes[bit / 8] ^= 1 << (bit % 8);
    LARGEST.set(0);
    let read = read_file(bytes);
    let largest = LARGEST.get();
    assert!(read.is_none() || read == Some(right), "bit {bit}: something else is read");
    assert!(read.is_none(), "bit {bit}: not found");
    assert!(largest <= bytes.len(), "bit {bit}: {largest} bytes asked for");
    bytes[bit / 8] ^= 1 << (bit % 8);
}

fn every_bit_and_every_cut(pages: usize, devices: usize, segment: usize) -> usize {
    let mut bytes = image(pages, devices, segment).concat();
    let right = read_file(&bytes).unwrap();
    assert_eq!(right.0, 2 + pages + devices);
    for bit in 0..bytes.len() * 8 {
        flip(&mut bytes, bit, right);
    }
    for length in 0..bytes.len() {
        assert_eq!(read_file(&bytes[..length]), None, "cut at {length}");
    }
    for longer in [1, 64, 4096] {
        let longer = [bytes.as_slice(), &vec![0; longer]].concat();
        assert_eq!(read_file(&longer), None, "longer by {}", longer.len() - bytes.len());
    }
    bytes.len()
}

#[test]
fn every_bit_and_every_cut_of_a_small_image_is_found() {
    every_bit_and_every_cut(7, 2, 4096);
}

#[test]
#[ignore = "minutes; `cargo xtask prove --faults` runs it"]
fn every_bit_and_every_cut_up_to_64_kib_is_found() {
    for (pages, devices, segment) in
        [(7, 2, 4096), (700, 5, 4096), (300, 300, 8192), (3000, 60, 65536)]
    {
        let bytes = every_bit_and_every_cut(pages, devices, segment);
        assert!(bytes <= 64 << 10, "{bytes} bytes");
        println!("{bytes} bytes: {} flips and {bytes} cuts, all found", bytes * 8);
    }
}

#[test]
#[ignore = "minutes; `cargo xtask prove --faults` runs it"]
fn flips_in_a_large_image_are_found() {
    let segments = image(20_000, 1000, 128 << 10);
    let head = u32::from_le_bytes(segments[0][12..16].try_into().unwrap()) as usize + 64;
    let mut bytes = segments.concat();
    let right = read_file(&bytes).unwrap();
    for bit in 0..head * 8 {
        flip(&mut bytes, bit, right);
    }
    let mut dice = Dice(5);
    for _ in 0..100_000 {
        let bit = head * 8 + dice.below((bytes.len() - head) * 8);
        flip(&mut bytes, bit, right);
    }
    println!("{} bytes: all {} flips of the head and 100000 beyond found", bytes.len(), head * 8);
}

/// A burst: bits from `first` to `last` of a stretch, with the two at its ends flipped for sure.
fn burst(bytes: &mut [u8], from: usize, length: usize, pattern: u64) {
    let pattern = pattern | 1 | 1 << (length - 1);
    for n in (0..length).filter(|n| pattern >> n & 1 == 1) {
        let bit = from + n;
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

fn bursts(pages: usize, devices: usize, count: usize) {
    let mut bytes = image(pages, devices, 4096).concat();
    let right = read_file(&bytes).unwrap();
    let mut dice = Dice(count as u64);
    for _ in 0..count {
        let length = 2 + dice.below(63);
        let (from, pattern) = (dice.below(bytes.len() * 8 - length), dice.roll());
        burst(&mut bytes, from, length, pattern);
        LARGEST.set(0);
        let read = read_file(&bytes);
        let largest = LARGEST.get();
        assert_eq!(read, None, "{length} bits from {from}: {pattern:x}");
        assert!(largest <= bytes.len(), "{length} bits from {from}: {largest} bytes asked for");
        burst(&mut bytes, from, length, pattern);
    }
    // Whole stretches of a bus or a disk that turn into one value.
    for length in [4, 64, 512, 4096] {
        for value in [0, 0xff] {
            for from in (0..bytes.len() - length).step_by(length.min(256)) {
                let kept = bytes[from..from + length].to_vec();
                bytes[from..from + length].fill(value);
                let read = read_file(&bytes);
                // Where it held this value already, nothing happened.
                let same = kept.iter().all(|byte| *byte == value);
                assert_eq!(read, same.then_some(right), "{length} bytes of {value} from {from}");
                bytes[from..from + length].copy_from_slice(&kept);
            }
        }
    }
}

#[test]
fn bursts_are_found() {
    bursts(300, 5, 2000);
}

#[test]
#[ignore = "minutes; `cargo xtask prove --faults` runs it"]
fn many_bursts_are_found() {
    bursts(700, 30, 200_000);
    println!("200000 bursts of 2 to 64 bits found");
}

#[test]
fn a_segment_of_another_image_is_found() {
    // Two images of the same tables and as many rows lie alike: but for their numbers, each segment of
    // one would do for the other.
    let one = image(3000, 60, 8192);
    let other = another(There { number: !NUMBER, ..THERE }, 1, 3000, 60, 8192);
    let lengths = |image: &[Vec<u8>]| image.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(&one), lengths(&other));
    for (own, strange) in [(&one, &other), (&other, &one)] {
        let parts = || own.iter().map(Vec::as_slice).collect::<Vec<_>>();
        assert!(read(&parts()).is_some());
        for n in 0..own.len() {
            let mut mixed = parts();
            mixed[n] = &strange[n];
            assert_eq!(read(&mixed), None, "segment {n} of another image");
        }
    }
}

#[test]
fn segments_and_blocks_that_changed_places_are_found() {
    let segments = image(3000, 60, 8192);
    let parts = || segments.iter().map(Vec::as_slice).collect::<Vec<_>>();
    let right = read(&parts()).unwrap();
    assert!(segments.len() > 5);
    for a in 0..segments.len() {
        for b in 0..a {
            let mut swapped = parts();
            swapped.swap(a, b);
            assert_eq!(read(&swapped), None, "segments {b} and {a} swapped");
            let mut doubled = parts();
            doubled[a] = doubled[b];
            assert_eq!(read(&doubled), None, "segment {b} for {a}");
        }
        let mut shorter = parts();
        shorter.remove(a);
        assert_eq!(read(&shorter), None, "without segment {a}");
    }
    // Blocks of one table, each with its sum: in segments of one length and one table they lie alike.
    for (a, b) in [(2, 3), (1, 4)] {
        let mut changed = segments.clone();
        let half = changed[a].len() / 2;
        let (front, back) = (changed[a][..half].to_vec(), changed[b][..half].to_vec());
        changed[a][..half].copy_from_slice(&back);
        changed[b][..half].copy_from_slice(&front);
        let changed: Vec<&[u8]> = changed.iter().map(Vec::as_slice).collect();
        assert_eq!(read(&changed), None, "halves of segments {a} and {b} swapped");
    }
    assert_eq!(read(&parts()), Some(right));
}
