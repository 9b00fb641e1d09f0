//! Layouts as the derive emits them, against tables written by hand. Offsets and sizes come from the
//! compiler, numbers from the format.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "the structs are looked at, not used")]

use core::mem::{align_of, offset_of, size_of};

use kserial::cell::{
    MEMBER_ARRAY, MEMBER_CRITICAL, MEMBER_DEFAULT, MEMBER_KEY, MEMBER_LEGACY, MEMBER_SENSITIVE,
};
use kserial::Kind::{
    self, Bool, Bytes, ClosedEnum, End, Group, OpenEnum, Physical, Signed, Text, Unsigned,
};
use kserial::{Blob, KSerial, PhysAddr, Record, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "leaf", critical, required)]
#[repr(C)]
struct Leaf {
    #[kserial(id = 1, default = -2, range(-2, 1..=5))]
    signed: i16,
    #[kserial(id = 300, key)]
    token: u16,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "twig")]
#[repr(C)]
struct Twig {
    #[kserial(id = 1)]
    length: u32,
}

/// Everything that a member can be.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "everything", retired(3, 900 = "old"))]
#[repr(C)]
struct Everything {
    #[kserial(id = 1, unit = "bytes", expect = 4096)]
    page: u64,
    #[kserial(id = 2, default = 0, critical)]
    address: PhysAddr,
    #[kserial(id = 4)]
    leaves: Rows<Leaf>,
    #[kserial(id = 5)]
    few: Rows<Twig, u32>,
    #[kserial(id = 6)]
    caps: Blob<u32>,
    #[kserial(id = 7, child = "elsewhere")]
    far: u64,
    #[kserial(id = 8, text, key)]
    label: [u8; 16],
    #[kserial(id = 9, sensitive)]
    secret: [u8; 8],
    #[kserial(id = 10, default = -1)]
    samples: [i32; 3],
    #[kserial(id = 11, bool, default = 1)]
    on: u8,
    #[kserial(id = 12, open(plain = 0, "two-fold" = 2), default = 7)]
    mode: u8,
    #[kserial(id = 13, name = "vendor", closed(intel = 1, amd = 2))]
    r#type: u16,
    #[kserial(
        bits(id = 14, name = "low", at = 0..3, range = 0..=4),
        bits(id = 15, name = "bit", at = 3, bool, default = 0),
        bits(id = 16, name = "high", at = 8..=31)
    )]
    word: u32,
    #[kserial(id = 17, legacy, default = 0)]
    gone: u32,
    #[kserial(id = 18, nested)]
    leaf: Leaf,
    #[kserial(id = 19)]
    one: [u32; 1],
    #[kserial(pad)]
    _pad: [u8; 8],
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "third")]
#[repr(C)]
struct Third {
    #[kserial(id = 1, nested)]
    inner: Everything,
    #[kserial(id = 2)]
    blob: Blob,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "outermost")]
#[repr(C)]
struct Outermost {
    #[kserial(id = 40)]
    before: u64,
    #[kserial(id = 41, nested)]
    third: Third,
}

/// One member as a row of a table.
#[derive(PartialEq, Debug)]
struct Row {
    path: String,
    name: String,
    kind: Kind,
    /// Bits of an element, the first bit, elements.
    place: (usize, usize, usize),
    flags: u32,
    default: u64,
}

fn rows_of<T: Record>() -> Vec<Row> {
    let row = |m: kserial::Member<'_>| Row {
        path: m.path().to_string(),
        name: m.name().to_owned(),
        kind: m.kind(),
        place: (m.bits().into(), m.bit() as usize, m.count() as usize),
        flags: m.cell().flags.get(),
        default: m.cell().default.get(),
    };
    T::SHAPE.members().map(row).collect()
}

fn row(path: &str, name: &str, kind: Kind, place: (usize, usize, usize)) -> Row {
    Row { path: path.to_owned(), name: name.to_owned(), kind, place, flags: 0, default: 0 }
}

impl Row {
    fn flags(self, flags: u32) -> Self {
        Self { flags, ..self }
    }

    fn default(self, default: u64) -> Self {
        Self { default, flags: self.flags | MEMBER_DEFAULT, ..self }
    }
}

/// -1 and -2 as layouts state them.
const MINUS_ONE: u64 = u64::MAX;
const MINUS_TWO: u64 = u64::MAX - 1;

