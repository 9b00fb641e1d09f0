//! What a struct and its surroundings may be called: as the derive calls its own, or as the prelude.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "the structs are looked at, not used")]

use kserial::{KSerial, Record};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

const HEAD: u16 = 3;
const MEMBER_1: u16 = 4;
const CELLS: usize = 2;

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "ring")]
#[repr(C)]
struct Ring {
    #[kserial(id = 1, default = HEAD)]
    head: u16,
    #[kserial(id = 2, default = Self::OFF, range = MEMBER_1..=Self::OFF)]
    mode: u16,
    #[kserial(id = 3)]
    cells: [u16; CELLS],
    #[kserial(id = 4)]
    slots: [u64; Self::COUNT],
}

impl Ring {
    const OFF: u16 = 7;
    const COUNT: usize = 3;
}

#[test]
fn constants_mean_what_they_mean_where_the_struct_stands() {
    let member = |path| Ring::SHAPE.member(path).unwrap();
    assert_eq!(member(Ring::HEAD).default(), Some(3));
    assert_eq!(member(Ring::MODE).default(), Some(7));
    let range = Ring::SHAPE.intervals(Ring::MODE).next().map(|i| (i.low(), i.high()));
    assert_eq!(range, Some((4, 7)));
    assert_eq!((member(Ring::CELLS).count(), member(Ring::SLOTS).count()), (2, 3));
}

macro_rules! called {
    ($($name:ident)*) => {
        /// All in one module: each hides a name from the others, too.
        mod called {
            use kserial::KSerial;
            use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

            $(
                #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
                #[kserial(record = "called", note, carrier = "file")]
                #[repr(C)]
                pub(super) struct $name {
                    #[kserial(id = 1, default = 5)]
                    value: u64,
                }
            )*
        }

        #[test]
        fn a_struct_may_be_called_anything() {
            let shapes = [$(<called::$name as Record>::SHAPE),*];
            let defaults = |shape: kserial::Layout<'static>| -> Vec<Option<u64>> {
                shape.members().map(|member| member.default()).collect()
            };
            assert!(shapes.into_iter().all(|shape| defaults(shape) == [Some(5)]));
        }
    };
}

called! {
    Carrier Declared Err Error Field Kind Layout None Ok Option Path Piece Record Result Roles Some Step
}

/// Everything that the attributes say may come out of another macro.
macro_rules! word {
    ($ident:ident, $id:expr, $low:literal, $past:literal, $range:expr) => {
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = "word")]
        #[repr(C)]
        struct $ident {
            #[kserial(bits(id = $id, name = "low", at = $low..$past, range = $range))]
            word: u32,
            #[kserial(id = 1, range($range, 9))]
            other: u32,
        }
    };
}
word!(Word, 7, 2, 6, 1..=4);

#[test]
fn bits_and_ranges_may_come_out_of_a_macro() {
    let low = Word::SHAPE.member(Word::LOW).unwrap();
    assert_eq!((low.path().to_string(), low.bit(), low.bits()), ("7".to_owned(), 2, 4));
    let ranges = |path| -> Vec<(u64, u64)> {
        Word::SHAPE.intervals(path).map(|i| (i.low(), i.high())).collect()
    };
    assert_eq!(ranges(Word::LOW), [(1, 4)]);
    assert_eq!(ranges(Word::OTHER), [(1, 4), (9, 9)]);
}
