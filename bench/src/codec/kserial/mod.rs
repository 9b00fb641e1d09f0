//! KSerial: same layout, other layouts, verified or streamed, written for others.
//!
//! * [`memfd`], [`sessions`], [`pci`]: the three workloads.
//! * [`sum`]: what their checksums are computed with.
//! * [`transcode`]: rows of one layout into rows of another, as a host does it.
//!
//! In each file the first row type is what is written. The others are later or earlier versions of
//! it, so that a decode into them is one into another layout.

pub mod memfd;
pub mod pci;
pub mod sessions;
pub mod sum;
pub mod transcode;

use kserial::image::{segments, size, Size, MAX_SEGMENT};
use kserial::{Image, Machine, Spec};

/// The machine that writes and reads.
pub const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
/// The number of every image here.
pub const NUMBER: u32 = 0x5eed_1e55;

/// More segments than any workload has.
const SEGMENTS: usize = 64;

/// The image in `bytes`, opened, in a list of segments that the caller has on its stack.
fn open<'a>(bytes: &'a [u8], parts: &'a mut [&'a [u8]; SEGMENTS]) -> Image<'a> {
    let mut rest = bytes;
    let mut used = 0;
    for (place, length) in parts.iter_mut().zip(segments(bytes).expect("a head")) {
        let (part, more) = rest.split_at(length);
        (*place, rest) = (part, more);
        used += 1;
    }
    Image::open(&parts[..used], &HERE, sum::sum()).expect("an intact head")
}

/// Makes `buffer` as long as the image, and cuts it into segments.
fn cut<'b>(tables: &[Spec<'_>], buffer: &'b mut Vec<u8>) -> Vec<&'b mut [u8]> {
    let size: Size = size(tables, MAX_SEGMENT).expect("tables that fit");
    buffer.resize(size.bytes(), 0);
    buffer.chunks_mut(size.segment).collect()
}

fn writer<'m, 's>(
    tables: &'s [Spec<'s>],
    parts: &'s mut [&'m mut [u8]],
) -> kserial::Writer<'m, 's> {
    kserial::Writer::new(tables, HERE, NUMBER, parts, sum::sum()).expect("tables that fit")
}

const CHANGED: &str = "what was written is read again";
