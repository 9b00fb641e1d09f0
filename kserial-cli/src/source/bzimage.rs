//! Finding the kernel in a bzImage.
//!
//! A bzImage is a boot sector, code that sets the machine up, and code that unpacks and starts the
//! payload: the vmlinux, stripped of symbols and debug information, compressed, and followed by its
//! unpacked length in four bytes. A header in the first sector (the x86 boot protocol, 2.08 and
//! later) says where the payload lies.

use bytes::Bytes;

use super::error::{Place, Problem, SourceError};
use super::unpack::{unpack, Format, Packing, CAP};

// Offsets of the setup header's fields (Documentation/arch/x86/boot.rst).
const SETUP_SECTS: usize = 0x1f1;
const BOOT_FLAG: usize = 0x1fe;
const HEADER: usize = 0x202;
const VERSION: usize = 0x206;
const PAYLOAD_OFFSET: usize = 0x248;
const PAYLOAD_LENGTH: usize = 0x24c;

/// The version of the protocol that brought the two fields of the payload.
const PAYLOAD_SINCE: u16 = 0x208;

/// Whether these bytes begin as a bzImage does.
pub(super) fn is_bzimage(file: &[u8]) -> bool {
    take(file, HEADER) == Some(b"HdrS") && take(file, BOOT_FLAG) == Some(&[0x55, 0xaa])
}

/// The vmlinux in a bzImage, how it was compressed, and the place to name in errors about it.
pub(super) fn payload(
    file: &Bytes,
    place: &Place,
) -> Result<(Bytes, Option<Format>, Place), SourceError> {
    let cut = || {
        place.at(file.len() as u64).error(Problem::PayloadOutside {
            end: PAYLOAD_LENGTH as u64 + 4,
            len: file.len() as u64,
        })
    };
    let version = u16::from_le_bytes(*take(file, VERSION).ok_or_else(cut)?);
    if version < PAYLOAD_SINCE {
        return Err(place.at(VERSION as u64).error(Problem::BootProtocol(version)));
    }
    let sectors = match *take::<1>(file, SETUP_SECTS).ok_or_else(cut)? {
        // For the sake of very old loaders.
        [0] => 4,
        [sectors] => u64::from(sectors),
    };
    let field = |at| take(file, at).map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    let offset = field(PAYLOAD_OFFSET).ok_or_else(cut)?;
    let length = field(PAYLOAD_LENGTH).ok_or_else(cut)?;
    let start = (sectors + 1) * 512 + offset;
    let outside = || {
        let problem = Problem::PayloadOutside { end: start + length, len: file.len() as u64 };
        place.at(PAYLOAD_OFFSET as u64).error(problem)
    };
    let start_at = usize::try_from(start).map_err(|_| outside())?;
    let end_at = usize::try_from(start + length).map_err(|_| outside())?;
    if end_at > file.len() {
        return Err(outside());
    }
    let packed = file.slice(start_at..end_at);

    let format = match Packing::of(&packed) {
        Packing::Plain if packed.starts_with(b"\x7fELF") => {
            return Ok((packed, None, place.part("payload")));
        }
        Packing::Plain => return Err(place.at(start).error(Problem::UnknownKind)),
        Packing::Unsupported(name) => {
            return Err(place.at(start).error(Problem::UnsupportedCompression(name)));
        }
        Packing::In(format) => format,
    };
    let inside = place.part(format!("{format} payload"));
    // The build appends the length to every format but gzip, which ends with it anyway.
    let body = packed.len().saturating_sub(4);
    let noted = take(&packed, body).map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let stream = if format == Format::Gzip { &packed[..] } else { &packed[..body] };
    let unpacked = unpack(stream, format, Some(noted), CAP, &inside)?;
    if unpacked.len() as u64 != u64::from(noted) {
        let found = unpacked.len() as u64;
        return Err(inside.error(Problem::LengthDiffers { noted, found }));
    }
    Ok((unpacked, Some(format), inside))
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}
