//! Undoing the compression of a kernel or module, with a cap on what comes out.

use std::fmt;
use std::io::{self, Read};

use bytes::Bytes;

use super::error::{Place, Problem, SourceError};

/// The most that is ever held in memory. Kernels have 30 to 90 MiB, with debug information 450.
pub(super) const CAP: u64 = 1 << 30;

/// A compression that kernels and modules come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// gzip (`CONFIG_KERNEL_GZIP`, `.gz`)
    Gzip,
    /// xz, in kernels with a filter for machine code (`CONFIG_KERNEL_XZ`, `.xz`)
    Xz,
    /// lzma alone (`CONFIG_KERNEL_LZMA`)
    Lzma,
    /// zstd (`CONFIG_KERNEL_ZSTD`, `.zst`)
    Zstd,
    /// lz4, in kernels in its legacy frame (`CONFIG_KERNEL_LZ4`)
    Lz4,
}

/// What a file's first bytes say of its compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    In(Format),
    /// Known by name, not undone here.
    Unsupported(&'static str),
}

impl Packing {
    pub(super) fn of(bytes: &[u8]) -> Self {
        const MAGICS: [(&[u8], Packing); 8] = [
            (b"\x1f\x8b", Packing::In(Format::Gzip)),
            (b"\xfd7zXZ\0", Packing::In(Format::Xz)),
            (b"\x28\xb5\x2f\xfd", Packing::In(Format::Zstd)),
            (b"\x02\x21\x4c\x18", Packing::In(Format::Lz4)),
            (b"\x04\x22\x4d\x18", Packing::In(Format::Lz4)),
            (b"\x5d\0\0", Packing::In(Format::Lzma)),
            (b"BZh", Packing::Unsupported("bzip2")),
            (b"\x89LZO\0\r\n\x1a\n", Packing::Unsupported("lzo")),
        ];
        let found = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic));
        found.map_or(Packing::Plain, |&(_, packing)| packing)
    }
}

/// Unpacks one stream and leaves alone what follows it. `expected` is a length that someone claims,
/// for reserving memory only; `cap` is the most that may come out.
pub(super) fn unpack(
    packed: &[u8],
    format: Format,
    expected: Option<u32>,
    cap: u64,
    place: &Place,
) -> Result<Bytes, SourceError> {
    let capped = |reader: &mut dyn Read| {
        let mut out = Vec::new();
        // Memory that is reserved and not touched costs nothing; a false claim gains nothing.
        let reserve = u64::from(expected.unwrap_or(0)).min(cap);
        out.try_reserve(usize::try_from(reserve).unwrap_or(0)).map_err(io::Error::from)?;
        reader.take(cap + 1).read_to_end(&mut out)?;
        Ok(out)
    };
    let unpacked = match format {
        Format::Gzip => capped(&mut flate2::bufread::GzDecoder::new(packed)),
        // In one go where the length is known, which spares a copy of everything.
        Format::Zstd if expected.is_some_and(|len| u64::from(len) <= cap) => {
            zstd::bulk::decompress(packed, expected.unwrap_or(0) as usize)
        }
        Format::Zstd => zstd::stream::read::Decoder::with_buffer(packed)
            .and_then(|decoder| capped(&mut decoder.single_frame())),
        Format::Lz4 => capped(&mut lz4_flex::frame::FrameDecoder::new(packed)),
        Format::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(MEMORY, 0);
            stream.map_err(io::Error::from).and_then(|stream| {
                capped(&mut liblzma::bufread::XzDecoder::new_stream(packed, stream))
            })
        }
        Format::Lzma => {
            let stream = liblzma::stream::Stream::new_lzma_decoder(MEMORY);
            stream.map_err(io::Error::from).and_then(|stream| {
                capped(&mut liblzma::bufread::XzDecoder::new_stream(packed, stream))
            })
        }
    };
    let unpacked: Vec<u8> =
        unpacked.map_err(|error| place.error(Problem::Corrupt(format, error)))?;
    if unpacked.len() as u64 > cap {
        return Err(place.error(Problem::TooLarge { cap }));
    }
    Ok(unpacked.into())
}

/// What a decoder of xz may take for its dictionary: `xzkern` uses up to 128 MiB.
const MEMORY: u64 = 256 << 20;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Gzip => "gzip",
            Format::Xz => "xz",
            Format::Lzma => "lzma",
            Format::Zstd => "zstd",
            Format::Lz4 => "lz4",
        })
    }
}
