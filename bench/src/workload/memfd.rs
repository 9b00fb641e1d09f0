//! W1: the folios of a memory file, a million rows of 16 bytes.

use versionize::{VersionMap, Versionize, VersionizeResult};

use super::Numbers;

/// Rows in the measured workload.
pub const FOLIOS: usize = 1_000_000;

/// A page frame number of 52 bits, 12 bits of flags, and where the folio lies in the file.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    bincode::Encode,
    bincode::Decode,
    rkyv::Archive,
    rkyv::Serialize,
    savefile_derive::Savefile,
    minicbor::Encode,
    minicbor::Decode,
    wincode::SchemaWrite,
    wincode::SchemaRead,
    versionize_derive::Versionize,
    zerocopy::FromBytes,
    zerocopy::IntoBytes,
    zerocopy::Immutable,
    zerocopy::KnownLayout,
)]
#[repr(C)]
pub struct Folio {
    #[n(0)]
    pub pfn_flags: u64,
    #[n(1)]
    pub index: u64,
}

/// Bits of [`Folio::pfn_flags`] that are the page frame number; the others are flags.
pub const PFN_BITS: u32 = 52;

/// The workload.
pub type Folios = Vec<Folio>;

/// Bytes of the payload: what one `memcpy` would move.
pub fn payload(folios: &Folios) -> usize {
    size_of_val(folios.as_slice())
}

/// `rows` folios. Frame numbers stay below 2^48, so that a reader with fewer bits can take them.
pub fn generate(seed: u64, rows: usize) -> Folios {
    let mut numbers = Numbers::seeded(seed);
    (0..rows as u64)
        .map(|n| Folio {
            pfn_flags: numbers.below(1 << 48) | numbers.below(1 << 12) << PFN_BITS,
            index: n * 512 + numbers.below(512),
        })
        .collect()
}

/// What a row contributes to the sum.
#[inline]
pub fn sum(pfn_flags: u64, index: u64) -> u64 {
    fields(pfn_flags & ((1 << PFN_BITS) - 1), pfn_flags >> PFN_BITS, index)
}

/// The same, once the bits are taken apart.
#[inline]
pub fn fields(pfn: u64, flags: u64, index: u64) -> u64 {
    pfn.wrapping_add(flags << 1).wrapping_add(index << 2)
}

/// The reference.
pub fn reference(folios: &Folios) -> u64 {
    folios.iter().map(|f| sum(f.pfn_flags, f.index)).fold(0, u64::wrapping_add)
}
