//! W1 as a table of folios.

use kserial::image::Members;
use kserial::{KSerial, Plan, Record, Room, Spec, Steps};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use super::{cut, open, writer, CHANGED, SEGMENTS};
use crate::workload::memfd as w;
use crate::workload::memfd::Folios;

/// The row that is written: byte for byte what the program holds.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, Default)]
#[kserial(record = "folio")]
#[repr(C)]
pub struct Folio {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "flags", at = 52..64))]
    pfn_flags: u64,
    #[kserial(id = 3)]
    index: u64,
}

/// A version with two members more, so that rows are longer and `index` lies elsewhere.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, Default)]
#[kserial(record = "folio")]
#[repr(C)]
pub struct Longer {
    #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "flags", at = 52..64))]
    pub(super) pfn_flags: u64,
    #[kserial(id = 4, default = 0)]
    pub(super) order: u32,
    #[kserial(id = 5, default = 0)]
    pub(super) node: u32,
    #[kserial(id = 3)]
    pub(super) index: u64,
}

/// A version that splits the same 64 bits elsewhere: every `pfn` has to be checked and moved.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, Default)]
#[kserial(record = "folio")]
#[repr(C)]
pub struct Split {
    #[kserial(bits(id = 1, name = "pfn", at = 0..48), bits(id = 2, name = "flags", at = 48..64))]
    pfn_flags: u64,
    #[kserial(id = 3)]
    index: u64,
}

/// The row as it is written, with a range that every row of every block is held against.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, Default)]
#[kserial(record = "folio")]
#[repr(C)]
pub struct Ranged {
    #[kserial(
        bits(id = 1, name = "pfn", at = 0..52, range = 0..=0xffff_ffff_ffff),
        bits(id = 2, name = "flags", at = 52..64)
    )]
    pfn_flags: u64,
    #[kserial(id = 3)]
    index: u64,
}

/// What a version of the row contributes to the sum.
pub trait Row: Record + Copy + Default {
    fn sum(&self) -> u64;
}

impl Row for Folio {
    #[inline]
    fn sum(&self) -> u64 {
        w::sum(self.pfn_flags, self.index)
    }
}

impl Row for Ranged {
    #[inline]
    fn sum(&self) -> u64 {
        w::sum(self.pfn_flags, self.index)
    }
}

impl Row for Longer {
    #[inline]
    fn sum(&self) -> u64 {
        let new = u64::from(self.order) + u64::from(self.node);
        w::sum(self.pfn_flags, self.index).wrapping_add(new)
    }
}

impl Row for Split {
    #[inline]
    fn sum(&self) -> u64 {
        w::fields(self.pfn_flags & 0xffff_ffff_ffff, self.pfn_flags >> 48, self.index)
    }
}

#[inline]
fn sum_of<T: Row>(rows: &[T]) -> u64 {
    rows.iter().map(T::sum).fold(0, u64::wrapping_add)
}

/// The program's rows as rows of a record, which they are byte for byte.
fn rows_of<T: Record>(folios: &Folios) -> &[T] {
    let bytes = folios.as_slice().as_bytes();
    <[T]>::ref_from_bytes(bytes).expect("the same layout")
}

/// Writes the folios as rows of `T`.
fn encode_as<T: Row>(folios: &Folios, buffer: &mut Vec<u8>) {
    let tables = [Spec::of::<T>(folios.len())];
    let mut parts = cut(&tables, buffer);
    let mut image = writer(&tables, &mut parts);
    let mut table = image.table::<T>().expect("announced");
    table.extend(rows_of(folios)).expect("as many as announced");
    table.finish(&mut image).expect("filled");
    image.finish().expect("filled");
}

/// Writes the folios.
pub fn encode(folios: &Folios, buffer: &mut Vec<u8>) {
    encode_as::<Folio>(folios, buffer);
}

/// Writes the folios, each held against a range.
pub fn encode_ranged(folios: &Folios, buffer: &mut Vec<u8>) {
    encode_as::<Ranged>(folios, buffer);
}

/// Writes the folios in the layout that another version reads.
pub fn encode_for_longer(folios: &Folios, buffer: &mut Vec<u8>) {
    let mut room = Steps::empty();
    let plan = Plan::writing::<Folio>(Longer::SHAPE, &mut room).expect("compatible");
    let tables = [Spec::like(Longer::SHAPE, folios.len())];
    let mut parts = cut(&tables, buffer);
    let mut image = writer(&tables, &mut parts);
    let mut table = image.table_for::<Folio>(plan).expect("announced");
    table.extend(rows_of(folios)).expect("as many as announced");
    table.finish(&mut image).expect("filled");
    image.finish().expect("filled");
}

