//! The members of upstream's `memfd-v1`. Its array of folios, by address and length, is a table
//! here, so the IDs that the catalogue gives to the array are taken.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::memfd_folio::gen1::Folio;

/// A memfd as it crosses a live update.
#[derive(
    KSerial,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Debug,
    Default,
    FromBytes,
    IntoBytes,
    Immutable,
    KnownLayout,
)]
#[kserial(record = "memfd", retired(5 = "nr_folios", 6 = "folios"))]
#[repr(C)]
pub struct Memfd {
    /// The file's position.
    #[kserial(id = 1, unit = "bytes")]
    pub pos: u64,
    /// The file's size.
    #[kserial(id = 2, unit = "bytes")]
    pub size: u64,
    /// Its folios end here.
    #[kserial(id = 7)]
    pub folios: Rows<Folio>,
}
