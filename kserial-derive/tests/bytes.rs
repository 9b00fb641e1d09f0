//! A layout of the derive, byte for byte, against one that was written from the format's text alone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::{KSerial, Layout, Record};
use zerocopy::IntoBytes;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Upstream's `memfd_luo_folio_ser`, to the byte.
#[derive(KSerial, Clone, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd-folio")]
#[repr(C, packed)]
struct Folio {
    #[kserial(
        bits(id = 1, name = "pfn", at = 0..52, unit = "pages"),
        bits(id = 2, name = "flags", at = 52..64, default = 0, critical, range = 0..=3)
    )]
    word: u64,
    #[kserial(id = 0x103, key)]
    index: u64,
}

/// The cells of `Folio`: every line is a field of the cell, in the order of the format.
fn by_hand() -> Vec<u8> {
    let pad = |text: &str, to: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(to, 0);
        bytes
    };
    let head = [
        pad("memfd-folio", 48),
        vec![16, 0, 0, 0], // row
        vec![4, 0],        // cells
        vec![0, 0],        // flags
        vec![1],           // version
        vec![1],           // align: packed
        vec![0; 6],        // reserved
    ];
    let pfn = [
        vec![1, 0, 0, 0, 0, 0, 0, 0], // path 1
        vec![1],                      // a member
        vec![1],                      // unsigned
        vec![52],                     // bits
        vec![0],                      // reserved
        vec![0, 0, 0, 0],             // bit
        vec![1, 0, 0, 0],             // count
        vec![0, 0, 0, 0],             // flags
        vec![0; 8],                   // default
        pad("pages", 8),              // unit
        pad("pfn", 24),               // name
    ];
    let flags = [
        vec![2, 0, 0, 0, 0, 0, 0, 0],
        vec![1],
        vec![1],
        vec![12],
        vec![0],
        vec![52, 0, 0, 0],
        vec![1, 0, 0, 0],
        vec![3, 0, 0, 0], // has a default, critical
        vec![0; 8],
        pad("", 8),
        pad("flags", 24),
    ];
    let range = [
        vec![2, 0, 0, 0, 0, 0, 0, 0],
        vec![2],                      // an interval
        vec![0; 15],                  // reserved
        vec![0, 0, 0, 0, 0, 0, 0, 0], // low
        vec![3, 0, 0, 0, 0, 0, 0, 0], // high
        pad("", 24),                  // name
    ];
    let index = [
        vec![3, 1, 0, 0, 0, 0, 0, 0], // 0x103
        vec![1],
        vec![1],
        vec![64],
        vec![0],
        vec![64, 0, 0, 0],
        vec![1, 0, 0, 0],
        vec![4, 0, 0, 0], // key
        vec![0; 8],
        pad("", 8),
        pad("index", 24),
    ];
    let parts: [&[Vec<u8>]; 5] = [&head, &pfn, &flags, &range, &index];
    parts.concat().concat()
}

#[test]
fn the_cells_are_those_of_the_format() {
    let written = [Folio::SHAPE.head().as_bytes(), Folio::SHAPE.cells().as_bytes()].concat();
    assert_eq!(written, by_hand());
}

#[test]
fn what_was_written_by_hand_reads_as_the_same_layout() {
    let bytes = by_hand();
    let (layout, rest) = Layout::read(&bytes).unwrap();
    assert_eq!(rest, []);
    assert!(layout == Folio::SHAPE);
}

#[test]
fn bit_fields_are_read_and_written_where_c_has_them() {
    // pfn 0xABCDE in the low 52 bits, flags 3 above them: x86-64's `u64 pfn:52, flags:12`.
    let folio = Folio { word: 0, index: 7 }.with_pfn(0xA_BCDE).unwrap().with_flags(3).unwrap();
    assert_eq!((folio.pfn(), folio.flags()), (0xA_BCDE, 3));
    assert_eq!(folio.as_bytes(), [0xDE, 0xBC, 0x0A, 0, 0, 0, 0x30, 0x00, 7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(folio.with_pfn(0).unwrap().flags(), 3, "the neighbour stays");
}

#[test]
fn a_value_that_is_too_wide_is_not_cut() {
    assert!(Folio::default().with_pfn(1 << 52).is_none());
    assert!(Folio::default().with_pfn((1 << 52) - 1).is_some());
    assert!(Folio::default().with_flags(4096).is_none());
}
