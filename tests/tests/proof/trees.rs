//! Parents and children: marks, blobs, orders and late tables, and images that lie about them.
//!
//! Each lie is sealed with right sums, so that only the rule it breaks stands against it; and it is
//! held against the reference as well, so that the rule is one of the page.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test that cannot go on has failed; its numbers are small"
)]

use kserial::image::{rewrite, size, ImageError};
use kserial::{Blob, Byte, Image, Machine, Record, Room, Rows, Spec, Steps, Verified, Writer};
use kserial_reference::image::{read, Draft, Head as There, Table};
use kserial_reference::{Kind, Member, Row, Shape};
use kserial_tests::records::{shape_of, File, Page};

const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x0ddb_a115;
const THERE: There =
    There { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: NUMBER };

/// A file: its token, where its pages and its bytes end.
type Ends = (i128, i128, i128);

const FILES: [Ends; 3] = [(9, 2, 0), (4, 2, 5), (7, 5, 6)];
/// The index of every page: ascending within each file.
const PAGES: [i128; 5] = [3, 8, 1, 2, 6];
const DATA: [u8; 6] = *b"hello!";

fn row<const N: usize>(values: [i128; N]) -> Row {
    (1..).zip(values).map(|(id, value)| (vec![id], vec![value])).collect()
}

fn blob_shape() -> Shape {
    Shape { record: "file.3".to_owned(), ..shape_of::<Byte>() }
}

fn tables() -> Vec<Table> {
    let files = FILES.map(|(token, pages, data)| row([token, pages, data, 0]));
    let pages = (1..).zip(PAGES).map(|(pfn, index)| row([pfn, index]));
    vec![
        Table { late: true, ..Table::of(shape_of::<File>(), files.to_vec()) },
        Table { sorted: true, ..Table::of(shape_of::<Page>(), pages.collect()) },
        Table::of(blob_shape(), DATA.map(|byte| row([i128::from(byte)])).to_vec()),
    ]
}

