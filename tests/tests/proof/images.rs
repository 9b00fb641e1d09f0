//! Images: written by one and read by the other, byte by byte the same.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use kserial::image::{size, ImageError, TableError, WriteError};
use kserial::{Image, Incompatible, Machine, Plan, Record, Room, Spec, Steps, Table, Writer};
use kserial_reference::drawn::{cases, change, rows, Change, Dice, Draft};
use kserial_reference::{
    self as reference, cells, cross, grade, row, Crossing, Grade, Kind, Member, Row, Shape,
};
use kserial_tests::judged::path;
use kserial_tests::records::{shape_of, Device, Extent, Small};
use proptest::prelude::*;
use proptest::sample::select;
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use super::selected::{self, Whole};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };

/// The same machine as the reference writes it.
const NUMBER: u32 = 0x0ddb_a115;
const THERE: reference::image::Head = reference::image::Head {
    arch: 62,
    page_shift: 12,
    max_order: 10,
    encrypted: false,
    number: NUMBER,
};

/// What some changes make of `Device`.
fn relative() -> impl Strategy<Value = Shape> {
    relative_of(shape_of::<Device>())
}

fn relative_of(shape: Shape) -> impl Strategy<Value = Shape> {
    prop::collection::vec(change(), 0..4).prop_map(move |changes| {
        let mut draft = Draft::of(&shape);
        let changes = changes.iter().filter(|change| !matches!(change, Change::Record));
        changes.for_each(|change| change.apply(&mut draft));
        draft.packed()
    })
}

