//! Where the derive's code may stand: `kserial` under another path, structs out of other macros, names
//! that are keywords; and the note that it puts into this very program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::{KSerial, Record};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

mod deep {
    pub(crate) use kserial as state;
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "elsewhere", crate = crate::deep::state, note(reads, requires), carrier = "flb")]
#[repr(C)]
struct Elsewhere {
    #[kserial(id = 1)]
    value: u64,
}

macro_rules! records {
    ($($ident:ident = $name:literal { $($field:ident: $ty:ty = $id:literal),* })*) => {$(
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = $name)]
        #[repr(C)]
        struct $ident {
            $(#[kserial(id = $id, default = 1 + 1, range(0..=2, 7))] $field: $ty,)*
        }
    )*};
}

// The fields are called as the derive calls its own variables and constants.
records! {
    First = "first" { error: u32 = 1, gap: u32 = 2, r#type: u64 = 3 }
    Second = "second" { layout: u8 = 1, cells: u8 = 2, pieces: u8 = 3, head: u8 = 4 }
}

#[test]
fn macros_may_write_records() {
    let names = |shape: kserial::Layout<'static>| -> Vec<&'static str> {
        shape.members().map(|member| member.name()).collect()
    };
    assert_eq!(names(First::SHAPE), ["error", "gap", "type"]);
    assert_eq!(names(Second::SHAPE), ["layout", "cells", "pieces", "head"]);
    assert_eq!(First::SHAPE.member(First::TYPE).unwrap().default(), Some(2));
}

#[test]
#[cfg(target_os = "linux")]
fn the_note_lies_in_the_program_as_the_format_has_it() {
    use zerocopy::IntoBytes;

    let shape = Elsewhere::SHAPE;
    let cells = [shape.head().as_bytes(), shape.cells().as_bytes()].concat();
    let length = u32::try_from(8 + cells.len()).unwrap();
    let words = [8, length, 1].map(u32::to_ne_bytes).concat();
    // Version 1, reads and requires, carried by an FLB.
    let expected = [&words, &b"KSerial\0"[..], &[1, 2 | 4, 2, 0, 0, 0, 0, 0], &cells].concat();

    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let found = program.windows(expected.len()).position(|bytes| bytes == expected);
    assert_eq!(found.map(|offset| offset % 4), Some(0), "found, and aligned");
}