/// The rows of `Everything`, lying `base` bytes into another record, under `path`.
fn everything_at(base: usize, path: &str) -> Vec<Row> {
    macro_rules! at {
        ($field:ident) => {
            (base + offset_of!(Everything, $field)) * 8
        };
    }
    let (word, leaf) = (at!(word), at!(leaf));
    let mut rows = vec![
        row("1", "page", Unsigned, (64, at!(page), 1)),
        row("2", "address", Physical, (64, at!(address), 1)).flags(MEMBER_CRITICAL).default(0),
        row("4", "leaves", End, (64, at!(leaves), 1)),
        row("5", "few", End, (32, at!(few), 1)),
        row("6", "caps", End, (32, at!(caps), 1)),
        row("7", "far", End, (64, at!(far), 1)),
        row("8", "label", Text, (8, at!(label), 16)).flags(MEMBER_ARRAY | MEMBER_KEY),
        row("9", "secret", Bytes, (8, at!(secret), 8)).flags(MEMBER_ARRAY | MEMBER_SENSITIVE),
        row("10", "samples", Signed, (32, at!(samples), 3)).flags(MEMBER_ARRAY).default(MINUS_ONE),
        row("11", "on", Bool, (8, at!(on), 1)).default(1),
        row("12", "mode", OpenEnum, (8, at!(mode), 1)).default(7),
        row("13", "vendor", ClosedEnum, (16, at!(r#type), 1)),
        row("14", "low", Unsigned, (3, word, 1)),
        row("15", "bit", Bool, (1, word + 3, 1)).default(0),
        row("16", "high", Unsigned, (24, word + 8, 1)),
        row("17", "gone", Unsigned, (32, at!(gone), 1)).flags(MEMBER_LEGACY).default(0),
        row("18", "leaf", Group, (0, 0, 0)),
        row("18.1", "signed", Signed, (16, leaf, 1)).default(MINUS_TWO),
        row("18.300", "token", Unsigned, (16, leaf + 16, 1)).flags(MEMBER_KEY),
        row("19", "one", Unsigned, (32, at!(one), 1)).flags(MEMBER_ARRAY),
    ];
    for row in &mut rows {
        row.path.insert_str(0, path);
    }
    rows
}

#[test]
fn members_lie_where_the_compiler_puts_the_fields() {
    assert_eq!(rows_of::<Everything>(), everything_at(0, ""));
}

#[test]
fn nested_records_are_flattened_under_their_path() {
    let base = offset_of!(Outermost, third);
    let mut expected = vec![
        row("40", "before", Unsigned, (64, 0, 1)),
        row("41", "third", Group, (0, 0, 0)),
        row("41.1", "inner", Group, (0, 0, 0)),
    ];
    expected.extend(everything_at(base + offset_of!(Third, inner), "41.1."));
    let blob = (base + offset_of!(Third, blob)) * 8;
    expected.push(row("41.2", "blob", End, (64, blob, 1)));
    assert_eq!(rows_of::<Outermost>(), expected);
}

#[test]
fn the_head_states_the_struct() {
    let head = Everything::SHAPE.head();
    assert_eq!(Everything::SHAPE.record(), "everything");
    assert_eq!(head.row.get() as usize, size_of::<Everything>());
    assert_eq!(usize::from(head.align), align_of::<Everything>());
    assert!(!Everything::SHAPE.is_critical() && !Everything::SHAPE.is_required());
    assert!(Leaf::SHAPE.is_critical() && Leaf::SHAPE.is_required());
}

#[test]
fn units_are_stated() {
    let unit = |path| Everything::SHAPE.member(path).unwrap().unit();
    assert_eq!((unit(Everything::PAGE), unit(Everything::ADDRESS)), ("bytes", ""));
}

#[test]
fn values_are_stated_with_their_names() {
    let values = |path| -> Vec<(u64, u64, String)> {
        let intervals = Everything::SHAPE.intervals(path);
        intervals.map(|i| (i.low(), i.high(), i.name().to_owned())).collect()
    };
    let named = |value: u64, name: &str| (value, value, name.to_owned());
    assert_eq!(values(Everything::PAGE), [named(4096, "")]);
    assert_eq!(values(Everything::MODE), [named(0, "plain"), named(2, "two-fold")]);
    assert_eq!(values(Everything::TYPE), [named(1, "intel"), named(2, "amd")]);
    assert_eq!(values(Everything::LOW), [(0, 4, String::new())]);
    let signed = Everything::LEAF.then(1).unwrap();
    assert_eq!(values(signed), [named(MINUS_TWO, ""), (1, 5, String::new())]);
    assert_eq!(values(Everything::ADDRESS), []);
}

#[test]
fn values_of_enums_are_constants() {
    let (two_fold, amd): (u8, u16) = (Everything::MODE_TWO_FOLD, Everything::TYPE_AMD);
    assert_eq!((two_fold, amd), (2, 2));
}

#[test]
fn end_marks_name_their_record_and_blobs_their_member() {
    let child = |path| Everything::SHAPE.child(path);
    assert_eq!(child(Everything::LEAVES), Some("leaf"));
    assert_eq!(child(Everything::FEW), Some("twig"));
    assert_eq!(child(Everything::CAPS), Some("everything.6"));
    assert_eq!(child(Everything::FAR), Some("elsewhere"));
    assert_eq!(child(Everything::PAGE), None);

    // A blob belongs to the record that it is nested in: two of them must not share a table.
    let third = |path| Third::SHAPE.child(path);
    assert_eq!(third(Third::BLOB), Some("third.2"));
    assert_eq!(third(Third::INNER.then(6).unwrap()), Some("third.1.6"));
    assert_eq!(third(Third::INNER.then(4).unwrap()), Some("leaf"));
}

#[test]
fn retired_ids_are_kept_with_their_names() {
    let retired = |shape: kserial::Layout<'static>| -> Vec<(String, &'static str)> {
        shape.retired().map(|(path, name)| (path.to_string(), name)).collect()
    };
    assert_eq!(retired(Everything::SHAPE), [("3".to_owned(), ""), ("900".to_owned(), "old")]);
    assert_eq!(retired(Third::SHAPE), [("1.3".to_owned(), ""), ("1.900".to_owned(), "old")]);
}

#[test]
fn the_mask_is_what_members_hold_and_writers_write() {
    // By hand: all ones but for three gaps.
    let mut expected = [0xff_u8; size_of::<Everything>()];
    let word = offset_of!(Everything, word);
    expected[word] = 0x0f; // bits 0..3 and 3
    for (field, len) in [(offset_of!(Everything, gone), 4), (offset_of!(Everything, _pad), 8)] {
        expected[field..field + len].fill(0);
    }
    assert_eq!(Everything::MASK, Some(&expected[..]));
    assert_eq!(Leaf::MASK, None);
}

#[test]
fn there_is_room_for_every_member_with_bits() {
    use kserial::Steps;
    let rooms = |expected: usize, room: usize| assert_eq!(room, expected);
    rooms(2, <Leaf as Record>::Steps::empty().steps().len());
    rooms(19, <Everything as Record>::Steps::empty().steps().len());
    rooms(21, <Outermost as Record>::Steps::empty().steps().len());
}
