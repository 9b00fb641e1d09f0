//! Images: what one generation writes, another reads.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::image::{rewrite, segments, size, ImageError, TableError, WriteError};
use kserial::{Image, KSerial, Machine, Plan, Record, Room, Rows, Spec, Steps, Writer};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x5eed_1e55;

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "folio")]
#[repr(C)]
struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "flags", at = 52..64))]
    pfn_flags: u64,
    #[kserial(id = 3)]
    index: u64,
}

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd1 {
    #[kserial(id = 1)]
    size: u64,
    #[kserial(id = 2)]
    pos: u64,
    #[kserial(id = 6)]
    folios: Rows<Folio>,
}

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "memfd")]
#[repr(C)]
struct Memfd2 {
    #[kserial(id = 1)]
    size: u64,
    #[kserial(id = 4, default = 0, critical)]
    seals: u32,
    #[kserial(id = 5, default = 7)]
    flags: u32,
    #[kserial(id = 6)]
    folios: Rows<Folio>,
    #[kserial(id = 2)]
    pos: u64,
}

fn folio(n: u64) -> Folio {
    Folio { pfn_flags: n << 40 | 1 << 52 | n, index: n * 3 }
}

/// Two memfds, of 3 and of `folios - 3` folios, written as `T` in segments of `segment` bytes.
fn written<T: Record>(
    segment: usize,
    folios: usize,
    rows: impl Fn(u64, Rows<Folio>) -> T,
) -> Vec<Vec<u8>> {
    let tables = [Spec::of::<T>(2).late(), Spec::of::<Folio>(folios)];
    let size = size(&tables, segment).unwrap();
    let mut memory: Vec<Vec<u8>> = vec![vec![0xaa; size.segment]; size.segments];
    memory.last_mut().unwrap().truncate(size.last);
    let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut memfds = image.table::<T>().unwrap();
    let mut rest = image.table::<Folio>().unwrap();
    let all: Vec<Folio> = (0..folios as u64).map(folio).collect();
    rest.extend(&all[..3]).unwrap();
    memfds.push(&rows(0, rest.mark().unwrap())).unwrap();
    all[3..].iter().for_each(|folio| rest.push(folio).unwrap());
    memfds.push(&rows(1, rest.mark().unwrap())).unwrap();
    memfds.finish(&mut image).unwrap();
    rest.finish(&mut image).unwrap();
    image.finish().unwrap();
    memory
}

fn memfd1(n: u64, folios: Rows<Folio>) -> Memfd1 {
    Memfd1 { size: n + 10, pos: n + 20, folios }
}

fn memfd2(n: u64, folios: Rows<Folio>) -> Memfd2 {
    Memfd2 { size: n + 10, seals: 0, flags: 7, folios, pos: n + 20 }
}

fn parts(memory: &[Vec<u8>]) -> Vec<&[u8]> {
    memory.iter().map(Vec::as_slice).collect()
}

#[test]
fn every_generation_reads_every_other() {
    for (segment, folios) in [(4096, 5), (4096, 2000), (64 << 10, 20_000), (2 << 20, 300_000)] {
        let old = written(segment, folios, memfd1);
        let new = written(segment, folios, memfd2);
        for memory in [&old, &new] {
            let parts = parts(memory);
            let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
            let mut room = Room::empty();
            let mut folio_room = Room::empty();
            let rows = image.table::<Folio>(&mut folio_room).unwrap();
            let memfds = image.table::<Memfd2>(&mut room).unwrap();
            assert_eq!(memfds.is_in_place(), core::ptr::eq(memory, &new));
            let read: Vec<_> = memfds.with(|m| m.folios, &rows).collect();
            assert_eq!(read.len(), 2);
            for (n, (memfd, folios)) in (0..).zip(&read) {
                let expected = memfd2(n, memfd.folios);
                assert_eq!(*memfd, expected);
                assert_eq!(folios.get(0), Some(folio(if n == 0 { 0 } else { 3 })));
            }
            assert_eq!((read[0].1.len(), read[1].1.len()), (3, folios - 3));
            let mut in_turn = rows.in_turn();
            for (memfd, folios) in &read {
                let children = in_turn.up_to(&memfd.folios);
                assert_eq!((children.len(), children.get(0)), (folios.len(), folios.get(0)));
            }
            assert!(in_turn.up_to(&read[0].0.folios).is_empty(), "a mark that is behind");
            let mut room = Room::empty();
            let memfds = image.table::<Memfd1>(&mut room).unwrap();
            let mut scratch = [memfd1(0, Rows::up_to(0)); 4];
            let mut runs = memfds.runs(&mut scratch).unwrap();
            let run = runs.next().unwrap();
            assert_eq!((run[0].pos, run[1].size), (20, 11));
            let mut sum = 0;
            let mut scratch = [folio(0); 64];
            let mut runs = rows.runs(&mut scratch).unwrap();
            assert!(rows.runs(&mut []).is_err(), "no end that is none");
            while let Some(run) = runs.next() {
                sum += run.iter().map(|f| f.index).sum::<u64>();
            }
            assert_eq!(sum, (0..folios as u64).map(|n| n * 3).sum::<u64>());
        }
    }
}