/// The same by `kserial`, in one segment.
fn written() -> Vec<u8> {
    let specs = [
        Spec::of::<File>(3).late(),
        Spec::of::<Page>(5).sorted(),
        Spec::of::<Byte>(6).named("file.3"),
    ];
    let mut memory = vec![0x55; size(&specs, 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    let mut image = Writer::new(&specs, HERE, NUMBER, &mut parts, crc32fast::hash).unwrap();
    let mut files = image.table::<File>().unwrap();
    let mut pages = image.table::<Page>().unwrap();
    let mut data = image.table::<Byte>().unwrap();
    for (token, last_page, last_byte) in FILES {
        while (pages.len() as i128) < last_page {
            let pfn = pages.len() as u64 + 1;
            pages.push(&Page { pfn, index: PAGES[pages.len()] as u64 }).unwrap();
        }
        while (data.len() as i128) < last_byte {
            data.push(&Byte(DATA[data.len()])).unwrap();
        }
        let (pages, data) = (pages.mark().unwrap(), data.mark().unwrap());
        files.push(&File { token: token as u64, pages, data, seals: 0 }).unwrap();
    }
    files.finish(&mut image).unwrap();
    pages.finish(&mut image).unwrap();
    data.finish(&mut image).unwrap();
    image.finish().unwrap();
    memory
}

fn drawn(tables: &[Table]) -> Draft {
    let mut length = 64;
    loop {
        if let Some(draft) = Draft::new(THERE, tables, &[length]) {
            return draft;
        }
        length += 64;
    }
}

fn verified<R>(segments: &[&[u8]], look: impl FnOnce(Verified<'_>) -> R) -> Result<R, ImageError> {
    Image::open(segments, &HERE, crc32fast::hash)?.verify().map(look)
}

fn judge(segments: &[Vec<u8>]) -> Result<(), ImageError> {
    verified(&[&segments[0]], |_| ())
}

#[test]
fn families_are_written_as_the_page_says() {
    assert_eq!(written(), drawn(&tables()).sealed()[0]);
}

#[test]
fn every_parent_has_its_own_children() {
    let memory = written();
    verified(&[&memory], |image| {
        let (mut file_room, mut page_room, mut byte_room) =
            (Room::empty(), Room::empty(), Room::empty());
        let files = image.table::<File>(&mut file_room).unwrap();
        let pages = image.table::<Page>(&mut page_room).unwrap();
        let bytes = image.table_named::<Byte>("file.3", &mut byte_room).unwrap();
        let seen: Vec<Vec<u64>> = files
            .with(|file| file.pages, &pages)
            .map(|(_, pages)| pages.iter().map(|page| page.index).collect())
            .collect();
        assert_eq!(seen, [vec![3, 8], vec![], vec![1, 2, 6]]);
        let blobs: Vec<Vec<u8>> = files
            .with(|file| file.data, &bytes)
            .map(|(_, bytes)| bytes.iter().map(|byte| byte.0).collect())
            .collect();
        assert_eq!(blobs, [b"".to_vec(), b"hello".to_vec(), b"!".to_vec()]);
        let selected = pages.select::<(u64, u64)>((Page::PFN, Page::INDEX)).unwrap();
        let mut in_turn = selected.in_turn();
        let marks = files.select::<(Rows<Page>, Blob<u32>)>((File::PAGES, File::DATA)).unwrap();
        let seen: Vec<Vec<(u64, u64)>> =
            marks.iter().map(|(mark, _)| in_turn.up_to(&mark).collect()).collect();
        assert_eq!(seen, [vec![(1, 3), (2, 8)], vec![], vec![(3, 1), (4, 2), (5, 6)]]);
        assert_eq!(marks.iter().map(|(_, data)| data.end()).collect::<Vec<_>>(), [0, 5, 6]);
        let third = pages.slice(files.children(2, |file| file.pages));
        assert_eq!(third.find(|page| page.index.cmp(&2)).unwrap().unwrap().pfn, 4);
        assert!(third.find(|page| page.index.cmp(&3)).unwrap().is_none());
        // Below each parent indexes begin anew: what holds for one says nothing of all.
        for (index, pfn) in [(3, 1), (8, 2), (1, 3), (2, 4), (6, 5)] {
            let page = pages.find(|page| page.index.cmp(&index)).unwrap();
            assert_eq!(page.map(|page| page.pfn), Some(pfn), "index {index}");
        }
        assert_eq!(files.find(|file| file.token.cmp(&4)).unwrap().unwrap().data.end(), 5);
    })
    .unwrap();
}

/// Each of some pages is found by its index, in which they do not ascend.
fn are_found_by_index(shape: Shape, sorted: bool) {
    let rows = (1..20).map(|pfn| row([pfn, (pfn * 7) % 20])).collect();
    let pages = [Table { sorted, ..Table::of(shape, rows) }];
    verified(&[&drawn(&pages).sealed()[0]], |image| {
        let mut room = Room::empty();
        let pages = image.table::<Page>(&mut room).unwrap();
        for pfn in 1..20 {
            let index = (pfn * 7) % 20;
            let found = pages.find(|page| page.index.cmp(&index)).unwrap();
            assert_eq!(found.map(|page| page.pfn), Some(pfn), "index {index}");
        }
    })
    .unwrap();
}

#[test]
fn rows_in_no_order_are_looked_for_one_by_one() {
    are_found_by_index(shape_of::<Page>(), false);
}

#[test]
fn rows_that_ascend_by_another_key_are_looked_for_one_by_one() {
    let mut shape = shape_of::<Page>();
    for member in &mut shape.members {
        member.key = member.path == [1];
    }
    are_found_by_index(shape, true);
}

#[test]
fn a_rewritten_late_table_is_the_image_written_anew() {
    let mut memory = written();
    let mut tables = tables();
    let file = |(token, pages, data): Ends| File {
        token: token as u64,
        pages: Rows::up_to(pages as u64),
        data: Blob::up_to(data as u32),
        seals: 3,
    };
    let mut parts = [memory.as_mut_slice()];
    rewrite(&mut parts, &FILES.map(file), &mut Steps::empty(), crc32fast::hash).unwrap();
    for row in &mut tables[0].rows {
        row.insert(vec![4], vec![3]);
    }
    assert_eq!(memory, drawn(&tables).sealed()[0]);
}

/// A look at the table of `T` of an image that has none.
pub(crate) fn empty_table<T: Record, R>(look: impl FnOnce(kserial::Table<'_, T>) -> R) -> R {
    let mut memory = vec![0; size(&[], 4096).unwrap().bytes()];
    let mut parts = [memory.as_mut_slice()];
    Writer::new(&[], HERE, NUMBER, &mut parts, crc32fast::hash).unwrap().finish().unwrap();
    verified(&[&memory], |image| look(image.table::<T>(&mut Room::empty()).unwrap())).unwrap()
}

/// A lie: what it does to the tables.
type Lie = fn(&mut Vec<Table>);

#[test]
fn families_that_lie_are_refused() {
    let lies: [(&str, Lie); 13] = [
        ("a mark falls", |t| set(t, 0, 1, 2, 1)),
        ("the last mark is past the children", |t| set(t, 0, 2, 2, 6)),
        ("the last mark is before the children's end", |t| set(t, 0, 2, 2, 4)),
        ("a mark is enormous", |t| set(t, 0, 0, 2, u64::MAX.into())),
        ("children that are not there", |t| drop(t.remove(2))),
        ("rows are not in order", |t| set(t, 1, 4, 2, 2)),
        ("a key comes twice within a parent", |t| set(t, 1, 3, 2, 1)),
        ("two members count one record", |t| {
            t[0].shape.members[2].child = Some("page".to_owned());
            set(t, 0, 0, 3, 2);
            set(t, 0, 1, 3, 2);
            set(t, 0, 2, 3, 5);
            drop(t.remove(2));
        }),
        ("two tables count one record", |t| {
            let mut other = t[0].clone();
            other.shape.record = "folder".to_owned();
            other.shape.members.retain(|member| member.path != [3]);
            t.push(other);
        }),
        ("a parent without rows", |t| t[0].rows.clear()),
        ("sorted without a key", |t| t[1].shape.members[1].key = false),
        ("a family without end", |t| {
            // Files count pages, and pages count files.
            t[1].shape.members[0] = Member {
                kind: Kind::End,
                child: Some("file".to_owned()),
                ..t[1].shape.members[0].clone()
            };
            (0..5).for_each(|row| set(t, 1, row, 1, 3));
        }),
        ("two tables of one record", |t| t[2].shape.record = "page".to_owned()),
    ];
    for (what, lie) in lies {
        let mut tables = tables();
        lie(&mut tables);
        let segments = drawn(&tables).sealed();
        let found = judge(&segments);
        assert!(found.is_err(), "{what}: taken");
        assert!(read(&[&segments[0]]).is_err(), "{what}: the reference takes it");
    }
}

fn set(tables: &mut [Table], table: usize, row: usize, id: u16, value: i128) {
    tables[table].rows[row].insert(vec![id], vec![value]);
}

/// Another lie: what it does to the bytes before they are sealed, given where the last row ends.
type Forgery = fn(&mut Draft);

#[test]
fn bytes_that_lie_under_right_sums_are_refused() {
    let forgeries: [(&str, Forgery); 14] = [
        ("another magic", |d| d.segments[0][0] ^= 1),
        ("a later version", |d| d.segments[0][8] = 2),
        ("another byte order", |d| d.segments[0][24] = 2),
        ("encryption neither on nor off", |d| d.segments[0][27] = 2),
        ("something in the head's reserve", |d| d.segments[0][30] = 1),
        ("no segments", |d| d.segments[0][16] = 0),
        ("a segment that is longer", |d| d.segments[0][64] ^= 64),
        ("something behind the lengths", |d| d.segments[0][68] = 1),
        ("an unknown flag of a table", |d| d.segments[0][128] |= 4),
        ("something in an entry's reserve", |d| d.segments[0][132] = 1),
        ("more rows than there is room", |d| d.segments[0][128 + 8 + 5] = 1),
        ("something behind the entries", |d| d.segments[0][128 + 50] = 1),
        ("a layout of another encoding", |d| d.segments[0][192 + 56] = 2),
        ("something behind the sum", |d| d.segments[0][d.length + 5] = 1),
    ];
    for (what, forgery) in forgeries {
        let mut draft = drawn(&tables());
        forgery(&mut draft);
        let segments = draft.sealed();
        assert!(judge(&segments).is_err(), "{what}: taken");
        assert!(read(&[&segments[0]]).is_err(), "{what}: the reference takes it");
    }
}

#[test]
fn a_gap_is_zero_between_tables_and_behind_them() {
    for extent in [0, 2] {
        let draft = drawn(&tables());
        let gap = draft.extents[extent].end();
        let mut segments = draft.sealed();
        assert!(read(&[&segments[0]]).is_ok());
        segments[0][gap] = 1;
        assert_eq!(judge(&segments), Err(ImageError::Gap { segment: 0 }));
        assert!(read(&[&segments[0]]).is_err());
    }
}

#[test]
fn an_image_has_a_segment_and_at_most_256_tables() {
    let table = |n: usize| {
        Table::of(Shape { record: format!("table-{n}"), ..shape_of::<Byte>() }, Vec::new())
    };
    let tables: Vec<Table> = (0..256).map(table).collect();
    let sealed = Draft::new(THERE, &tables, &[1 << 16]).unwrap().sealed();
    assert_eq!(verified(&[&sealed[0]], |image| image.tables().count()), Ok(256));
    for (at, count) in [(20, 257_u32), (20, u32::MAX), (16, 0)] {
        let mut segments = sealed.clone();
        segments[0][at..at + 4].copy_from_slice(&count.to_le_bytes());
        assert_eq!(judge(&segments), Err(ImageError::Directory), "{count} at {at}");
        assert!(read(&[&segments[0]]).is_err());
    }
}

#[test]
fn a_block_belongs_to_its_place() {
    // Two equal blocks of one table: with their sums they would be interchangeable, were the sums
    // not salted with the block's number.
    let rows: Vec<Row> = (0..1024).map(|n| row([n / 512, n % 512])).collect();
    let draft = drawn(&[Table::of(shape_of::<Page>(), rows)]);
    let extent = draft.extents[0].clone();
    let blocks: Vec<_> = extent.sealed().collect();
    let mut segments = draft.sealed();
    assert!(judge(&segments).is_ok());
    let bytes = segments[0].clone();
    let (_, first, first_sum) = &blocks[0];
    let (_, second, second_sum) = &blocks[1];
    segments[0][first.clone()].copy_from_slice(&bytes[second.clone()]);
    segments[0][second.clone()].copy_from_slice(&bytes[first.clone()]);
    segments[0][*first_sum..first_sum + 4].copy_from_slice(&bytes[*second_sum..second_sum + 4]);
    segments[0][*second_sum..second_sum + 4].copy_from_slice(&bytes[*first_sum..first_sum + 4]);
    let error = judge(&segments);
    assert_eq!(error, Err(ImageError::BlockSum { table: 0, row: 0 }));
    assert!(read(&[&segments[0]]).is_err());
}

#[test]
fn a_change_after_sealing_is_found() {
    let draft = drawn(&tables());
    let (row, sum) = (draft.extents[1].offset, draft.extents[1].sums());
    let sealed = draft.sealed();
    // A smaller page order is well formed, and so is another page frame number.
    for (what, at) in [("the head", 26), ("a row", row), ("a sum", sum)] {
        let mut segments = sealed.clone();
        segments[0][at] ^= 2;
        assert!(judge(&segments).is_err(), "{what}: taken");
        assert!(read(&[&segments[0]]).is_err(), "{what}: the reference takes it");
    }
}

#[test]
fn the_state_of_another_machine_is_refused() {
    let other: [fn(&mut There); 4] =
        [|m| m.arch = 183, |m| m.page_shift = 16, |m| m.max_order = 11, |m| m.encrypted = true];
    for (n, change) in other.into_iter().enumerate() {
        let mut machine = THERE;
        change(&mut machine);
        let segments = Draft::new(machine, &tables(), &[4096]).unwrap().sealed();
        assert_eq!(judge(&segments), Err(ImageError::Machine), "change {n}");
        let slices = [segments[0].as_slice()];
        assert!(Image::inspect(&slices, crc32fast::hash).is_ok(), "tools read it all the same");
    }
    let smaller = There { max_order: 9, ..THERE };
    assert_eq!(judge(&Draft::new(smaller, &tables(), &[4096]).unwrap().sealed()), Ok(()));
}

#[test]
fn a_hostile_directory_is_judged_in_bounded_time() {
    // Thousands of end marks, each of them into a record of its own.
    let mark = |table: usize, n: u16| Member {
        bit: u32::from(n) * 32,
        child: Some(format!("child-{table}-{n}")),
        ..Member::new(&[n + 1], "mark", Kind::End, 32)
    };
    let table = |number: usize| {
        let members = (0..256).map(|n| mark(number, n)).collect();
        let record = format!("parent-{number}");
        let (critical, required, retired) = (false, false, Vec::new());
        Table::of(
            Shape { record, row: 1024, align: 4, critical, required, members, retired },
            Vec::new(),
        )
    };
    let tables: Vec<Table> = (0..16).map(table).collect();
    let segments = Draft::new(THERE, &tables, &[2 << 20]).unwrap().sealed();
    let started = std::time::Instant::now();
    assert_eq!(judge(&segments), Ok(()));
    let took = started.elapsed();
    assert!(took.as_secs() < 20, "{took:?}: it grows with the square of what an image holds");
}

#[test]
fn tiny_segments_cost_no_more_than_large_ones() {
    // As many pieces as there can be: a parent and its child in 64 bytes each.
    let families = 60_000;
    let files = (1..=families).map(|n| row([n, n, 0, 0]));
    let pages = (1..=families).map(|n| row([n, 1]));
    let tables = [
        Table::of(shape_of::<File>(), files.collect()),
        Table { sorted: true, ..Table::of(shape_of::<Page>(), pages.collect()) },
    ];
    let mut lengths = vec![64; 60_000];
    lengths[0] = 256 << 10;
    let segments = Draft::new(THERE, &tables, &lengths).unwrap().sealed();
    let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
    let started = std::time::Instant::now();
    verified(&parts, |_| ()).unwrap();
    let took = started.elapsed();
    assert!(took.as_secs() < 10, "{took:?}: every row was looked for from the first segment on");
}
