// SPDX-License-Identifier: GPL-2.0

//! The records `memfd` and `memfd-folio`, the former in two generations.
//!
//! The second differs from the first in every way that a record may change: a member inserted, one
//! removed, one widened, the order changed, and a member added that an older kernel must not miss.

use kernel::prelude::*;
use kserial::{KSerial, Rows};
use liveupdate::not_supported;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Bytes of a memfd's name with its NUL.
pub(crate) const NAME: usize = 64;

/// `F_SEAL_SEAL` to `F_SEAL_EXEC`: what this kernel can set again.
pub(crate) const SEALS: u32 = 0x3f;

/// A memfd as it crosses a live update.
#[cfg(generation = "1")]
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-memfd", carrier = "file", note)]
#[repr(C)]
pub(crate) struct Memfd {
    #[kserial(id = 1, unit = "bytes")]
    pub(crate) size: u64,
    #[kserial(id = 2, unit = "bytes")]
    pub(crate) position: u64,
    /// `F_SEAL_*` bits, as they are at the freeze.
    #[kserial(id = 3, critical, default = 0)]
    pub(crate) seals: u32,
    /// What was never used.
    #[kserial(id = 4, default = 0)]
    pub(crate) flags: u32,
    #[kserial(id = 5)]
    pub(crate) folios: Rows<Folio>,
    #[kserial(id = 6, text)]
    pub(crate) name: [u8; NAME],
    /// Permission bits.
    #[kserial(id = 7, default = 0o777, range = 0..=0o777)]
    pub(crate) mode: u32,
    #[kserial(pad)]
    pub(crate) pad: [u8; 4],
}

/// A memfd as it crosses a live update.
#[cfg(generation = "2")]
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-memfd", retired(4 = "flags"), carrier = "file", note)]
#[repr(C)]
pub(crate) struct Memfd {
    #[kserial(id = 6, text)]
    pub(crate) name: [u8; NAME],
    #[kserial(id = 1, unit = "bytes")]
    pub(crate) size: u64,
    /// `F_SEAL_*` bits, as they are at the freeze.
    #[kserial(id = 3, critical, default = 0)]
    pub(crate) seals: u64,
    /// The largest order of its folios.
    #[kserial(id = 8, default = 0)]
    pub(crate) order: u32,
    /// Permission bits.
    #[kserial(id = 7, default = 0o777, range = 0..=0o777)]
    pub(crate) mode: u32,
    #[kserial(id = 2, unit = "bytes")]
    pub(crate) position: u64,
    #[kserial(id = 5)]
    pub(crate) folios: Rows<Folio>,
    /// The user's word for what the file is to the guest; a kernel that cannot keep it must not
    /// take the file.
    #[kserial(id = 9, default = 0, critical)]
    pub(crate) purpose: u64,
}

/// A folio of a memfd, in the 16 bytes that upstream gives it.
#[derive(KSerial, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-memfd-folio", note)]
#[repr(C)]
pub(crate) struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "order", at = 52..64))]
    word: u64,
    /// Where in the file it lies.
    #[kserial(id = 3, unit = "pages")]
    pub(crate) index: u64,
}

impl Folio {
    pub(crate) fn new(pfn: u64, order: u8, index: u64) -> Self {
        Self { word: pfn | u64::from(order) << 52, index }
    }
}

/// What a live memfd says of itself; what may change until the freeze is read again there.
pub(crate) struct State<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) size: u64,
    pub(crate) position: u64,
    pub(crate) seals: u32,
    pub(crate) mode: u32,
    #[cfg_attr(generation = "1", allow(dead_code, reason = "its record has no order"))]
    pub(crate) order: u8,
    pub(crate) folios: u64,
}

impl Memfd {
    /// The row for a memfd.
    ///
    /// # Errors
    ///
    /// `E2BIG` for a name that the record has no room for; `EOPNOTSUPP` for seals that came after this
    /// was written: the next kernel would refuse the file where nothing can be done about it.
    pub(crate) fn of(state: &State<'_>) -> Result<Self> {
        if state.seals & !SEALS != 0 {
            return Err(not_supported());
        }
        let mut name = [0; NAME];
        let room = name.get_mut(..state.name.len()).filter(|room| room.len() < NAME);
        room.ok_or(E2BIG)?.copy_from_slice(state.name);
        Ok(Self {
            name,
            size: state.size,
            position: state.position,
            seals: state.seals.into(),
            mode: state.mode,
            folios: Rows::up_to(state.folios),
            #[cfg(generation = "1")]
            flags: 0,
            #[cfg(generation = "1")]
            pad: [0; 4],
            #[cfg(generation = "2")]
            order: state.order.into(),
            #[cfg(generation = "2")]
            purpose: purpose(state.name),
        })
    }
}

/// `kserial:purpose=7:…` is how userspace says it until there is a better way.
#[cfg(generation = "2")]
fn purpose(name: &[u8]) -> u64 {
    let word = name.strip_prefix(b"kserial:purpose=").and_then(|rest| rest.first());
    word.filter(|digit| digit.is_ascii_digit()).map_or(0, |digit| (digit - b'0').into())
}