/// The folios of an image, block by block.
fn streamed(image: &Image<'_>) -> Vec<Folio> {
    let mut room = Room::empty();
    let mut stream = image.stream::<Folio>(&mut room).unwrap();
    let (mut scratch, mut seen) = ([folio(0); 16], Vec::new());
    while let Some(rows) = stream.next(&mut scratch).unwrap() {
        seen.extend_from_slice(rows);
    }
    seen
}

/// The length of segments that the head of `written` fills to the last byte, if they are few.
const HEAD: usize = 832;

#[test]
fn a_head_may_fill_its_segment() {
    let memory = written(HEAD, 400, memfd1);
    let sum = u32::from_le_bytes(*memory[0][12..].first_chunk().unwrap()) as usize;
    assert_eq!(sum + 64, memory[0].len(), "no row lies in it");
    let parts = parts(&memory);
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
    assert_eq!(streamed(&image), (0..400).map(folio).collect::<Vec<_>>());
    image.verify().unwrap();
}

#[test]
fn a_stream_hands_out_the_same_rows() {
    let memory = written(4096, 2000, memfd1);
    let parts = parts(&memory);
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
    assert_eq!(streamed(&image), (0..2000).map(folio).collect::<Vec<_>>());
    let mut room = Room::empty();
    let mut stream = image.stream::<Memfd2>(&mut room).unwrap();
    assert_eq!(stream.next(&mut []), Err(TableError::Scratch), "no end that is none");
    let mut scratch = [memfd2(0, Rows::up_to(0)); 1];
    assert_eq!(stream.next(&mut scratch).unwrap().unwrap()[0].pos, 20);
    assert_eq!(stream.next(&mut scratch).unwrap().unwrap()[0].pos, 21);
    assert!(stream.next(&mut scratch).unwrap().is_none());
}

#[test]
fn a_slice_of_parents_keeps_their_children() {
    for (segment, lies_together) in [(64 << 10, true), (4096, false)] {
        let memory = written(segment, 400, memfd1);
        let segments = parts(&memory);
        let image = Image::open(&segments, &HERE, crc32fast::hash).unwrap().verify().unwrap();
        let (mut room, mut other) = (Room::empty(), Room::empty());
        let memfds = image.table::<Memfd1>(&mut room).unwrap();
        let folios = image.table::<Folio>(&mut other).unwrap();
        let second = memfds.slice(1..2);
        assert_eq!(second.children(0, |memfd| memfd.folios), 3..400);
        assert_eq!(second.children(1, |memfd| memfd.folios), 0..0, "there is one row");
        assert_eq!((second.get(1), second.get(usize::MAX)), (None, None));
        let all: Vec<Folio> = (3..400).map(folio).collect();
        let (memfd, own) = second.with(|memfd| memfd.folios, &folios).next().unwrap();
        assert_eq!(memfd.size, 11);
        let mut rows = own.iter();
        for left in (0..all.len()).rev() {
            assert_eq!(rows.size_hint(), (left + 1, Some(left + 1)));
            assert_eq!(rows.next(), Some(all[all.len() - left - 1]));
        }
        assert_eq!((rows.size_hint(), rows.next()), ((0, Some(0)), None));
        assert_eq!(own.as_slice(), lies_together.then_some(all.as_slice()));
        assert_eq!(own.slice(5..5).as_slice(), Some(&[][..]));
        for (n, folio) in all.iter().enumerate() {
            assert_eq!(own.slice(n..n + 1).as_slice(), Some(core::slice::from_ref(folio)));
        }
    }
}

