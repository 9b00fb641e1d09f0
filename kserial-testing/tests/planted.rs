//! Mistakes that were planted, and must be found: by any bytes, not only by lucky ones.

#![allow(dead_code, reason = "rows are made and compared, not used")]

use kserial::{KSerial, Layout, Record, Rows};
use kserial_testing::{there_and_back, two_generations};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! record {
    ($ident:ident = $name:literal { $($(#[$of:meta])* $field:ident: $ty:ty,)* }) => {
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = $name)]
        #[repr(C)]
        struct $ident {
            $($(#[$of])* $field: $ty,)*
        }
    };
}

record! { Queue = "queue" {
    #[kserial(id = 1)] size: u64,
} }
record! { Later = "queue" {
    #[kserial(id = 2, default = 0, critical)] features: u32,
    #[kserial(id = 3, default = -1, critical, range(-1, 4..=9))] owner: i32,
    #[kserial(id = 4, open(off = 0, on = 1), default = 1)] mode: u16,
    #[kserial(id = 5, default = 0)] lanes: [u8; 6],
    #[kserial(id = 1, range = 1..=4096)] size: u64,
} }
record! { Required = "queue" {
    #[kserial(id = 1)] size: u64,
    #[kserial(id = 2)] depth: u64,
} }
record! { Renamed = "queues" {
    #[kserial(id = 1)] size: u64,
} }
record! { Parent = "parent" {
    #[kserial(id = 1, bool)] on: u64,
    #[kserial(id = 2)] queues: Rows<Queue>,
} }

/// A row of `Queue` whose writer leaves out half of its only member.
#[derive(Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
struct Forgetful(Queue);

impl Record for Forgetful {
    const SHAPE: Layout<'static> = Queue::SHAPE;
    const MASK: Option<&'static [u8]> = Some(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    type Steps = <Queue as Record>::Steps;
}

/// A row of `Later` whose writer leaves out its size.
#[derive(Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
struct Sizeless(Later);

impl Record for Sizeless {
    const SHAPE: Layout<'static> = Later::SHAPE;
    const MASK: Option<&'static [u8]> = Some(&{
        let mut mask = [0xff; 24];
        mask[16] = 0;
        mask[17] = 0;
        mask
    });
    type Steps = <Later as Record>::Steps;
}

/// Bytes of many kinds: none, all alike, and a sequence that repeats itself late.
fn inputs() -> Vec<Vec<u8>> {
    let sequence = (1..400_u32).map(|n| (n.wrapping_mul(0x9E37_79B1) >> 24) as u8).collect();
    vec![vec![], vec![0; 100], vec![0xff; 100], b"KSerial\0".to_vec(), sequence]
}

/// What is said of the mistake, for each of the inputs that find it.
fn said(attempt: fn(&[u8])) -> Vec<Option<String>> {
    let said = |bytes: Vec<u8>| {
        let caught = std::panic::catch_unwind(|| attempt(&bytes)).err()?;
        caught.downcast::<String>().ok().map(|text| *text)
    };
    inputs().into_iter().map(said).collect()
}

#[test]
fn generations_that_understand_each_other_pass() {
    for bytes in inputs() {
        two_generations::<Queue, Later>(&bytes);
        two_generations::<Parent, Parent>(&bytes);
        there_and_back::<Required, Queue>(&bytes);
    }
}

#[test]
fn a_row_that_is_not_written_whole_is_found() {
    let found = said(two_generations::<Forgetful, Queue>);
    assert_eq!(found.iter().flatten().count(), 3, "where a row has more than zeros: {found:?}");
    assert!(found.iter().flatten().all(|text| text.contains("what was written: row 0")));
}

#[test]
fn a_mistake_of_the_other_generation_is_found_on_the_way_back() {
    let found = said(there_and_back::<Queue, Sizeless>);
    assert!(found.iter().all(Option::is_some), "every size is at least 1: {found:?}");
}

#[test]
fn generations_that_do_not_understand_each_other_do_not_pass() {
    for found in
        [said(two_generations::<Queue, Required>), said(two_generations::<Required, Queue>)]
    {
        assert!(found.iter().flatten().all(|text| text.contains("no row can cross")));
        assert_eq!(found.iter().flatten().count(), inputs().len(), "{found:?}");
    }
}

#[test]
fn two_records_do_not_pass_for_one() {
    let found = said(two_generations::<Queue, Renamed>);
    assert_eq!(found.iter().flatten().count(), inputs().len(), "{found:?}");
}
