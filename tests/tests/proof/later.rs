//! What a later version of the format may write, and what this one makes of it: a table that it has no
//! word for is one that it does not know, and all others are read as ever.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::image::{ImageError, TableError};
use kserial::{
    Cause, Grade, Image, KSerial, Layout, Machine, Plan, Record, Room, Rows, Step, Verdict,
};
use kserial_reference::cells;
use kserial_reference::image::{padded, read, Draft, Head, Table};
use kserial_reference::{Row, Shape};
use kserial_tests::records::{shape_of, File, Page};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const THERE: Head =
    Head { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: 0x1a7e_0001 };

fn row<const N: usize>(values: [i128; N]) -> Row {
    (1..).zip(values).map(|(id, value)| (vec![id], vec![value])).collect()
}

/// Two files and three pages of theirs.
fn tables(critical: bool) -> [Table; 2] {
    let files = vec![row([9, 2, 0, 0]), row([4, 3, 0, 0])];
    let pages = vec![row([1, 3]), row([2, 8]), row([3, 1])];
    let pages = Table::of(Shape { critical, ..shape_of::<Page>() }, pages);
    [Table::of(shape_of::<File>(), files), Table { sorted: true, ..pages }]
}

/// The image of tables, in one segment.
fn draft(tables: &[Table]) -> Draft {
    (1..).find_map(|n| Draft::new(THERE, tables, &[n * 64])).unwrap()
}

/// Where the cells of a table begin, its head cell first.
fn cells_of(tables: &[Table], number: usize) -> usize {
    let before: usize = tables[..number].iter().map(|t| cells::encode(&t.shape).len()).sum();
    64 + padded(4) + padded(tables.len() * 16) + before
}