#[test]
fn a_critical_member_in_use_refuses_a_reader_that_does_not_know_it() {
    let memory =
        written(4096, 5, |n, folios| Memfd2 { seals: u32::from(n > 0), ..memfd2(n, folios) });
    let parts = parts(&memory);
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    let mut room = Room::empty();
    let error = image.table::<Memfd1>(&mut room).unwrap_err();
    assert_eq!(error, TableError::Refused { path: Memfd2::SEALS, row: 1 });
}

#[test]
fn a_late_table_is_resealed_in_place() {
    let mut memory = written(4096, 2000, memfd1);
    let before = memory.clone();
    let late = |n: u64, end| Memfd2 { seals: 0, flags: 7, ..memfd2(n + 100, Rows::up_to(end)) };
    let rewrite_all = |memory: &mut Vec<Vec<u8>>, rows: &[Memfd2]| {
        let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
        rewrite(&mut parts, rows, &mut Steps::empty(), crc32fast::hash)
    };
    assert_eq!(rewrite_all(&mut memory, &[late(0, 3)]), Err(WriteError::Unfilled));
    let moved = rewrite_all(&mut memory, &[late(0, 3), late(1, 1999)]);
    assert_eq!(moved, Err(WriteError::Fixed { row: 1, path: Memfd2::FOLIOS }));
    let folios: Vec<Folio> = (0..2000).map(folio).collect();
    let mut segments: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    let punctual = rewrite(&mut segments, &folios, &mut Steps::empty(), crc32fast::hash);
    assert_eq!(punctual, Err(WriteError::NotLate));
    assert_eq!(memory, before, "nothing is half-written");
    rewrite_all(&mut memory, &[late(0, 3), late(1, 2000)]).unwrap();
    let parts = parts(&memory);
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    let told: Vec<_> = image.tables().map(|table| (table.late, table.sorted)).collect();
    assert_eq!(told, [(true, false), (false, false)]);
    let mut room = Room::empty();
    let memfds = image.table::<Memfd1>(&mut room).unwrap();
    assert_eq!(memfds.get(1).unwrap().pos, 121);
}

