//! bzImages: a boot header, a payload, and the payload's length behind it.

use std::io::Write;

/// The compressions that a kernel can be built with and that are undone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Packed {
    Stored,
    Gzip,
    Xz,
    Lzma,
    Zstd,
    Lz4,
}

pub(crate) const ALL: [Packed; 6] =
    [Packed::Stored, Packed::Gzip, Packed::Xz, Packed::Lzma, Packed::Zstd, Packed::Lz4];

/// A bzImage of this vmlinux.
pub(crate) fn bzimage(vmlinux: &[u8], packed: Packed) -> Vec<u8> {
    with_payload(&payload(vmlinux, packed))
}

/// A bzImage with this payload.
pub(crate) fn with_payload(payload: &[u8]) -> Vec<u8> {
    // The layout of Debian's 7.3.4: 27 sectors of setup code, the payload 0x3c4 behind them.
    let (sectors, offset) = (27, 0x3c4);
    let mut out = vec![0x90; (sectors + 1) * 512 + offset];
    out[..2].copy_from_slice(b"MZ");
    out[0x1f1] = sectors as u8;
    out[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    out[0x202..0x206].copy_from_slice(b"HdrS");
    out[0x206..0x208].copy_from_slice(&[0x0f, 0x02]);
    out[0x248..0x24c].copy_from_slice(&(offset as u32).to_le_bytes());
    out[0x24c..0x250].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend(payload);
    // What unpacks it follows.
    out.extend([0xcc; 333]);
    out
}

/// What the kernel's build makes of a vmlinux: `cmd_…_with_size` of scripts/Makefile.lib, but for
/// gzip, whose format ends with the length.
pub(crate) fn payload(vmlinux: &[u8], packed: Packed) -> Vec<u8> {
    let mut out = compressed(vmlinux, packed);
    if !matches!(packed, Packed::Stored | Packed::Gzip) {
        out.extend((vmlinux.len() as u32).to_le_bytes());
    }
    out
}

pub(crate) fn compressed(bytes: &[u8], packed: Packed) -> Vec<u8> {
    use liblzma::stream::{Check, Filters, LzmaOptions, Stream};
    match packed {
        Packed::Stored => bytes.to_vec(),
        Packed::Gzip => {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            out.write_all(bytes).and_then(|()| out.finish()).expect("gzip")
        }
        Packed::Xz => {
            // xz_wrap.sh: --check=crc32 --x86 --lzma2=…
            let options = LzmaOptions::new_preset(6).expect("options");
            let mut filters = Filters::new();
            filters.x86().lzma2(&options);
            let stream = Stream::new_stream_encoder(&filters, Check::Crc32).expect("xz");
            lzma(bytes, stream)
        }
        Packed::Lzma => {
            let options = LzmaOptions::new_preset(6).expect("options");
            lzma(bytes, Stream::new_lzma_encoder(&options).expect("lzma"))
        }
        Packed::Zstd => zstd::stream::encode_all(bytes, 19).expect("zstd"),
        Packed::Lz4 => {
            // The legacy frame: its magic number, then blocks of 8 MiB, each with its length.
            let mut out = 0x184c_2102u32.to_le_bytes().to_vec();
            for block in bytes.chunks(8 << 20) {
                let block = lz4_flex::block::compress(block);
                out.extend((block.len() as u32).to_le_bytes());
                out.extend(block);
            }
            out
        }
    }
}

fn lzma(bytes: &[u8], stream: liblzma::stream::Stream) -> Vec<u8> {
    let mut out = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    out.write_all(bytes).and_then(|()| out.finish()).expect("xz")
}
