//! KSerial images in preserved memory.
//!
//! An image of one segment begins where its handle says. For more there is a root, itself an image
//! with the one table `kho-segment` of where the segments are.

use std::vec;
use std::vec::Vec;

use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::write::Written;
use super::{Memory, Missing, Walk, Wrong};
use crate::bits;
use crate::image::{segments, ImageError, WriteError, MAX_SEGMENT};
use crate::{Image, KSerial, Kind, Machine, Member, PhysAddr, Record, Room, Spec, Writer};

/// The first bytes of every image.
pub const MAGIC: [u8; 8] = *b"KSerial\0";

/// Where a segment of an image is.
#[derive(KSerial, Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "kho-segment", critical, required, crate = crate)]
#[repr(C)]
pub struct SegmentRow {
    /// Its first byte.
    #[kserial(id = 1)]
    pub at: PhysAddr,
}

/// An image in memory: where its segments are, and how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// The image that lists the segments, where there is one.
    pub root: Option<(PhysAddr, usize)>,
    /// The segments.
    pub segments: Vec<(PhysAddr, usize)>,
}

/// A table of an image, in short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// The record.
    pub record: std::string::String,
    /// How many rows it has.
    pub rows: usize,
}

/// Whether an image begins at `at`.
pub fn is_at(memory: &dyn Memory, at: PhysAddr) -> bool {
    let mut magic = [0; 8];
    memory.read(at, &mut magic).is_ok() && magic == MAGIC
}

impl Stored {
    /// Finds the segments of the image that begins at `at`.
    ///
    /// # Errors
    /// When its head, or that of its root, is damaged or not there.
    pub fn find(memory: &dyn Memory, at: PhysAddr) -> Result<Self, Wrong> {
        let lengths = lengths(memory, at)?;
        let [length] = lengths.as_slice() else {
            return Err(Wrong::Image("several segments and no root that lists them"));
        };
        let first = read(memory, at, *length)?;
        let parts = [first.as_slice()];
        let image = Image::inspect(&parts, crc32fast::hash).map_err(said)?;
        let mut tables = image.tables().map(|table| table.layout.record());
        if !tables.any(|record| record == SegmentRow::SHAPE.record()) {
            return Ok(Self { root: None, segments: vec![(at, *length)] });
        }
        let number = image.number();
        let image = image.verify().map_err(said)?;
        let mut room = Room::empty();
        let rows = image.table::<SegmentRow>(&mut room);
        let rows = rows.map_err(|_| Wrong::Image("a root whose table cannot be read"))?;
        let places: Vec<PhysAddr> = rows.iter().map(|row| row.at).collect();
        let head = places.first().ok_or(Wrong::Image("a root without segments"))?;
        if crate::image::number(&self::head(memory, *head)?).map_err(said)? != number {
            return Err(Wrong::Image("a root with the number of another image"));
        }
        let lengths = self::lengths(memory, *head)?;
        if lengths.len() != places.len() {
            return Err(Wrong::Image("a root that lists another number of segments"));
        }
        let segments = places.into_iter().zip(lengths).collect();
        Ok(Self { root: Some((at, *length)), segments })
    }

    /// The bytes of the segments.
    ///
    /// # Errors
    /// The address that is not there.
    pub fn bytes(&self, memory: &dyn Memory) -> Result<Vec<Vec<u8>>, Missing> {
        self.segments.iter().map(|(at, length)| read(memory, *at, *length)).collect()
    }

    /// Claims the pages of the image, and those that its rows name; says how many that is, and what
    /// tables there are.
    pub(crate) fn claim(&self, walk: &mut Walk<'_>, part: &str) -> (u64, Vec<Summary>) {
        let mut pages: u64 = 0;
        for (at, length) in self.root.iter().chain(&self.segments) {
            if let Err(wrong) = walk.visit(*at) {
                walk.faults.note(*at, part, wrong);
                return (pages, Vec::new());
            }
            let length = u64::try_from(*length).unwrap_or(u64::MAX);
            pages = pages.saturating_add(walk.claim(*at, length, part));
        }
        let at = self.segments.first().map_or(PhysAddr(0), |(at, _)| *at);
        let bytes = match self.bytes(walk.memory) {
            Ok(bytes) => bytes,
            Err(missing) => {
                walk.faults.note(missing.at, part, Wrong::Missing);
                return (pages, Vec::new());
            }
        };
        let parts: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
        let image = match Image::inspect(&parts, crc32fast::hash) {
            Ok(image) => image,
            Err(error) => {
                walk.faults.note(at, part, said(error));
                return (pages, Vec::new());
            }
        };
        let tables = image.tables();
        let tables = tables.map(|t| Summary { record: t.layout.record().into(), rows: t.rows });
        let tables = tables.collect();
        if let Err(error) = image.verify() {
            walk.faults.note(at, part, said(error));
        }
        for (layout, rows) in image.pieces() {
            let stride = super::rows::stride(layout).max(1);
            for member in layout.members().filter(names_memory) {
                for row in rows.chunks_exact(stride) {
                    let value = bits::load(row, member.bit(), member.bits());
                    let frame = match member.kind() {
                        Kind::Physical => walk.pages.frame(PhysAddr(value)),
                        _ => value,
                    };
                    // What a number means is only known to whoever wrote it: no fault.
                    if let Ok(key) = walk.preserved.claim(frame) {
                        pages = pages.saturating_add(key.pages());
                    }
                }
            }
        }
        (pages, tables)
    }
}