/// The lengths of the segments that tables need, none longer than `segment`.
fn lengths(tables: &[Spec<'_>], segment: usize) -> Vec<usize> {
    let size = size(tables, segment).unwrap();
    let mut lengths = vec![size.segment; size.segments];
    *lengths.last_mut().unwrap() = size.last;
    lengths
}

fn segment() -> impl Strategy<Value = usize> {
    // The first must hold the head, which has a cell for each member and value.
    select(vec![4096, 4160, 8192, 65536, 2 << 20])
}

fn as_slices(segments: &[Vec<u8>]) -> Vec<&[u8]> {
    segments.iter().map(Vec::as_slice).collect()
}

/// `rows` of `shape` in an image by the reference.
fn drawn_image(shape: &Shape, rows: &[Row], segment: usize) -> Vec<Vec<u8>> {
    let cells = cells::encode(shape);
    let layout = kserial::Layout::read(&cells).unwrap().0;
    let lengths = lengths(&[Spec::like(layout, rows.len())], segment);
    let table = reference::image::Table::of(shape.clone(), rows.to_vec());
    reference::image::Draft::new(THERE, &[table], &lengths).unwrap().sealed()
}

/// What `cross` says of all rows: the readers' rows and the losses, or the first row refused.
fn all_cross(
    source: &Shape,
    target: &Shape,
    rows: &[Row],
) -> Result<(Vec<Row>, BTreeSet<reference::Path>), ()> {
    let (mut read, mut lost) = (Vec::new(), BTreeSet::new());
    for values in rows {
        match cross(source, target, values) {
            Crossing::Refused(_) => return Err(()),
            Crossing::Crosses { row, losses } => {
                read.push(row);
                lost.extend(losses);
            }
        }
    }
    Ok((read, lost))
}

/// The rows without children: every end mark is 0.
fn childless(shape: &Shape, mut rows: Vec<Row>) -> Vec<Row> {
    for mark in shape.held().filter(|member| member.kind == Kind::End) {
        rows.iter_mut().for_each(|row| drop(row.insert(mark.path.clone(), vec![0])));
    }
    rows
}

fn values<T: Record>(rows: &[T]) -> Vec<Row> {
    let shape = shape_of::<T>();
    let members = || shape.members.iter().filter(|m| m.kind != Kind::Group);
    rows.iter().map(|row| row::decode(members(), row.as_bytes())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), ..ProptestConfig::default() })]

    #[test]
    fn a_reader_sees_what_any_relative_wrote(
        source in relative(),
        count in prop_oneof![0..4_usize, 0..600_usize],
        segment in segment(),
        seed: u64,
    ) {
        let target = shape_of::<Device>();
        let written = childless(&source, rows(&source, &target, count, &mut Dice(seed)));
        let segments = drawn_image(&source, &written, segment);
        let parts = as_slices(&segments);
        prop_assert!(reference::image::read(&parts).is_ok());
        let opened = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
        let image = opened.verify().unwrap();
        let mut room = Room::empty();
        let table: Result<Table<'_, Device>, _> = image.table(&mut room);
        let table = match (table, grade(&source, &target), all_cross(&source, &target, &written)) {
            (Err(TableError::Incompatible(_)), right, _) => {
                prop_assert_eq!(right, Grade::Incompatible);
                return Ok(());
            }
            (Err(TableError::Refused { path: member, row }), _, _) => {
                let refused = cross(&source, &target, &written[row]);
                let Crossing::Refused(paths) = refused else { panic!("row {row} crosses") };
                prop_assert!(paths.contains(&path(member)));
                selected::are_refused::<Device>(&opened);
                return Ok(());
            }
            (Ok(table), _, Ok((read, lost))) => {
                let mut found = BTreeSet::new();
                table.losses(|loss| found.extend([path(loss.check.member().path())]));
                prop_assert_eq!(found, lost);
                prop_assert_eq!(values(&table.iter().collect::<Vec<_>>()), &read[..]);
                (table, read)
            }
            (table, right, _) => panic!("{right:?} {:?}", table.map(drop)),
        };
        let (table, read) = table;
        let mut scratch = vec![Device::new_zeroed(); 7];
        let (mut runs, mut seen) = (table.runs(&mut scratch).unwrap(), Vec::new());
        while let Some(run) = runs.next() {
            seen.extend_from_slice(run);
        }
        prop_assert_eq!(values(&seen), &read[..], "in runs");
        let (mut room, mut seen) = (Room::empty(), Vec::new());
        let mut stream = opened.stream::<Device>(&mut room).unwrap();
        while let Some(run) = stream.next(&mut scratch).unwrap() {
            seen.extend_from_slice(run);
        }
        prop_assert_eq!(values(&seen), &read[..], "as a stream");
        selected::agree(&opened, &table, &read);
        if let Some(slice) = table.as_slice() {
            prop_assert_eq!(values(slice), read, "in place");
        }
    }

    #[test]
    fn members_of_short_rows_are_selected_alike(
        small in relative_of(shape_of::<Small>()),
        extent in relative_of(shape_of::<Extent>()),
        count in prop_oneof![0..4_usize, 0..100_usize, 500..1200_usize],
        seed: u64,
    ) {
        selected_alike::<Small>(&small, count, seed);
        selected_alike::<Extent>(&extent, count, seed);
    }

    #[test]
    fn what_is_written_is_what_the_page_says(
        count in prop_oneof![0..4_usize, 0..600_usize],
        segment in segment(),
        seed: u64,
    ) {
        let shape = shape_of::<Device>();
        let written = rows(&shape, &shape, count, &mut Dice(seed));
        let structs = structs(&shape, &written, seed);
        let tables = [Spec::of::<Device>(count)];
        let (mut memory, lengths) = dirty(&tables, segment);
        let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
        let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
        let mut table = image.table::<Device>().unwrap();
        table.extend(&structs).unwrap();
        table.finish(&mut image).unwrap();
        image.finish().unwrap();
        let table = reference::image::Table::of(shape, written);
        let right = reference::image::Draft::new(THERE, &[table], &lengths).unwrap().sealed();
        prop_assert!(memory == right, "other bytes");
    }

    #[test]
    fn a_writer_serves_any_relative(target in relative(), count in 0..200_usize, seed: u64) {
        let source = shape_of::<Device>();
        // What the older layout only reads, its rows do not hold.
        let mut held = target.clone();
        held.members.retain(|member| !member.legacy);
        let written = rows(&source, &held, count, &mut Dice(seed));
        let cells = cells::encode(&target);
        let layout = kserial::Layout::read(&cells).unwrap().0;
        let mut room = Steps::empty();
        let right = grade(&source, &held);
        let plan: Result<_, Incompatible> = Plan::writing::<Device>(layout, &mut room);
        prop_assert_eq!(plan.is_err(), right == Grade::Incompatible);
        let Ok(plan) = plan else { return Ok(()) };
        let tables = [Spec::like(layout, count)];
        let (mut memory, lengths) = dirty(&tables, 8192);
        let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
        let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
        let mut table = image.table_for::<Device>(plan).unwrap();
        let devices = structs(&source, &written, seed);
        let outcome = table.extend(&devices);
        // Rows whose layout is known at run time only are written alike, and refused alike.
        let (mut other, _) = dirty(&tables, 8192);
        let mut parts: Vec<&mut [u8]> = other.iter_mut().map(Vec::as_mut_slice).collect();
        let mut by_layout = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
        let same = by_layout.rows(&plan, devices.as_bytes());
        prop_assert_eq!(same.is_ok(), outcome.is_ok());
        if same.is_ok() {
            by_layout.finish().unwrap();
        }
        match (outcome, all_cross(&source, &held, &written)) {
            (Ok(()), Ok((read, _))) => {
                table.finish(&mut image).unwrap();
                image.finish().unwrap();
                let table = reference::image::Table::of(target, read);
                let right = reference::image::Draft::new(THERE, &[table], &lengths).unwrap().sealed();
                prop_assert!(memory == right, "other bytes");
                prop_assert!(other == right, "other bytes by layout");
            }
            (Err(WriteError::Refused { row, path: member }), Err(())) => {
                let refused = cross(&source, &held, &written[row]);
                let Crossing::Refused(paths) = refused else { panic!("row {row} crosses") };
                prop_assert!(paths.contains(&path(member)));
            }
            (outcome, right) => panic!("{outcome:?} {:?}", right.map(drop)),
        }
    }
}

