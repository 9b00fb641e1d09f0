//! What KSerial promises of memory: whatever it decodes, and however, it allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use kserial_bench::codec::kserial::{memfd, pci, sessions};
use kserial_bench::codec::{owned, Workloads};
use kserial_bench::workload;

/// Counts what the running thread allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator, with a count beside it that allocates nothing itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those that the system asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

type Decode = fn(&[u8]) -> u64;

fn allocations(decode: Decode, bytes: &[u8], reference: u64) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    assert_eq!(decode(bytes), reference);
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn no_decode_allocates() {
    let w = Workloads::generate(7, 100);
    let (mut folios, mut ranged, mut devices, mut sessions_) = Default::default();
    memfd::encode(&w.folios, &mut folios);
    memfd::encode_ranged(&w.folios, &mut ranged);
    sessions::encode(&w.sessions, &mut sessions_);
    pci::encode(&w.devices, &mut devices);
    let decoders: [(&[u8], u64, &[Decode]); 4] = [
        (
            &folios,
            workload::memfd::reference(&w.folios),
            &[
                memfd::decode_sum,
                memfd::decode_sum_verified,
                memfd::decode_sum_longer,
                memfd::decode_sum_longer_verified,
                memfd::decode_sum_split,
                memfd::decode_sum_selected,
                memfd::decode_sum_longer_selected,
                memfd::decode_sum_split_selected,
            ],
        ),
        (&ranged, workload::memfd::reference(&w.folios), &[memfd::decode_sum_ranged]),
        (
            &sessions_,
            workload::sessions::reference(&w.sessions),
            &[
                sessions::decode_sum,
                sessions::decode_sum_verified,
                sessions::decode_sum_longer,
                sessions::decode_sum_longer_verified,
                sessions::decode_sum_longer_selected,
            ],
        ),
        (
            &devices,
            workload::pci::reference(&w.devices),
            &[
                pci::decode_sum,
                pci::decode_sum_verified,
                pci::decode_sum_longer,
                pci::decode_sum_longer_verified,
                pci::decode_sum_longer_selected,
            ],
        ),
    ];
    for (bytes, reference, decoders) in decoders {
        for decode in decoders {
            assert_eq!(allocations(*decode, bytes, reference), 0);
        }
    }
}

#[test]
fn the_count_sees_what_is_allocated() {
    let folios = workload::memfd::generate(7, 100);
    let mut bytes = Vec::new();
    owned::bincode::encode_folios(&folios, &mut bytes);
    let reference = workload::memfd::reference(&folios);
    assert!(allocations(owned::bincode::decode_sum_folios, &bytes, reference) > 0);
}