impl Stored {
    /// Writes an image to these places, and the root that lists them where there is one; as a kernel
    /// does that keeps it in several pieces of memory.
    ///
    /// # Errors
    /// When the segments are others than this has places for, or too many to do without a root.
    pub fn write(&self, memory: &mut Written, segments: &[Vec<u8>]) -> Result<(), Wrong> {
        let fits = |((_, length), bytes): (&(PhysAddr, usize), &Vec<u8>)| *length == bytes.len();
        if segments.len() != self.segments.len()
            || !self.segments.iter().zip(segments).all(fits)
            || (self.root.is_none() && segments.len() != 1)
        {
            return Err(Wrong::Image("other segments than it has places for"));
        }
        for ((at, _), bytes) in self.segments.iter().zip(segments) {
            memory.put(*at, bytes);
        }
        let Some((at, length)) = self.root else { return Ok(()) };
        let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        let image = Image::inspect(&parts, crc32fast::hash).map_err(said)?;
        // A root tells of no folios.
        let machine = Machine { max_order: 0, ..image.machine() };
        let root = self.list(machine, image.number(), length);
        memory.put(at, &root.map_err(|_| Wrong::Image("a root that is too short for its list"))?);
        Ok(())
    }

    /// The image that lists the segments.
    fn list(&self, machine: Machine, number: u32, length: usize) -> Result<Vec<u8>, WriteError> {
        let tables = [Spec::of::<SegmentRow>(self.segments.len())];
        let mut root = vec![0; length];
        let mut parts = [root.as_mut_slice()];
        let mut writer = Writer::new(&tables, machine, number, &mut parts, crc32fast::hash)?;
        let mut rows = writer.table::<SegmentRow>()?;
        for (at, _) in &self.segments {
            rows.push(&SegmentRow { at: *at })?;
        }
        rows.finish(&mut writer)?;
        writer.finish()?;
        Ok(root)
    }
}

/// Whether the member names memory: an address, or a frame number by its name.
fn names_memory(member: &Member<'_>) -> bool {
    !member.is_array() && (member.kind() == Kind::Physical || member.name() == "pfn")
}

/// The head of the image that begins at `at`.
fn head(memory: &dyn Memory, at: PhysAddr) -> Result<Vec<u8>, Wrong> {
    let mut head = [0; 64];
    memory.read(at, &mut head)?;
    let length = head.get(12..16).and_then(|word| word.first_chunk::<4>());
    let length = length.map_or(0, |word| u32::from_le_bytes(*word));
    let length = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(64);
    if length > MAX_SEGMENT {
        return Err(Wrong::Image("a head that is longer than a segment"));
    }
    Ok(read(memory, at, length)?)
}

/// The lengths of its segments.
fn lengths(memory: &dyn Memory, at: PhysAddr) -> Result<Vec<usize>, Wrong> {
    let head = head(memory, at)?;
    let lengths: Vec<usize> = segments(&head).map_err(said)?.collect();
    match lengths.iter().all(|length| *length <= MAX_SEGMENT) {
        true => Ok(lengths),
        false => Err(Wrong::Image("a segment that is too long")),
    }
}

fn read(memory: &dyn Memory, at: PhysAddr, length: usize) -> Result<Vec<u8>, Missing> {
    let mut bytes = vec![0; length];
    memory.read(at, &mut bytes)?;
    Ok(bytes)
}

fn said(error: ImageError) -> Wrong {
    Wrong::Damaged(std::format!("{error}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    #[test]
    fn a_root_with_the_number_of_another_image_leads_nowhere() {
        let machine =
            Machine { arch: Machine::X86_64, page_shift: 12, max_order: 0, encrypted: false };
        let [root, segment] = [(PhysAddr(0x1000), 4096), (PhysAddr(0x2000), 4096)];
        let stored = Stored { root: Some(root), segments: vec![segment] };
        let mut bytes = vec![0; 4096];
        let mut parts = [bytes.as_mut_slice()];
        Writer::new(&[], machine, 7, &mut parts, crc32fast::hash).unwrap().finish().unwrap();
        let mut memory = Written::default();
        stored.write(&mut memory, &[bytes]).unwrap();
        assert_eq!(Stored::find(&memory, root.0), Ok(stored.clone()));
        memory.put(root.0, &stored.list(machine, 8, root.1).unwrap());
        let another = Wrong::Image("a root with the number of another image");
        assert_eq!(Stored::find(&memory, root.0), Err(another));
    }
}
