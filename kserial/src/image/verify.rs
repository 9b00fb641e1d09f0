//! Verifying: after it, nothing about an image can turn out wrong.

use core::cmp::Ordering;

use super::block::{compare_keys, fallen_mark, Demands};
use super::error::{ImageError, TableError};
use super::head::{is_zero, Listed, SORTED};
use super::open::{Image, TableInfo};
use super::place::{Cursor, Extent, Walk};
use super::placed::Pieces;
use super::room::Room;
use super::table::Table;
use crate::bits;
use crate::cell::padded;
use crate::count::{count, numbered};
use crate::layout::Layout;
use crate::machine::Machine;
use crate::member::{Kind, Member};
use crate::plan::Plan;
use crate::record::Record;

/// The most generations of parents above a row.
const MAX_DEPTH: usize = 16;

/// An image of which everything has been checked: reading it cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    pub(super) image: Image<'a>,
}

impl<'a> Verified<'a> {
    /// The rows of `T`, as this reader's own struct, whoever wrote them. A table that is not there
    /// reads as empty. What is settled before the first row stays in `room`.
    ///
    /// ```
    /// # use zerocopy_derive::*;
    /// # use kserial::{image, image::TableError, Image, Machine, Rows, Spec, Writer};
    /// use kserial::{KSerial, Room, Verified};
    ///
    /// # #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
    /// # #[kserial(record = "queue")]
    /// # #[repr(C)]
    /// # struct Queue {
    /// #     #[kserial(id = 1)]
    /// #     packets: Rows<Packet>,
    /// # }
    /// # #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
    /// # #[kserial(record = "packet")]
    /// # #[repr(C)]
    /// # struct Packet {
    /// #     #[kserial(id = 1)]
    /// #     bytes: u64,
    /// # }
    /// /// The longest queue, in bytes.
    /// fn longest(image: &Verified<'_>) -> Result<u64, TableError> {
    ///     let (mut room, mut packet_room) = (Room::empty(), Room::empty());
    ///     let queues = image.table::<Queue>(&mut room)?;
    ///     let packets = image.table::<Packet>(&mut packet_room)?;
    ///     let queues = queues.with(|queue| queue.packets, &packets);
    ///     let lengths = queues.map(|(_, packets)| packets.iter().map(|packet| packet.bytes).sum());
    ///     Ok(lengths.max().unwrap_or(0))
    /// }
    /// # let sum: image::Sum = crc32fast::hash;
    /// # let machine = Machine { arch: Machine::X86_64, page_shift: 12, max_order: 0, encrypted: false };
    /// # let tables = [Spec::of::<Queue>(2), Spec::of::<Packet>(3)];
    /// # let mut memory = vec![0; image::size(&tables, 4096).unwrap().bytes()];
    /// # let mut segments = [memory.as_mut_slice()];
    /// # let mut writer = Writer::new(&tables, machine, 1, &mut segments, sum).unwrap();
    /// # let mut queues = writer.table::<Queue>().unwrap();
    /// # let mut packets = writer.table::<Packet>().unwrap();
    /// # for lengths in [&[60, 40][..], &[90]] {
    /// #     for bytes in lengths {
    /// #         packets.push(&Packet { bytes: *bytes }).unwrap();
    /// #     }
    /// #     queues.push(&Queue { packets: packets.mark().unwrap() }).unwrap();
    /// # }
    /// # queues.finish(&mut writer).unwrap();
    /// # packets.finish(&mut writer).unwrap();
    /// # writer.finish().unwrap();
    /// # let segments = [memory.as_slice()];
    /// # let image = Image::open(&segments, &machine, sum).unwrap().verify().unwrap();
    /// # assert_eq!(longest(&image), Ok(100));
    /// ```
    ///
    /// # Errors
    /// [`TableError::Absent`] for a required record, [`TableError::Incompatible`] when no row can
    /// cross, [`TableError::Refused`] when one that is there cannot.
    pub fn table<'r, T: Record>(
        &self,
        room: &'r mut Room<'a, T>,
    ) -> Result<Table<'r, T>, TableError> {
        self.table_named(T::SHAPE.record(), room)
    }

    /// The same for a table that was [named](super::Spec::named) otherwise than its record.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    pub fn table_named<'r, T: Record>(
        &self,
        name: &str,
        room: &'r mut Room<'a, T>,
    ) -> Result<Table<'r, T>, TableError> {
        let room = room.settle(&self.image, name)?;
        if let Some((placed, plan)) = room.placed().zip(room.plan().filter(Plan::is_checked)) {
            for piece in placed.pieces() {
                if let Some(unmet) = plan.refused(piece.rows) {
                    let row = piece.first.saturating_add(unmet.row);
                    return Err(TableError::Refused { path: unmet.check.member().path(), row });
                }
            }
        }
        Ok(Table::all(room))
    }

    /// What tables there are.
    pub fn tables(&self) -> impl Iterator<Item = TableInfo<'a>> + 'a {
        self.image.tables()
    }

    /// As [`Image::pieces`].
    pub fn pieces(&self) -> impl Iterator<Item = (Layout<'a>, &'a [u8])> + '_ {
        self.image.pieces()
    }

    /// The machine that the state belongs to.
    pub fn machine(&self) -> Machine {
        self.image.machine()
    }

    /// As [`Image::knows`].
    ///
    /// # Errors
    /// As there.
    pub fn knows(&self, known: &[&str]) -> Result<(), TableError> {
        self.image.knows(known)
    }
}

