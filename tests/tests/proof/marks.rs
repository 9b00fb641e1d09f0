//! End marks: they never fall, and one that does is named by its row, wherever it lies.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::image::ImageError;
use kserial::{Image, Machine, Path};
use kserial_reference::drawn::{Draft as Shaping, Placed};
use kserial_reference::image::{read, Draft, Head, Table as Drawn};
use kserial_reference::{Kind, Member, Row, Shape};
use kserial_tests::records::{shape_of, Page};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const THERE: Head =
    Head { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: 0x3a_2c_e5_11 };

/// Shelves of pages: a mark of four bytes and nothing else, or so much more that a window of eight bytes
/// has room.
fn shelf(is_wide: bool) -> Shape {
    let mark = Member::new(&[1], "pages", Kind::End, 32);
    let mut members = vec![Member { child: Some("page".to_owned()), ..mark }];
    if is_wide {
        members.push(Member::new(&[2], "number", Kind::Unsigned, 64));
    }
    let members = members.into_iter().map(|member| Placed { member, gap: 0 }).collect();
    let (record, retired) = ("shelf".to_owned(), Vec::new());
    Shaping { record, align: 2, flags: (false, false), members, retired }.packed()
}

/// Shelves with these marks, and as many pages.
fn tables(is_wide: bool, marks: &[i128], pages: i128) -> [Drawn; 2] {
    let shelf_row = |mark: &i128| {
        let number = is_wide.then_some((vec![2], vec![7]));
        Row::from_iter([(vec![1], vec![*mark])].into_iter().chain(number))
    };
    let page = |n| Row::from([(vec![1], vec![n]), (vec![2], vec![n])]);
    [
        Drawn::of(shelf(is_wide), marks.iter().map(shelf_row).collect()),
        Drawn::of(shape_of::<Page>(), (0..pages).map(page).collect()),
    ]
}

/// Whether the image is taken, or in which row a mark falls.
fn judge(draft: Draft) -> Result<(), usize> {
    let sealed = draft.sealed();
    let segments: Vec<&[u8]> = sealed.iter().map(Vec::as_slice).collect();
    let verified = Image::open(&segments, &HERE, crc32fast::hash).unwrap().verify();
    assert_eq!(verified.is_ok(), read(&segments).is_ok(), "by the reference");
    verified.map(drop).map_err(|error| match error {
        ImageError::Ends { table: 0, row, path } if path == Path::of(1) => row,
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_mark_that_falls_is_named_by_its_row() {
    for is_wide in [false, true] {
        for (marks, pages, expected) in [
            (&[0, 2, 2, 5][..], 5, Ok(())),
            (&[0, 0, 0], 0, Ok(())),
            (&[2, 1, 5], 5, Err(1)),
            (&[5, 5, 3], 3, Err(2)),
            (&[3, 2, 2, 3], 3, Err(1)),
            (&[1, 3], 2, Err(2)),
        ] {
            let tables = tables(is_wide, marks, pages);
            let draft = (1..).find_map(|n| Draft::new(THERE, &tables, &[n * 64])).unwrap();
            assert_eq!(judge(draft), expected, "{marks:?} of {pages} pages, wide: {is_wide}");
        }
    }
}

#[test]
fn a_mark_that_falls_where_a_segment_begins_is_seen() {
    for is_wide in [false, true] {
        // The second segment has a single shelf.
        let found = (100..).find_map(|shelves| {
            let marks = |last| (0..shelves).chain([last]).collect::<Vec<i128>>();
            let draft = |last| {
                let tables = tables(is_wide, &marks(last), 3.max(last));
                Draft::new(THERE, &tables, &[2048, 8192])
            };
            let alone = draft(shelves)?;
            let mut extents = alone.extents.iter().filter(|extent| extent.table == 0);
            (extents.nth(1)?.rows == 1).then(|| (shelves, alone, draft(3).unwrap()))
        });
        let (shelves, rising, falling) = found.unwrap();
        assert_eq!(judge(rising), Ok(()));
        assert_eq!(judge(falling), Err(usize::try_from(shelves).unwrap()), "wide: {is_wide}");
    }
}
