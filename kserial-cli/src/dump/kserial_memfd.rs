//! Memfds that KSerial's own handler hands over: an image of one row and its folios, whichever
//! generation of the record its kernel wrote.

use kserial::kho::Key;
use kserial::{Image, KSerial, Room, Rows};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::extract::{ExtractError, Place};
use super::Dump;

/// What of a memfd its content needs, and what nobody may pass over.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-memfd", required)]
#[repr(C)]
struct Memfd {
    #[kserial(id = 1, unit = "bytes")]
    size: u64,
    #[kserial(id = 3, critical, default = 0)]
    seals: u64,
    #[kserial(id = 5)]
    folios: Rows<Folio>,
    #[kserial(id = 9, critical, default = 0)]
    purpose: u64,
}

#[derive(KSerial, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kserial-memfd-folio")]
#[repr(C)]
struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "order", at = 52..64))]
    word: u64,
    #[kserial(id = 3, unit = "pages")]
    index: u64,
}

/// A memfd's size in bytes, and its folios.
pub(super) struct Kept {
    pub(super) size: u64,
    pub(super) folios: Vec<Place>,
}

impl Kept {
    /// The memfd in an image.
    ///
    /// # Errors
    /// [`ExtractError::Image`]: that it holds none, or none that can be read here.
    pub(super) fn read(dump: &Dump, parts: &[&[u8]]) -> Result<Self, ExtractError> {
        let wrong = |error: &dyn std::fmt::Display| ExtractError::Image(error.to_string());
        let image = Image::inspect(parts, crc32fast::hash).map_err(|error| wrong(&error))?;
        let image = image.verify().map_err(|error| wrong(&error))?;
        let (mut room, mut folio_room) = (Room::empty(), Room::empty());
        let memfds = image.table::<Memfd>(&mut room).map_err(|error| wrong(&error))?;
        let folios = image.table::<Folio>(&mut folio_room).map_err(|error| wrong(&error))?;
        let mut preserved = dump.preserved.borrow_mut();
        let mut place = |folio: Folio| {
            let key = Key {
                frame: folio.word & ((1 << 52) - 1),
                // Twelve bits.
                order: u32::try_from(folio.word >> 52).unwrap_or(u32::MAX),
            };
            let is_preserved = preserved.covering(key.frame) == Some(key);
            Place { index: folio.index, key, is_preserved }
        };
        let mut rows = memfds.with(|memfd| memfd.folios, &folios);
        match (rows.next(), rows.next()) {
            (Some((memfd, folios)), None) => {
                Ok(Self { size: memfd.size, folios: folios.iter().map(&mut place).collect() })
            }
            _ => Err(ExtractError::Image("an image of a memfd has one row of it".to_owned())),
        }
    }
}