#[test]
fn a_bit_that_no_member_holds_is_damage_whatever_the_sum_says() {
    #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy)]
    #[kserial(record = "hollow")]
    #[repr(C)]
    struct Hollow {
        #[kserial(id = 1)]
        value: u32,
        #[kserial(bits(id = 2, name = "low", at = 0..3), bits(id = 3, name = "high", at = 9..15))]
        flags: u16,
        #[kserial(id = 4, legacy, default = 0)]
        old: u16,
        #[kserial(pad)]
        reserved: [u8; 24],
    }
    let tables = [Spec::of::<Hollow>(2)];
    let mut memory = vec![0xaa; size(&tables, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut rows = image.table::<Hollow>().unwrap();
    let full = Hollow { value: !0, flags: !0, old: !0, reserved: [0xff; 24] };
    rows.extend(&[full; 2]).unwrap();
    rows.finish(&mut image).unwrap();
    image.finish().unwrap();
    let rows = u32::from_le_bytes(*memory[12..].first_chunk().unwrap()) as usize + 64;
    let row = [&[0xff; 4][..], &[0x07, 0x7e], &[0; 26]].concat();
    assert_eq!(memory[rows..rows + 64], [row.as_slice(), &row].concat(), "none was written");
    for bit in 0..256_u32 {
        let at = bit as usize / 8;
        let held = row[at] >> (bit % 8) & 1 == 1;
        let mut memory = memory.clone();
        memory[rows + 32 + at] ^= 1 << (bit % 8);
        // The first table's first block: nothing but the number is mixed into its sum.
        let sum = crc32fast::hash(&memory[rows..rows + 64]) ^ NUMBER;
        memory[rows + 64..rows + 68].copy_from_slice(&sum.to_le_bytes());
        let parts = [memory.as_slice()];
        let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
        let damage = ImageError::Padding { table: 0, row: 1, byte: bit / 8 };
        assert_eq!(image.verify().err(), (!held).then_some(damage), "bit {bit}");
        let mut room = Room::empty();
        let mut scratch = [full; 4];
        let mut stream = image.stream::<Hollow>(&mut room).unwrap();
        let streamed = stream.next(&mut scratch).map(drop);
        assert_eq!(streamed.is_ok(), held, "bit {bit}, as a stream");
    }
}

#[test]
fn a_writer_can_serve_an_older_reader() {
    let mut room = Steps::empty();
    let plan = Plan::writing::<Memfd2>(Memfd1::SHAPE, &mut room).unwrap();
    let tables = [Spec::like(Memfd1::SHAPE, 1), Spec::of::<Folio>(0)];
    let mut memory = vec![0; size(&tables, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut memfds = image.table_for::<Memfd2>(plan).unwrap();
    let refused = memfds.push(&Memfd2 { seals: 1, ..memfd2(0, Rows::up_to(0)) }).unwrap_err();
    assert_eq!(refused, WriteError::Refused { row: 0, path: Memfd2::SEALS });
    memfds.push(&memfd2(0, Rows::up_to(0))).unwrap();
    memfds.finish(&mut image).unwrap();
    image.finish().unwrap();
    let parts = [memory.as_slice()];
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    assert!(image.tables().next().unwrap().layout == Memfd1::SHAPE);
}

#[test]
fn every_flipped_bit_and_every_truncation_is_found() {
    let images = [written(4096, 5, memfd1), written(4096, 700, memfd2), written(HEAD, 60, memfd1)];
    for memory in images {
        let bits = memory.iter().map(Vec::len).sum::<usize>() * 8;
        for bit in 0..bits {
            let mut damaged = memory.clone();
            let (mut at, mut segment) = (bit / 8, 0);
            while at >= damaged[segment].len() {
                at -= damaged[segment].len();
                segment += 1;
            }
            damaged[segment][at] ^= 1 << (bit % 8);
            let parts = parts(&damaged);
            let read = Image::open(&parts, &HERE, crc32fast::hash).and_then(Image::verify);
            assert!(read.is_err(), "bit {bit} of segment {segment}");
        }
        let whole: Vec<u8> = memory.concat();
        for length in 0..whole.len() {
            let mut rest = &whole[..length];
            let mut parts = Vec::new();
            for segment in segments(rest).map(Iterator::collect).unwrap_or_else(|_| vec![length]) {
                let (part, more) = rest.split_at(segment.min(rest.len()));
                parts.push(part);
                rest = more;
            }
            let read = Image::open(&parts, &HERE, crc32fast::hash).and_then(Image::verify);
            assert!(read.is_err(), "cut at {length}");
        }
    }
}

#[test]
fn another_machine_is_refused() {
    let memory = written(4096, 5, memfd1);
    let larger_pages = Machine { page_shift: 16, ..HERE };
    let smaller_order = Machine { max_order: 9, ..HERE };
    for machine in [larger_pages, smaller_order] {
        let read = Image::open(&parts(&memory), &machine, crc32fast::hash).map(|_| ());
        assert_eq!(read, Err(ImageError::Machine));
    }
}

/// Rows by two keys; a sorted table ascends by `bus` and then `slot`.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "device")]
#[repr(C)]
struct ByAddress {
    #[kserial(id = 1, key)]
    bus: u32,
    #[kserial(id = 2, key)]
    slot: u32,
}

/// The same rows for a reader that knows them by their slot alone.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "device")]
#[repr(C)]
struct BySlot {
    #[kserial(id = 1)]
    bus: u32,
    #[kserial(id = 2, key)]
    slot: u32,
}

#[test]
fn rows_are_found_by_key_whether_or_not_their_order_is_the_readers() {
    let rows: Vec<_> =
        (0..40).map(|n| ByAddress { bus: n / 10, slot: n % 10 + (4 - n / 10) * 10 }).collect();
    let tables = [Spec::of::<ByAddress>(rows.len()).sorted()];
    let mut memory = vec![0; size(&tables, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut table = image.table::<ByAddress>().unwrap();
    table.extend(&rows).unwrap();
    table.finish(&mut image).unwrap();
    image.finish().unwrap();
    let parts = [memory.as_slice()];
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
    assert!(image.tables().all(|table| table.sorted && !table.late));
    let (mut room, mut other) = (Room::empty(), Room::empty());
    let by_address = image.table::<ByAddress>(&mut room).unwrap();
    let by_slot = image.table::<BySlot>(&mut other).unwrap();
    for row in rows {
        let key = |r: &ByAddress| (r.bus, r.slot).cmp(&(row.bus, row.slot));
        assert_eq!(by_address.find(key), Ok(Some(row)));
        let found = by_slot.find(|r| r.slot.cmp(&row.slot)).unwrap().unwrap();
        assert_eq!((found.bus, found.slot), (row.bus, row.slot));
    }
    assert_eq!(by_address.find(|r| (r.bus, r.slot).cmp(&(9, 0))), Ok(None));
}