fn open<R>(memory: &[u8], look: impl FnOnce(Result<Image<'_>, ImageError>) -> R) -> R {
    look(Image::open(&[memory], &HERE, crc32fast::hash))
}

/// What a later version may say in the second cell of a layout, which is a member's here.
const WORDS: [(&str, usize, u8); 5] = [
    ("a kind", 9, 11),
    ("a tag", 8, 5),
    ("the last tag that must be known", 8, 127),
    ("a flag", 20, 64),
    ("a flag far up among those that must be known", 21, 128),
];

#[test]
fn a_table_in_unknown_words_leaves_the_others_alone() {
    for (what, at, byte) in WORDS {
        let tables = tables(false);
        let mut draft = draft(&tables);
        draft.segments[0][cells_of(&tables, 1) + 64 + at] = byte;
        // Rows mean what this reader cannot know: any bits will do, in any order.
        let pages = draft.extents[1].offset..draft.extents[1].sums();
        draft.segments[0][pages.clone()].reverse();
        let memory = draft.sealed().remove(0);
        let (_, right) = read(&[&memory]).unwrap();
        assert_eq!((&right[0], right[1].rows.len()), (&tables[0], 3), "{what}, by the reference");
        open(&memory, |image| {
            let image = image.unwrap_or_else(|error| panic!("{what}: {error}"));
            let stranger = image.tables().nth(1).unwrap();
            assert!(!stranger.layout.is_understood(), "{what}");
            assert_eq!(
                (stranger.layout.record(), stranger.rows, stranger.sorted),
                ("page", 3, false)
            );
            let (page, mut room) = (Page::SHAPE, [Step::EMPTY; 2]);
            for (from, to) in [(stranger.layout, page), (page, stranger.layout)] {
                let no_plan = Plan::between(from, to, &mut room).err().map(|error| error.cause);
                assert_eq!(no_plan, Some(Cause::NotUnderstood), "{what}");
                assert_eq!(Verdict::of(from, to).grade(), Grade::Incompatible, "{what}");
            }
            assert_eq!(image.knows(&["file"]), Ok(()), "{what}: nobody is told of it as critical");
            let asked = TableError::NotUnderstood { table: 1 };
            let mut room = Room::empty();
            assert_eq!(image.stream::<Page>(&mut room).err(), Some(asked), "{what}");
            let image = image.verify().unwrap();
            let mut room = Room::empty();
            assert_eq!(image.table::<Page>(&mut room).err(), Some(asked), "{what}");
            let mut room = Room::empty();
            let files = image.table::<File>(&mut room).unwrap();
            let tokens: Vec<u64> = files.iter().map(|file| file.token).collect();
            assert_eq!(tokens, [9, 4], "{what}");
        });
        // Its sums are checked all the same.
        let mut memory = memory;
        memory[pages.start] ^= 1;
        let damage = ImageError::BlockSum { table: 1, row: 0 };
        open(&memory, |image| assert_eq!(image.unwrap().verify().err(), Some(damage), "{what}"));
    }
}

#[test]
fn a_critical_table_in_unknown_words_refuses_the_image() {
    let tables = tables(true);
    let mut draft = draft(&tables);
    draft.segments[0][cells_of(&tables, 1) + 64 + 9] = 11;
    open(&draft.sealed()[0], |image| {
        let unknown = Err(TableError::Unknown { table: 1 });
        assert_eq!(image.unwrap().knows(&["file", "page"]), unknown);
    });
}

#[test]
fn a_head_cell_is_understood_or_refused() {
    // Of a layout in unknown words nothing but the head cell is used, and so it must be right.
    let tables = tables(false);
    for (what, at) in
        [("the version", 56), ("the row", 48), ("a flag", 55), ("a reserved byte", 63)]
    {
        let mut draft = draft(&tables);
        let cells = cells_of(&tables, 1);
        draft.segments[0][cells + 64 + 9] = 11;
        draft.segments[0][cells + at] ^= 0x81;
        let memory = draft.sealed().remove(0);
        assert!(read(&[&memory]).is_err(), "{what}, by the reference");
        open(&memory, |image| {
            let refused = matches!(image, Err(ImageError::Layout { table: 1, .. }));
            assert!(refused, "{what}: {image:?}");
        });
    }
}

#[test]
fn a_layout_on_its_own_is_understood_or_refused() {
    for (what, at, byte) in WORDS {
        let mut cells = cells::encode(&shape_of::<Page>());
        assert!(Layout::read(&cells).unwrap().0.is_understood());
        cells[64 + at] = byte;
        assert!(Layout::read(&cells).is_err(), "{what}");
    }
}

#[test]
fn what_may_be_skipped_is_skipped() {
    let tables = tables(false);
    let entry = 64 + padded(4);
    // Offset, byte, and whether a reader goes on.
    for (at, byte, is_skipped) in [
        (32, 1, false),
        (47, 1, false),
        (48, 1, true),
        (63, 255, true),
        (entry, 4, false),
        (entry + 1, 128, false),
        (entry + 2, 1, true),
        (entry + 3, 128, true),
        (entry + 4, 1, false),
    ] {
        let mut draft = draft(&tables);
        draft.segments[0][at] |= byte;
        let memory = draft.sealed().remove(0);
        assert_eq!(read(&[&memory]).is_ok(), is_skipped, "byte {at}, by the reference");
        open(&memory, |image| {
            let read = image.and_then(Image::verify).map(drop);
            assert_eq!(read.is_ok(), is_skipped, "byte {at}: {read:?}");
        });
    }
}

#[test]
fn a_cell_that_may_be_skipped_leaves_its_table_alone() {
    let mut tables = tables(false);
    tables[1].shape.retired.push((vec![77], String::new()));
    let last = cells_of(&tables, 1) + cells::encode(&tables[1].shape).len() - 64;
    for tag in [128, 255] {
        let mut draft = draft(&tables);
        draft.segments[0][last + 8] = tag;
        let memory = draft.sealed().remove(0);
        let (_, right) = read(&[&memory]).unwrap();
        assert_eq!(right[1].rows, tables[1].rows, "tag {tag}, by the reference");
        open(&memory, |image| {
            let image = image.unwrap().verify().unwrap();
            let mut room = Room::empty();
            let pages = image.table::<Page>(&mut room).unwrap();
            assert_eq!(pages.iter().map(|page| page.pfn).collect::<Vec<_>>(), [1, 2, 3]);
        });
    }
}

/// A later parent of pages, which were a table of their own before.
#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone, Copy, Debug)]
#[kserial(record = "shelf")]
#[repr(C)]
struct Shelf {
    #[kserial(id = 1)]
    number: u64,
    #[kserial(id = 2)]
    pages: Rows<Page>,
}

#[test]
fn critical_rows_that_would_be_looked_for_elsewhere_are_not_lost() {
    // The writer has pages and no shelf, or one that counts none: a reader that goes through its
    // shelves would find no page, and not know.
    let shelf = |counts: bool, end: i128| {
        let mut shape = shape_of::<Shelf>();
        shape.members.retain(|member| counts || member.path == [1]);
        let values = if counts { row([1, end]) } else { row([1]) };
        Table::of(shape, vec![values])
    };
    let pages = |critical| Table { sorted: false, ..tables(critical)[1].clone() };
    let (pages, common) = (pages(true), pages(false));
    let none = Table { rows: Vec::new(), ..pages.clone() };
    for (what, tables, table) in [
        ("no shelf", vec![pages.clone()], Some(0)),
        ("a shelf that counts none", vec![shelf(false, 0), pages.clone()], Some(1)),
        ("a shelf that counts them", vec![shelf(true, 3), pages], None),
        ("pages that are not critical", vec![common], None),
        ("no page", vec![none], None),
    ] {
        open(&draft(&tables).sealed()[0], |image| {
            let image = image.unwrap();
            let expected = table.map(|table| TableError::Unknown { table });
            let mut room = Room::empty();
            assert_eq!(image.stream::<Shelf>(&mut room).err(), expected, "{what}");
            let image = image.verify().unwrap();
            let mut room = Room::empty();
            assert_eq!(image.table::<Shelf>(&mut room).err(), expected, "{what}");
            // Who looks for pages themselves finds them.
            let mut room = Room::empty();
            let pages = image.table::<Page>(&mut room).unwrap();
            assert_eq!(pages.len(), image.tables().last().unwrap().rows, "{what}");
        });
    }
}