pub(super) fn everything(image: &Image<'_>) -> Result<(), ImageError> {
    for table in image.head.tables() {
        let placed = image.placed(&table);
        let demands = Demands::of(table.layout);
        for block in placed.blocks() {
            block.check(&placed, demands)?;
        }
        for mark in ends(table.layout) {
            check_ends(image, &table, mark)?;
        }
        check_depth(image, &table)?;
    }
    for table in image.head.tables().filter(|table| table.flags & SORTED != 0) {
        check_order(image, &table)?;
    }
    check_gaps(image)
}

fn ends<'a>(layout: Layout<'a>) -> impl Iterator<Item = Member<'a>> + 'a {
    layout.written().filter(|m| m.kind() == Kind::End)
}

/// Marks never fall and end at the last child; and no other member counts the same children.
fn check_ends(image: &Image<'_>, table: &Listed<'_>, mark: Member<'_>) -> Result<(), ImageError> {
    let wrong = |row| ImageError::Ends { table: table.index, row, path: mark.path() };
    let child = table.layout.child(mark.path()).unwrap_or("");
    let name = padded::<48>(child);
    // Cells are compared as they lie: a hostile head has thousands of marks, and each looks at all.
    let mut claimants: usize = 0;
    for layout in image.head.layouts().skip(table.index) {
        let claims = layout.children().filter(|child| child.record == name);
        claimants = claimants.saturating_add(count(claims));
    }
    if claimants > 1 {
        return Err(wrong(0));
    }
    let mut last = 0;
    for piece in image.placed(table).pieces() {
        last = fallen_mark(table.layout, mark, piece.rows, last)
            .map_err(|row| wrong(piece.first.saturating_add(row)))?;
    }
    let children = image.listed(child).map_or(0, |child| child.rows);
    if usize::try_from(last) == Ok(children) {
        Ok(())
    } else {
        Err(wrong(table.rows))
    }
}

/// No table is its own ancestor, and none has more than [`MAX_DEPTH`] of them.
fn check_depth(image: &Image<'_>, table: &Listed<'_>) -> Result<(), ImageError> {
    let mut record = &table.layout.head().record;
    for _ in 0..=MAX_DEPTH {
        let mut layouts = image.head.layouts();
        match layouts.find(|parent| parent.children().any(|child| child.record == *record)) {
            Some(parent) => record = &parent.head().record,
            None => return Ok(()),
        }
    }
    Err(ImageError::Depth { table: table.index })
}