/// Where a reader of `T` can take rows of `source`, it can select their members. Whether it could.
fn selected_alike<T: Whole>(source: &Shape, count: usize, seed: u64) -> bool {
    let target = shape_of::<T>();
    let written = childless(source, rows(source, &target, count, &mut Dice(seed)));
    let segments = drawn_image(source, &written, 8192);
    let parts = as_slices(&segments);
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
    let mut room = Room::empty();
    match image.verify().unwrap().table::<T>(&mut room) {
        Ok(table) => {
            let (read, _) = all_cross(source, &target, &written).unwrap();
            selected::agree(&image, &table, &read);
            return true;
        }
        Err(TableError::Refused { .. }) => selected::are_refused::<T>(&image),
        Err(TableError::Incompatible(_)) => {}
        Err(error) => panic!("{error}"),
    }
    false
}

#[test]
fn arrays_are_selected_whatever_became_of_them() {
    // Six elements of 16 bits are asked for.
    for (bits, count) in
        [(16, 6), (16, 1), (16, 5), (16, 7), (8, 6), (8, 4), (32, 6), (64, 8), (0, 0)]
    {
        let mut source = Draft::of(&shape_of::<Device>());
        let lanes = |member: &Member| member.name == "lanes";
        source.members.retain(|placed| bits > 0 || !lanes(&placed.member));
        for placed in source.members.iter_mut().filter(|placed| lanes(&placed.member)) {
            (placed.member.bits, placed.member.count) = (bits, count);
        }
        let source = source.packed();
        let read = (0..40).filter(|seed| selected_alike::<Device>(&source, 2, *seed)).count();
        assert!(read > 0, "no rows with {count} elements of {bits} bits could be read");
    }
}

/// The rows as structs, with rubbish in bits that no member holds.
fn structs(shape: &Shape, rows: &[Row], seed: u64) -> Vec<Device> {
    let held = row::held_bits(shape, |member| !member.legacy);
    let mut dice = Dice(seed);
    let one = |values| {
        let mut bytes = row::encode(shape, values);
        for (byte, held) in bytes.iter_mut().zip(&held) {
            *byte |= dice.roll().to_le_bytes()[0] & !held;
        }
        Device::read_from_bytes(&bytes).unwrap()
    };
    rows.iter().map(one).collect()
}

/// Memory for the tables that holds rubbish.
fn dirty(tables: &[Spec<'_>], segment: usize) -> (Vec<Vec<u8>>, Vec<usize>) {
    let lengths = lengths(tables, segment);
    (lengths.iter().map(|length| vec![0xaa; *length]).collect(), lengths)
}

#[test]
fn a_value_that_its_own_layout_forbids_is_not_written_for_anyone() {
    let shape = shape_of::<Device>();
    let mut wider = Draft::of(&shape);
    for placed in &mut wider.members {
        placed.member.ranges.retain(|_| placed.member.kind.is_enum());
        placed.member.bits = if placed.member.name == "owner" { 11 } else { placed.member.bits };
    }
    let cells = cells::encode(&wider.packed());
    let layout = kserial::Layout::read(&cells).unwrap().0;
    let values = rows(&shape, &shape, 1, &mut Dice(1));
    let broken = Device { owner: 5000, ..structs(&shape, &values, 1)[0] };
    let mut room = Steps::empty();
    // Every allowed owner fits 11 bits, so there is nothing to check of it; 5000 does not.
    let plan = Plan::writing::<Device>(layout, &mut room).unwrap();
    let tables = [Spec::like(layout, 1)];
    let (mut memory, _) = dirty(&tables, 8192);
    let mut parts: Vec<&mut [u8]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut table = image.table_for::<Device>(plan).unwrap();
    assert_eq!(
        table.push(&broken),
        Err(WriteError::Value { row: 0, path: Device::OWNER }),
        "or it would be 904 to its reader"
    );
}

#[test]
fn a_bit_that_no_member_holds_is_damage() {
    let tables = [Spec::of::<Device>(1)];
    let mut memory = vec![0; size(&tables, 8192).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut table = image.table::<Device>().unwrap();
    table.push(&Device { owner: 4, ..Device::new_zeroed() }).unwrap();
    table.finish(&mut image).unwrap();
    image.finish().unwrap();
    let rows = u32::from_le_bytes(*memory[12..].first_chunk().unwrap()) as usize + 64;
    let end = rows + size_of::<Device>();
    // The lowest bits of the first word are nobody's; the sum of the only block is kept right.
    memory[rows] ^= 1;
    let sum = crc32fast::hash(&memory[rows..end]) ^ NUMBER;
    memory[end..end + 4].copy_from_slice(&sum.to_le_bytes());
    let parts = [memory.as_slice()];
    let opened = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
    let damage = ImageError::Padding { table: 0, row: 0, byte: 0 };
    assert_eq!(opened.verify().err(), Some(damage));
}
