//! Layouts as the derive emits them, against tables written by hand.

use core::mem::{offset_of, size_of};

use kserial::{KSerial, Kind, Path, PhysAddr, Record, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd-folio")]
#[repr(C, packed)]
struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "flags", at = 52..64))]
    word: u64,
    #[kserial(id = 3)]
    index: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "memfd", retired(3))]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, unit = "bytes")]
    size: u64,
    #[kserial(id = 2)]
    pos: u64,
    #[kserial(id = 4, default = 0, critical)]
    seals: u32,
    #[kserial(id = 5, default = 0)]
    flags: u32,
    #[kserial(id = 6)]
    folios: Rows<Folio>,
    #[kserial(id = 7, default = 0)]
    root: PhysAddr,
}

#[test]
fn first() {
    for m in Memfd::SHAPE.members() {
        println!("{m:?} {}", m.name());
    }
    assert_eq!(
        Memfd::SHAPE.member(Memfd::SEALS).unwrap().bit() as usize,
        offset_of!(Memfd, seals) * 8
    );
    assert_eq!(size_of::<Folio>(), 16);
    for m in Folio::SHAPE.members() {
        println!("{m:?} {}", m.name());
    }
    let _ = (Kind::Bool, Path::of(1));
}
