//! What errors say: something of its own for every one, with the numbers that it carries.

use std::collections::BTreeSet;
use std::fmt::Display;

use kserial::image::{ImageError, Misfit, TableError, WriteError};
use kserial::note::NoteError;
use kserial::{Cause, Incompatible, LayoutError, LayoutFault, Path};

/// Every error of the list says something else, and all of them say these words.
fn differ<E: Display>(errors: &[E], words: &[&str]) {
    let said: BTreeSet<String> = errors.iter().map(E::to_string).collect();
    assert_eq!(said.len(), errors.len(), "two errors say the same: {said:?}");
    let all: Vec<String> = said.into_iter().collect();
    assert!(all.iter().all(|text| text.len() > 8), "too short: {all:?}");
    for word in words {
        assert!(all.iter().any(|text| text.contains(word)), "nothing says {word}: {all:?}");
    }
}

#[test]
fn every_error_says_what_is_wrong_and_where() {
    let path = Path::of(77);
    let faults = [
        LayoutFault::Truncated,
        LayoutFault::Version(9),
        LayoutFault::Name,
        LayoutFault::Row(65_537),
        LayoutFault::Cells(513),
        LayoutFault::Flags(0x40),
        LayoutFault::Reserved,
        LayoutFault::Tag(99),
        LayoutFault::Path,
        LayoutFault::Duplicate(path),
        LayoutFault::Orphan(path),
        LayoutFault::Kind(11),
        LayoutFault::Shape(path),
        LayoutFault::Outside(path),
        LayoutFault::Overlap(path),
        LayoutFault::Default(path),
        LayoutFault::Interval(path),
        LayoutFault::Child(path),
        LayoutFault::Parents(path),
    ];
    let layouts = faults.map(|fault| LayoutError { cell: 5, fault });
    differ(&layouts, &["cell 5", "65537", "513", "99", "77"]);
    let layout = layouts[0];
    differ(
        &[
            NoteError::Length,
            NoteError::Version(8),
            NoteError::Roles(64),
            NoteError::Carrier(44),
            NoteError::Reserved,
            NoteError::Layout(layout),
        ],
        &["8", "44", "cell 5"],
    );
    let images = [
        ImageError::Magic,
        ImageError::Version(12),
        ImageError::ByteOrder(2),
        ImageError::Truncated { segment: 21 },
        ImageError::Length { segment: 22 },
        ImageError::HeadSum,
        ImageError::Directory,
        ImageError::Layout { table: 23, error: layout },
        ImageError::Flags { table: 24 },
        ImageError::Twice { table: 25 },
        ImageError::Rows { table: 26 },
        ImageError::Gap { segment: 27 },
        ImageError::Machine,
        ImageError::BlockSum { table: 28, row: 281 },
        ImageError::Value { table: 29, row: 291, path },
        ImageError::Padding { table: 33, row: 331, byte: 3311 },
        ImageError::Ends { table: 30, row: 301, path },
        ImageError::Depth { table: 31 },
        ImageError::Order { table: 32, row: 321 },
    ];
    differ(&images, &["12", "21", "22", "23", "24", "25", "26", "27", "281", "291", "301", "31"]);
    let causes = [
        Cause::Record,
        Cause::Kind,
        Cause::Array,
        Cause::Unit,
        Cause::Child,
        Cause::Renumbered,
        Cause::Disjoint,
        Cause::Required,
        Cause::Critical,
        Cause::NotUnderstood,
        Cause::Room,
    ];
    let incompatible = causes.map(|cause| Incompatible { path, cause });
    differ(&incompatible, &["member 77"]);
    let damaged = ImageError::BlockSum { table: 28, row: 281 };
    differ(
        &[
            TableError::Absent,
            TableError::Incompatible(incompatible[1]),
            TableError::Refused { path, row: 41 },
            TableError::Unknown { table: 42 },
            TableError::NotUnderstood { table: 43 },
            TableError::Scratch,
            TableError::Misfit { path, misfit: Misfit::Absent },
            TableError::Misfit { path, misfit: Misfit::Count },
            TableError::Misfit { path, misfit: Misfit::Kind },
            TableError::Misfit { path, misfit: Misfit::Width },
            TableError::Misfit { path, misfit: Misfit::Child },
            TableError::Image(damaged),
        ],
        &["41", "42", "77", "281", "no such member", "signed", "too few bits", "another record"],
    );
    differ(
        &[
            WriteError::Layout(layout),
            WriteError::Directory,
            WriteError::Length { segment: 51 },
            WriteError::Space,
            WriteError::Order,
            WriteError::Full,
            WriteError::Unfilled,
            WriteError::Mark,
            WriteError::Value { row: 52, path },
            WriteError::Refused { row: 53, path },
            WriteError::Incompatible(incompatible[2]),
            WriteError::NotLate,
            WriteError::Fixed { row: 54, path },
            WriteError::Image(damaged),
        ],
        &["51", "52", "53", "77", "281"],
    );
}

#[test]
fn every_contradiction_of_a_lock_says_what_to_do() {
    use kserial::lock::{Broken, Contradiction};
    let all = [
        Broken::Name,
        Broken::Kind,
        Broken::Array,
        Broken::Unit,
        Broken::Child,
        Broken::Value,
        Broken::Dropped,
        Broken::Returned,
    ];
    differ(&all.map(|what| Contradiction { path: Path::of(77), what }), &["77", "retire it"]);
}