/// Rows in the scratch of a decode.
const SCRATCH: usize = 256;

/// Sums an image as rows of `T`, each block checked just before its rows are used.
fn stream_as<T: Row>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let mut room = Room::empty();
    let mut stream = image.stream::<T>(&mut room).expect("compatible");
    let mut scratch = [T::default(); SCRATCH];
    let mut sum: u64 = 0;
    while let Some(rows) = stream.next(&mut scratch).expect(CHANGED) {
        sum = sum.wrapping_add(sum_of(rows));
    }
    sum
}

/// Sums an image as rows of `T`, all of it verified first.
fn verified_as<T: Row>(bytes: &[u8]) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts).verify().expect(CHANGED);
    let mut room = Room::empty();
    let table = image.table::<T>(&mut room).expect("compatible");
    let mut scratch = [T::default(); SCRATCH];
    let mut runs = table.runs(&mut scratch).expect("room");
    let mut sum: u64 = 0;
    while let Some(rows) = runs.next() {
        sum = sum.wrapping_add(sum_of(rows));
    }
    sum
}

/// Sums an image as members selected of rows of `T`, each block checked just before.
fn selected_as<T: Row, M: Members>(bytes: &[u8], paths: M::Paths, sum: impl Fn(M) -> u64) -> u64 {
    let mut parts = [&[][..]; SEGMENTS];
    let image = open(bytes, &mut parts);
    let mut room = Room::empty();
    let stream = image.stream::<T>(&mut room).expect("compatible");
    let mut selected = stream.select::<M>(paths).expect("members of the row");
    let mut total: u64 = 0;
    while let Some(rows) = selected.next().expect(CHANGED) {
        total = rows.map(&sum).fold(total, u64::wrapping_add);
    }
    total
}

/// Same layout, block by block, selected members.
pub fn decode_sum_selected(bytes: &[u8]) -> u64 {
    let paths = (Folio::PFN, Folio::FLAGS, Folio::INDEX);
    selected_as::<Folio, (u64, u64, u64)>(bytes, paths, |(pfn, flags, index)| {
        w::fields(pfn, flags, index)
    })
}

/// Another layout, selected members.
pub fn decode_sum_longer_selected(bytes: &[u8]) -> u64 {
    let paths = (Longer::PFN, Longer::FLAGS, Longer::ORDER, Longer::NODE, Longer::INDEX);
    selected_as::<Longer, (u64, u64, u32, u32, u64)>(
        bytes,
        paths,
        |(pfn, flags, order, node, index)| {
            let new = u64::from(order) + u64::from(node);
            w::fields(pfn, flags, index).wrapping_add(new)
        },
    )
}

/// Another layout that splits bit fields anew, selected members.
pub fn decode_sum_split_selected(bytes: &[u8]) -> u64 {
    let paths = (Split::PFN, Split::FLAGS, Split::INDEX);
    selected_as::<Split, (u64, u64, u64)>(bytes, paths, |(pfn, flags, index)| {
        w::fields(pfn, flags, index)
    })
}

/// Same layout, block by block.
pub fn decode_sum(bytes: &[u8]) -> u64 {
    stream_as::<Folio>(bytes)
}

/// Same layout, verified first.
pub fn decode_sum_verified(bytes: &[u8]) -> u64 {
    verified_as::<Folio>(bytes)
}

/// Same layout with a range, block by block.
pub fn decode_sum_ranged(bytes: &[u8]) -> u64 {
    stream_as::<Ranged>(bytes)
}

/// Another layout, as `&[T]` through the scratch.
pub fn decode_sum_longer(bytes: &[u8]) -> u64 {
    stream_as::<Longer>(bytes)
}

/// Another layout, verified first, then as `&[T]` through the scratch.
pub fn decode_sum_longer_verified(bytes: &[u8]) -> u64 {
    verified_as::<Longer>(bytes)
}

/// Another layout that splits bit fields anew.
pub fn decode_sum_split(bytes: &[u8]) -> u64 {
    stream_as::<Split>(bytes)
}