/// Rows ascend strictly by key, within each parent.
fn check_order(image: &Image<'_>, table: &Listed<'_>) -> Result<(), ImageError> {
    let placed = image.placed(table);
    let mut borders = Borders::of(image, table);
    let mut before: Option<&[u8]> = None;
    for piece in placed.pieces() {
        for (n, row) in numbered(piece.rows.chunks_exact(placed.row().max(1))) {
            let number = piece.first.saturating_add(n);
            let first_of_parent = borders.as_mut().is_some_and(|b| b.is_at(number));
            if let Some(before) = before.filter(|_| !first_of_parent) {
                if compare_keys(table.layout, before, row) != Ordering::Less {
                    return Err(ImageError::Order { table: table.index, row: number });
                }
            }
            before = Some(row);
        }
    }
    Ok(())
}

/// The marks of the member that counts a table's rows, walked once.
struct Borders<'a> {
    mark: Member<'a>,
    row: usize,
    pieces: Pieces<'a>,
    /// Parents that lie side by side and were not looked at yet.
    rows: &'a [u8],
    next: usize,
}

impl<'a> Borders<'a> {
    fn of(image: &Image<'a>, table: &Listed<'a>) -> Option<Self> {
        image.head.tables().find_map(|parent| {
            let mark = ends(parent.layout)
                .find(|m| parent.layout.child(m.path()) == Some(table.layout.record()))?;
            let placed = image.placed(&parent);
            Some(Self { mark, row: placed.row(), pieces: placed.pieces(), rows: &[], next: 0 })
        })
    }

    /// Whether a parent's children begin at `row`; asked in ascending order.
    fn is_at(&mut self, row: usize) -> bool {
        while self.next < row {
            if self.rows.is_empty() {
                let Some(piece) = self.pieces.next() else { break };
                self.rows = piece.rows;
            }
            let Some((parent, rest)) = self.rows.split_at_checked(self.row) else { break };
            self.rows = rest;
            let mark = bits::load(parent, self.mark.bit(), self.mark.bits());
            self.next = usize::try_from(mark).unwrap_or(usize::MAX);
        }
        self.next == row
    }
}

/// All that is no head, row or sum is zero.
fn check_gaps(image: &Image<'_>) -> Result<(), ImageError> {
    let mut at = Cursor { segment: 0, offset: image.head.rows_at() };
    let length = |n: usize| image.head.segment(n);
    for table in image.head.tables() {
        let row = image.placed(&table).row();
        let mut walk = Walk::new(table.cursor, row, table.rows);
        while let Some((place, extent)) = walk.next(length) {
            check_zero(image, at, place)?;
            at = after(place, &extent);
        }
    }
    let end = Cursor { segment: image.segments.len(), offset: 0 };
    check_zero(image, at, end)
}

/// Where the bytes of an extent end, its padding not counted.
fn after(place: Cursor, extent: &Extent) -> Cursor {
    let bytes = extent.bytes.saturating_add(extent.sums);
    Cursor { segment: place.segment, offset: place.offset.saturating_add(bytes) }
}

fn check_zero(image: &Image<'_>, from: Cursor, to: Cursor) -> Result<(), ImageError> {
    let mut offset = from.offset;
    let segments = image.segments.get(from.segment..).unwrap_or(&[]);
    for (n, segment) in numbered(segments) {
        let number = from.segment.saturating_add(n);
        let end = match number.cmp(&to.segment) {
            Ordering::Less => segment.len(),
            Ordering::Equal => to.offset,
            Ordering::Greater => return Ok(()),
        };
        if !segment.get(offset..end).is_some_and(is_zero) {
            return Err(ImageError::Gap { segment: number });
        }
        offset = 0;
    }
    Ok(())
}
