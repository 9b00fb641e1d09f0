//! What a writer and a reader refuse, and that nothing has happened then.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::image::{number, rewrite, rewrite_rows, size, ImageError, TableError, WriteError};
use kserial::{Image, KSerial, Machine, Plan, Record, Room, Rows, Spec, Step, Steps, Writer};
use zerocopy::IntoBytes as _;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x5eed_1e55;

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "level", required)]
#[repr(C)]
struct Level {
    #[kserial(id = 1, range = 0..=9)]
    value: u32,
    #[kserial(id = 2, default = 0, critical)]
    boost: u16,
    #[kserial(pad)]
    pad: [u8; 2],
}

/// An earlier shape, whose reader takes less.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "level", required)]
#[repr(C)]
struct Earlier {
    #[kserial(id = 1, range = 0..=5)]
    value: u32,
}

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "other", critical)]
#[repr(C)]
struct Other {
    #[kserial(id = 1)]
    value: u64,
}

/// A level that is no number.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug, PartialEq)]
#[kserial(record = "level")]
#[repr(C)]
struct Apart {
    #[kserial(id = 1, text)]
    value: [u8; 4],
}

fn level(value: u32, boost: u16) -> Level {
    Level { value, boost, pad: [0xff; 2] }
}

fn with_writer<R>(tables: &[Spec<'_>], work: impl FnOnce(Writer<'_, '_>) -> R) -> R {
    let mut memory = vec![0xaa; size(tables, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    work(Writer::new(tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap())
}

/// An image of these levels, in one segment.
fn written(levels: &[Level]) -> Vec<u8> {
    let tables = [Spec::of::<Level>(levels.len()).late()];
    let mut memory = vec![0xaa; size(&tables, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut table = image.table::<Level>().unwrap();
    assert!(table.is_empty());
    table.extend(levels).unwrap();
    table.finish(&mut image).unwrap();
    image.finish().unwrap();
    memory
}

#[test]
fn a_table_takes_as_many_rows_as_were_announced() {
    with_writer(&[Spec::of::<Level>(2)], |mut image| {
        let mut table = image.table::<Level>().unwrap();
        assert_eq!(table.extend(&[level(1, 0); 3]), Err(WriteError::Full));
        table.push(&level(1, 0)).unwrap();
        assert_eq!((table.len(), table.is_empty()), (1, false));
        assert_eq!(table.finish(&mut image), Err(WriteError::Unfilled));
        assert_eq!(image.finish(), Err(WriteError::Unfilled));
    });
    with_writer(&[Spec::of::<Other>(0), Spec::of::<Level>(1)], |mut image| {
        let table = image.table::<Other>().unwrap();
        table.finish(&mut image).unwrap();
        assert_eq!(image.finish(), Err(WriteError::Unfilled), "no row of the other table");
    });
}

#[test]
fn tables_come_in_the_order_of_the_announcement() {
    with_writer(&[Spec::of::<Level>(0), Spec::of::<Other>(1)], |mut image| {
        // A table without rows may be passed over.
        let mut table = image.table::<Other>().unwrap();
        table.push(&Other { value: 1 }).unwrap();
        table.finish(&mut image).unwrap();
        assert!(matches!(image.table::<Other>(), Err(WriteError::Order)));
        image.finish().unwrap();
    });
    with_writer(&[Spec::of::<Level>(1), Spec::of::<Other>(1)], |mut image| {
        assert!(matches!(image.table::<Other>(), Err(WriteError::Order)));
    });
}

#[test]
fn a_value_that_the_layout_forbids_is_not_sealed() {
    with_writer(&[Spec::of::<Level>(2)], |mut image| {
        let mut table = image.table::<Level>().unwrap();
        table.push(&level(9, 0)).unwrap();
        let refused = table.push(&level(10, 0));
        assert_eq!(refused, Err(WriteError::Value { row: 1, path: Level::VALUE }));
    });
}

#[test]
fn a_bool_is_zero_or_one() {
    #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy)]
    #[kserial(record = "switch")]
    #[repr(C)]
    struct Switch {
        #[kserial(id = 1, bool)]
        on: u8,
    }
    with_writer(&[Spec::of::<Switch>(3)], |mut image| {
        let mut table = image.table::<Switch>().unwrap();
        let refused = table.extend(&[0, 1, 2].map(|on| Switch { on }));
        assert_eq!(refused, Err(WriteError::Value { row: 2, path: Switch::ON }));
    });
}

#[test]
fn bytes_are_held_against_their_layout_as_structs_are() {
    let clean = Level { pad: [0; 2], ..level(9, 0) };
    let deposited = |row: Level| {
        with_writer(&[Spec::of::<Level>(1)], |mut image| {
            image.deposit(|place| place.copy_from_slice(row.as_bytes()))?;
            assert_eq!(image.deposit(|_| ()), Err(WriteError::Order), "there is one table");
            image.finish()
        })
    };
    assert_eq!(deposited(clean), Ok(()));
    let above = Level { value: 10, ..clean };
    assert_eq!(deposited(above), Err(WriteError::Value { row: 0, path: Level::VALUE }));
    let padding = ImageError::Padding { table: 0, row: 0, byte: 6 };
    for value in [0, 9] {
        assert_eq!(deposited(level(value, 0)), Err(padding.into()));
    }

    let mut room = [Step::EMPTY; 2];
    let plan = Plan::between_images(Level::SHAPE, Level::SHAPE, &mut room).unwrap();
    with_writer(&[Spec::of::<Level>(2)], |mut image| {
        assert_eq!(image.rows(&plan, clean.as_bytes()), Err(WriteError::Unfilled));
        let second = image.rows(&plan, [clean, above].as_bytes());
        assert_eq!(second, Err(WriteError::Value { row: 1, path: Level::VALUE }));
        image.rows(&plan, [clean, level(8, 1)].as_bytes()).unwrap();
        assert_eq!(image.rows(&plan, [clean; 2].as_bytes()), Err(WriteError::Order));
        image.finish().unwrap();
    });
    // A table without rows fills nothing.
    with_writer(&[Spec::of::<Other>(0), Spec::of::<Level>(1)], |mut image| {
        image.deposit(|_| ()).unwrap();
        assert_eq!(image.finish(), Err(WriteError::Unfilled));
    });
    with_writer(&[Spec::of::<Other>(1)], |mut image| {
        assert_eq!(image.rows(&plan, clean.as_bytes()), Err(WriteError::Order));
    });
}

#[test]
fn memory_that_no_image_fits_is_refused() {
    let tables = [Spec::of::<Level>(10_000)];
    for segment in [0, 32, 100, (2 << 20) + 64] {
        assert_eq!(size(&tables, segment), Err(WriteError::Length { segment: 0 }), "{segment}");
    }
    assert_eq!(size(&tables, 64), Err(WriteError::Directory), "no room for the head");
    let many = vec![Spec::of::<Other>(0); 257];
    let mut memory = [0; 4096];
    let refused = |tables: &[Spec<'_>], memory: &mut [u8]| {
        let mut parts = [memory];
        Writer::new(tables, HERE, NUMBER, &mut parts, crc32fast::hash).map(drop)
    };
    assert_eq!(refused(&many, &mut memory), Err(WriteError::Directory));
    assert_eq!(refused(&tables, &mut memory), Err(WriteError::Space));
    assert_eq!(refused(&tables, &mut memory[..100]), Err(WriteError::Length { segment: 0 }));
    assert_eq!(refused(&tables, &mut memory[..64]), Err(WriteError::Space));
    let unnamed = [Spec::of::<Other>(0).named("")];
    assert!(matches!(refused(&unnamed, &mut memory), Err(WriteError::Layout(_))));
}

#[test]
fn a_rewrite_that_is_refused_leaves_the_image_as_it_was() {
    let before = written(&[level(1, 0), level(2, 0)]);
    let mut memory = before.clone();
    let mut attempt = |rows: &[Level]| {
        let mut parts = [memory.as_mut_slice()];
        rewrite(&mut parts, rows, &mut Steps::empty(), crc32fast::hash)
    };
    assert_eq!(attempt(&[level(1, 0); 3]), Err(WriteError::Full));
    let forbidden = attempt(&[level(3, 0), level(10, 0)]);
    assert_eq!(forbidden, Err(WriteError::Value { row: 1, path: Level::VALUE }));
    assert_eq!(memory, before);
    let mut parts = [memory.as_mut_slice()];
    rewrite(&mut parts, &[level(3, 1), level(4, 0)], &mut Steps::empty(), crc32fast::hash).unwrap();
    assert_eq!(memory, written(&[level(3, 1), level(4, 0)]), "padding does not reach it");
    let nothing = rewrite::<Level>(&mut [], &[], &mut Steps::empty(), crc32fast::hash);
    assert_eq!(nothing, Err(WriteError::NotLate));
}

#[test]
fn rows_of_a_layout_at_run_time_are_rewritten_as_those_of_a_type() {
    let before = written(&[level(1, 0), level(2, 0)]);
    let mut memory = before.clone();
    let mut attempt = |rows: &[u8], room: &mut [Step]| {
        let mut parts = [memory.as_mut_slice()];
        let done = rewrite_rows(&mut parts, Level::SHAPE, rows, room, crc32fast::hash);
        (done, memory.clone())
    };
    let mut room = [Step::EMPTY; 2];
    let (good, long) = ([level(3, 1), level(4, 0)], [level(1, 0); 3]);
    let bad = [level(3, 0), level(10, 0)];
    let value = WriteError::Value { row: 1, path: Level::VALUE };
    let all = good.as_bytes();
    for (rows, refused) in [
        (long.as_bytes(), WriteError::Full),
        (&all[..all.len() - 1], WriteError::Unfilled),
        (bad.as_bytes(), value),
    ] {
        assert_eq!(attempt(rows, &mut room), (Err(refused), before.clone()));
    }
    let (no_room, after) = attempt(all, &mut []);
    assert!(matches!(no_room, Err(WriteError::Incompatible(_))), "{no_room:?}");
    assert_eq!(after, before);
    assert_eq!(attempt(all, &mut room), (Ok(()), written(&good)), "padding does not reach it");
    let mut parts = [memory.as_mut_slice()];
    let other = rewrite_rows(&mut parts, Other::SHAPE, &[], &mut room, crc32fast::hash);
    assert_eq!(other, Err(WriteError::NotLate));
}

#[test]
fn a_rewrite_for_an_older_reader_holds_rows_against_it() {
    let tables = [Spec::like(Earlier::SHAPE, 1).late()];
    let mut memory = vec![0; size(&tables, 4096).unwrap().bytes()];
    let mut room = Steps::empty();
    let plan = Plan::writing::<Level>(Earlier::SHAPE, &mut room).unwrap();
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut table = image.table_for::<Level>(plan).unwrap();
    table.push(&level(5, 0)).unwrap();
    table.finish(&mut image).unwrap();
    image.finish().unwrap();
    let mut attempt = |row: Level| {
        let mut parts = [memory.as_mut_slice()];
        rewrite(&mut parts, &[row], &mut Steps::empty(), crc32fast::hash)
    };
    assert_eq!(attempt(level(6, 0)), Err(WriteError::Refused { row: 0, path: Level::VALUE }));
    assert_eq!(attempt(level(5, 1)), Err(WriteError::Refused { row: 0, path: Level::BOOST }));
    attempt(level(4, 0)).unwrap();
}

#[test]
fn a_stream_refuses_the_row_that_its_reader_cannot_take() {
    let memory = written(&[level(5, 0), level(6, 0)]);
    let parts = [memory.as_slice()];
    let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
    let mut room = Room::empty();
    let mut stream = image.stream::<Earlier>(&mut room).unwrap();
    assert_eq!((stream.len(), stream.is_empty()), (2, false));
    let mut scratch = [Earlier { value: 0 }];
    let refused = stream.next(&mut scratch);
    assert_eq!(refused, Err(TableError::Refused { path: Earlier::VALUE, row: 1 }));
    let mut room = Room::empty();
    let stream = image.stream_named::<Other>("nowhere", &mut room).unwrap();
    assert_eq!((stream.len(), stream.is_empty()), (0, true));
    let mut room = Room::empty();
    let absent = image.stream_named::<Level>("nowhere", &mut room);
    assert!(matches!(absent, Err(TableError::Absent)), "it is required");
    assert_eq!((image.number(), number(&memory)), (NUMBER, Ok(NUMBER)));
    assert_eq!(number(&memory[8..]), Err(ImageError::Magic));
    let image = image.verify().unwrap();
    assert_eq!(image.machine(), HERE);
    let mut room = Room::empty();
    assert!(image.table::<Level>(&mut room).unwrap().is_in_place());
}

#[test]
fn a_table_without_rows_concerns_nobody() {
    let image_of = |levels: usize, others: usize| {
        let tables = [Spec::of::<Level>(levels), Spec::of::<Other>(others)];
        let mut memory = vec![0; size(&tables, 4096).unwrap().bytes()];
        let mut parts = [memory.as_mut_slice()];
        let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
        image.deposit(|_| ()).unwrap();
        image.deposit(|_| ()).unwrap();
        image.finish().unwrap();
        memory
    };
    for (levels, others) in [(0, 1), (1, 0)] {
        let memory = image_of(levels, others);
        let parts = [memory.as_slice()];
        let image = Image::open(&parts, &HERE, crc32fast::hash).unwrap();
        assert_eq!(image.knows(&["level", "other"]), Ok(()));
        let unknown = TableError::Unknown { table: 1 };
        assert_eq!(image.knows(&["level"]).err(), (others > 0).then_some(unknown));
        let verified = Image::open(&parts, &HERE, crc32fast::hash).unwrap().verify().unwrap();
        assert_eq!(verified.knows(&["level"]), image.knows(&["level"]));
        // No row of one is a row of the other.
        let mut room = Room::empty();
        let refused = image.stream_named::<Apart>("level", &mut room).map(|rows| rows.len());
        assert_eq!(refused.is_err(), levels > 0, "{refused:?}");
    }
}

#[test]
fn a_segment_has_64_bytes_to_2_mib_in_steps_of_64() {
    let most = 2 << 20;
    for (length, is_one) in
        [(0, false), (32, false), (64, true), (most, true), (most + 32, false), (most + 64, false)]
    {
        let mut memory = written(&[level(1, 0)]);
        let first = memory.len();
        let mut put = |at: usize, value: usize| {
            let value = u32::try_from(value).unwrap();
            memory[at..at + 4].copy_from_slice(&value.to_le_bytes());
        };
        // Two segments, the second of so many bytes after the first.
        put(16, 2);
        put(68, length);
        let head = u32::from_le_bytes(*memory[12..].first_chunk().unwrap()) as usize;
        let sum = crc32fast::hash(&memory[..head]);
        memory[head..head + 4].copy_from_slice(&sum.to_le_bytes());
        memory.resize(first + length, 0);
        let parts = [&memory[..first], &memory[first..]];
        let opened = Image::open(&parts, &HERE, crc32fast::hash).map(drop);
        let expected = if is_one { Ok(()) } else { Err(ImageError::Length { segment: 1 }) };
        assert_eq!(opened, expected, "{length}");
    }
}

#[test]
fn a_key_that_was_longer_is_compared_with_what_its_tail_would_be() {
    #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy)]
    #[kserial(record = "slot")]
    #[repr(C)]
    struct Long {
        #[kserial(id = 1, key)]
        address: [u16; 4],
        #[kserial(id = 2)]
        state: u16,
    }
    #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy)]
    #[kserial(record = "slot")]
    #[repr(C)]
    struct Short {
        #[kserial(id = 1, key)]
        address: [u16; 3],
        #[kserial(id = 2)]
        state: u16,
    }
    let long = |address, state| Long { address, state };
    for (tail, expected) in
        [(0, Ok(())), (7, Err(WriteError::Fixed { row: 0, path: Long::ADDRESS }))]
    {
        let tables = [Spec::of::<Long>(1).late()];
        let mut memory = vec![0; size(&tables, 4096).unwrap().bytes()];
        let mut parts = [memory.as_mut_slice()];
        let mut image = Writer::new(&tables, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
        let mut table = image.table::<Long>().unwrap();
        table.push(&long([1, 2, 3, tail], 5)).unwrap();
        table.finish(&mut image).unwrap();
        image.finish().unwrap();
        // Behind the short address stands what would be the long one's tail.
        let row = Short { address: [1, 2, 3], state: 7 };
        let mut parts = [memory.as_mut_slice()];
        let done = rewrite(&mut parts, &[row], &mut Steps::empty(), crc32fast::hash);
        assert_eq!(done, expected, "{tail}");
    }
}

#[test]
fn a_plan_says_what_it_needs_and_does() {
    let mut room = [Step::EMPTY];
    let short = Plan::between(Level::SHAPE, Level::SHAPE, &mut room);
    assert_eq!(short.unwrap_err().cause, kserial::Cause::Room);
    let mut room = [Step::EMPTY; 2];
    let plan = Plan::between(Level::SHAPE, Earlier::SHAPE, &mut room).unwrap();
    assert!(plan.source() == Level::SHAPE && plan.target() == Earlier::SHAPE);
    assert!(!plan.is_in_place() && plan.is_checked());
    let mut room = [Step::EMPTY; 2];
    let plan = Plan::between(Level::SHAPE, Level::SHAPE, &mut room).unwrap();
    assert!(plan.is_in_place() && !plan.is_checked());
}

#[test]
fn a_mark_is_a_number_that_can_be_copied_and_shown() {
    let mark: Rows<Other> = Rows::up_to(7);
    assert_eq!(mark.clone().end(), 7);
    assert!(mark == Rows::up_to(7) && mark != Rows::up_to(8));
    assert_eq!(format!("{mark:?}"), "..7");
    assert_eq!(Rows::<Other>::default().end(), 0);
}
