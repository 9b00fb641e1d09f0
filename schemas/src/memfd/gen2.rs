//! The members of upstream's `memfd-v2`: seals and flags.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::memfd_folio::gen2::Folio;

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
    /// `F_SEAL_…`. A kernel that cannot keep them must not take the file.
    #[kserial(id = 3, default = 0, critical)]
    pub seals: u32,
    /// None so far.
    #[kserial(id = 4, default = 0)]
    pub flags: u32,
    /// Its folios end here.
    #[kserial(id = 7)]
    pub folios: Rows<Folio>,
}
