//! A record of hundreds of cells, which the compiler takes for an endless loop unless it is told.

use kserial::{KSerial, Record};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

macro_rules! record {
    ($ident:ident = $name:literal { $($field:ident: $ty:ty = $id:literal $how:ident),* }) => {
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = $name)]
        #[repr(C)]
        struct $ident {
            $(#[kserial(id = $id, $how)] $field: $ty,)*
        }
    };
}

record! {
    Eight = "eight" {
        a: u8 = 1 sensitive, b: u8 = 2 sensitive, c: u8 = 3 sensitive, d: u8 = 4 sensitive,
        e: u8 = 5 sensitive, f: u8 = 6 sensitive, g: u8 = 7 sensitive, h: u8 = 8 sensitive
    }
}
record! {
    Fifty = "fifty" {
        a: Eight = 1 nested, b: Eight = 2 nested, c: Eight = 3 nested, d: Eight = 4 nested,
        e: Eight = 5 nested, f: [u8; 10800] = 65535 sensitive
    }
}
record! {
    Large = "large" {
        a: Fifty = 1 nested, b: Fifty = 2 nested, c: Fifty = 3 nested, d: Fifty = 4 nested,
        e: Fifty = 5 nested, f: Fifty = 6 nested
    }
}

#[test]
fn large_records_compile() {
    assert_eq!(Large::SHAPE.cells().len(), 6 * (1 + 5 * (1 + 8) + 1));
    assert_eq!(Large::SHAPE.row() as usize, size_of::<Large>());
}
