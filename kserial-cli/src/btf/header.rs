//! The BTF header, in both of its generations.
//!
//! 24 bytes until Linux 7.1: magic, version, flags, the header's length, then offset and length of
//! the types and of the strings. Linux 7.2 appended offset and length of a third section, the
//! *layouts*: for every kind of type the length of its record, so that a reader can step over
//! kinds that are newer than itself. Offsets count from the end of the header, whatever its length.

use std::ops::Range;

use super::error::Problem;
use super::kind::{Kind, Tail};

const MAGIC: u16 = 0xeb9f;
const OLD_LEN: u32 = 24;
const NEW_LEN: u32 = 32;

/// The header, checked: every section lies within the bytes.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) big_endian: bool,
    pub(super) types: Range<usize>,
    pub(super) strings: Range<usize>,
    /// Empty where the BTF brings none.
    pub(super) layouts: Vec<Tail>,
}

/// Something wrong at an offset.
pub(super) type At = (u64, Problem);

impl Header {
    pub(super) fn parse(data: &[u8]) -> Result<Self, At> {
        let Some(&[m0, m1, version, _flags]) = data.first_chunk::<4>() else {
            return Err((0, Problem::HeaderCut));
        };
        let big_endian = match (u16::from_le_bytes([m0, m1]), u16::from_be_bytes([m0, m1])) {
            (MAGIC, _) => false,
            (_, MAGIC) => true,
            _ => return Err((0, Problem::NotBtf)),
        };
        if version != 1 {
            return Err((2, Problem::Version(version)));
        }
        let field = |at| word(data, at, big_endian).ok_or((at as u64, Problem::HeaderCut));
        let len = field(4)?;
        if len != OLD_LEN && len < NEW_LEN {
            return Err((4, Problem::HeaderLength(len)));
        }
        // Only what the header's own length covers is header.
        let end = usize::try_from(len).ok().filter(|&end| end <= data.len());
        let end = end.ok_or((data.len() as u64, Problem::HeaderCut))?;

        let section = |at: usize, name| -> Result<Range<usize>, At> {
            let outside = (at as u64, Problem::SectionOutside(name));
            let (offset, len) = (field(at)?, field(at + 4)?);
            let start = (end as u64).checked_add(u64::from(offset)).ok_or(outside)?;
            let stop = start.checked_add(u64::from(len)).ok_or(outside)?;
            let range = usize::try_from(start).ok().zip(usize::try_from(stop).ok());
            let (start, stop) = range.filter(|&(_, stop)| stop <= data.len()).ok_or(outside)?;
            Ok(start..stop)
        };
        let types = section(8, "types")?;
        let strings = section(16, "strings")?;
        if field(8)? % 4 != 0 {
            return Err((8, Problem::SectionUnaligned("types")));
        }
        let layouts = if len >= NEW_LEN && field(28)? != 0 {
            if field(24)? % 4 != 0 || field(28)? % 4 != 0 {
                return Err((24, Problem::SectionUnaligned("layouts")));
            }
            layouts(data, section(24, "layouts")?)?
        } else {
            Vec::new()
        };
        Ok(Header { big_endian, types, strings, layouts })
    }
}

/// The table of layouts: four bytes a kind, of which the last two are flags without a meaning yet.
fn layouts(data: &[u8], range: Range<usize>) -> Result<Vec<Tail>, At> {
    let start = range.start;
    let mut layouts = Vec::new();
    // A kind has seven bits.
    for (number, entry) in (0..128u8).zip(data[range].chunks_exact(4)) {
        let tail = Tail { once: entry[0], each: entry[1] };
        let at = (start + usize::from(number) * 4) as u64;
        if !tail.once.is_multiple_of(4) || !tail.each.is_multiple_of(4) {
            return Err((at, Problem::LayoutUneven { kind: number }));
        }
        if Kind::of(number).tail().is_some_and(|known| known != tail) {
            return Err((at, Problem::LayoutContradicts { kind: number }));
        }
        layouts.push(tail);
    }
    Ok(layouts)
}

/// Four bytes at an offset, in the byte order of the BTF.
pub(super) fn word(data: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let bytes = *data.get(at..)?.first_chunk::<4>()?;
    Some(if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
}
