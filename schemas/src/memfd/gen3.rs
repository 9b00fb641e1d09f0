//! Another order, narrower flags, and the order of the largest folio: a kernel without huge folios
//! reads what it never checked, and oopses.

use kserial::{KSerial, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::memfd_folio::gen3::Folio;

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
#[kserial(
    record = "memfd",
    retired(5 = "nr_folios", 6 = "folios"),
    lock = "locks/memfd.toml"
)]
#[repr(C)]
pub struct Memfd {
    /// The file's size.
    #[kserial(id = 2, unit = "bytes")]
    pub size: u64,
    /// The file's position.
    #[kserial(id = 1, unit = "bytes")]
    pub pos: u64,
    /// Its folios end here.
    #[kserial(id = 7)]
    pub folios: Rows<Folio>,
    /// `F_SEAL_…`. A kernel that cannot keep them must not take the file.
    #[kserial(id = 3, default = 0, critical)]
    pub seals: u32,
    /// None so far.
    #[kserial(id = 4, default = 0)]
    pub flags: u16,
    /// The order of the largest folio.
    #[kserial(id = 8, default = 0, critical)]
    pub max_order: u8,
    #[doc(hidden)]
    #[kserial(pad)]
    pub _pad: u8,
}
