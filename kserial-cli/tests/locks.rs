//! Locks as files: what they hold, what they refuse, and that they only ever grow.
//!
//! The layouts are derived, so that what is held against the lock is what a compiler would.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::lock::Broken;
use kserial::{KSerial, Layout, Path, Record, Rows, Verdict};
use kserial_cli::lock::{append, check, Lock, LockError, Standing};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A record of this name and these members.
macro_rules! layout {
    ($record:literal $(, $retired:ident($($id:tt)*))?; $($(#[$attribute:meta])* $field:ident: $ty:ty,)*) => {{
        #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
        #[kserial(record = $record $(, $retired($($id)*))?)]
        #[repr(C)]
        struct Row {
            $($(#[$attribute])* $field: $ty,)*
        }
        Row::SHAPE
    }};
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "folio")]
#[repr(C)]
struct Folio {
    #[kserial(id = 1)]
    pfn: u64,
    #[kserial(id = 2)]
    index: u64,
}

#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "page")]
#[repr(C)]
struct Page {
    #[kserial(id = 1)]
    pfn: u64,
}

/// The layout that the others here are held against.
fn first() -> Layout<'static> {
    layout! {
        "memfd";
        #[kserial(id = 1, unit = "bytes")] size: u64,
        #[kserial(id = 2, unit = "bytes")] pos: u64,
        #[kserial(id = 3, nested)] last: Folio,
        #[kserial(id = 4, closed(plain = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
    }
}

fn contradiction(text: &str, now: Layout<'_>) -> Option<(Path, Broken)> {
    match check(text, now) {
        Ok(_) => None,
        Err(LockError::Contradicted { contradiction, .. }) => {
            Some((contradiction.path, contradiction.what))
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_lock_gives_back_every_layout_that_was_written_down() {
    let second = layout! {
        "memfd", retired(2 = "pos");
        #[kserial(id = 1, unit = "bytes", default = 0, critical, range(0..=9, 4096))] size: u64,
        #[kserial(id = 3, nested)] last: Folio,
        #[kserial(id = 4, open(plain = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
        #[kserial(id = 6, text, key, sensitive)] name: [u8; 8],
        #[kserial(id = 7, default = -1, legacy)] delta: [i32; 2],
        #[kserial(id = 8, default = 0xffff_ffff_ffff_ffff_u64)] all: u64,
    };
    let text = append("", first()).unwrap();
    let text = append(&text, second).unwrap();
    let lock = Lock::parse(&text).unwrap();
    let generations: Vec<Layout<'_>> = lock.generations().collect();
    assert_eq!(generations, [first(), second]);
    assert_eq!(lock.record(), "memfd");
}

#[test]
fn writing_down_twice_changes_nothing() {
    let text = append("", first()).unwrap();
    assert_eq!(check(&text, first()), Ok(Standing::Written));
    assert_eq!(append(&text, first()).unwrap(), text);
}

#[test]
fn what_was_written_stays_as_it_was_comments_and_all() {
    let text = format!("# Ask storage before you touch this.\n{}", append("", first()).unwrap());
    let next = layout! {
        "memfd", retired(2 = "pos", 3 = "last", 4 = "mode", 5 = "folios");
        #[kserial(id = 1, unit = "bytes")] size: u64,
    };
    assert_eq!(check(&text, next), Ok(Standing::New));
    let appended = append(&text, next).unwrap();
    assert!(appended.starts_with(&text), "{appended}");
    assert_eq!(Lock::parse(&appended).unwrap().generations().count(), 2);
}

/// What the plan cannot see: both sides have members of these IDs and types, so to it nothing but
/// names differ.
#[test]
fn two_ids_of_one_type_swapped_show_only_against_history() {
    let swapped = layout! {
        "memfd";
        #[kserial(id = 2, unit = "bytes")] size: u64,
        #[kserial(id = 1, unit = "bytes")] pos: u64,
        #[kserial(id = 3, nested)] last: Folio,
        #[kserial(id = 4, closed(plain = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
    };
    assert_eq!(Verdict::of(first(), swapped).grade(), kserial::Grade::Compatible);
    let text = append("", first()).unwrap();
    assert_eq!(contradiction(&text, swapped), Some((Path::of(1), Broken::Name)));
}

#[test]
fn an_id_that_is_reused_with_the_same_type_shows_only_against_history() {
    let reused = layout! {
        "memfd";
        #[kserial(id = 1, unit = "bytes")] size: u64,
        #[kserial(id = 2, unit = "bytes")] allocated: u64,
        #[kserial(id = 3, nested)] last: Folio,
        #[kserial(id = 4, closed(plain = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
    };
    assert_eq!(Verdict::of(first(), reused).grade(), kserial::Grade::Compatible);
    let text = append("", first()).unwrap();
    assert_eq!(contradiction(&text, reused), Some((Path::of(2), Broken::Name)));
}

#[test]
fn a_rename_is_believed_when_it_is_written_down() {
    let renamed = layout! {
        "memfd";
        #[kserial(id = 1, unit = "bytes")] size: u64,
        #[kserial(id = 2, unit = "bytes")] position: u64,
        #[kserial(id = 3, nested)] last: Folio,
        #[kserial(id = 4, closed(small = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
    };
    let text = append("", first()).unwrap();
    assert_eq!(contradiction(&text, renamed), Some((Path::of(2), Broken::Name)));
    let text = text + "\n[[renamed]]\nid = 2\nfrom = \"pos\"\nto = \"position\"\n";
    assert_eq!(contradiction(&text, renamed), Some((Path::of(4), Broken::Value)));
    let text = text + "\n[[renamed]]\nid = \"4\"\nfrom = \"plain\"\nto = \"small\"\n";
    let text = append(&text, renamed).unwrap();
    assert_eq!(check(&text, renamed), Ok(Standing::Written));
    // And now the old name would be the new one.
    assert_eq!(contradiction(&text, first()), Some((Path::of(2), Broken::Name)));
}

/// Member 1 of the first layout, changed in one way, and all that is said of it.
#[test]
fn an_id_keeps_its_meaning() {
    macro_rules! memfd {
        ($($member:tt)*) => {
            layout! {
                "memfd", retired(2 = "pos", 3 = "last", 4 = "mode", 5 = "folios");
                $($member)*
            }
        };
    }
    let text = append("", first()).unwrap();
    let cases = [
        (memfd!(#[kserial(id = 1, unit = "bytes")] size: u32,), None),
        (memfd!(#[kserial(id = 1, unit = "bytes", default = 0, critical)] size: u64,), None),
        (memfd!(#[kserial(id = 1, unit = "pages")] size: u64,), Some(Broken::Unit)),
        (memfd!(#[kserial(id = 1, unit = "bytes")] size: i64,), Some(Broken::Kind)),
        (memfd!(#[kserial(id = 1, unit = "bytes")] size: [u64; 1],), Some(Broken::Array)),
        (memfd!(#[kserial(id = 1, unit = "bytes")] length: u64,), Some(Broken::Name)),
        (memfd!(#[kserial(id = 6)] size: u64,), Some(Broken::Dropped)),
    ];
    for (now, expected) in cases {
        assert_eq!(contradiction(&text, now), expected.map(|what| (Path::of(1), what)));
    }
}

#[test]
fn what_is_nested_is_held_against_history_too() {
    #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "folio")]
    #[repr(C)]
    struct Swapped {
        #[kserial(id = 2)]
        pfn: u64,
        #[kserial(id = 1)]
        index: u64,
    }
    let swapped = layout! {
        "memfd";
        #[kserial(id = 1, unit = "bytes")] size: u64,
        #[kserial(id = 2, unit = "bytes")] pos: u64,
        #[kserial(id = 3, nested)] last: Swapped,
        #[kserial(id = 4, closed(plain = 0, huge = 1))] mode: u64,
        #[kserial(id = 5)] folios: Rows<Folio>,
    };
    let text = append("", first()).unwrap();
    let inner = Path::of(3).then(1).unwrap();
    assert_eq!(contradiction(&text, swapped), Some((inner, Broken::Name)));
}

#[test]
fn an_end_mark_keeps_its_child_and_an_enum_its_values() {
    let text = append("", first()).unwrap();
    let elsewhere = layout! {
        "memfd", retired(1, 2, 3, 4);
        #[kserial(id = 5)] folios: Rows<Page>,
    };
    assert_eq!(contradiction(&text, elsewhere), Some((Path::of(5), Broken::Child)));
    let renumbered = layout! {
        "memfd", retired(1, 2, 3, 5);
        #[kserial(id = 4, closed(plain = 0, huge = 2))] mode: u64,
    };
    assert_eq!(contradiction(&text, renumbered), Some((Path::of(4), Broken::Value)));
}

#[test]
fn a_retired_id_stays_retired_however_long_ago() {
    let retired = layout! { "memfd", retired(2 = "pos"); #[kserial(id = 1)] size: u64, };
    let later = layout! {
        "memfd", retired(2 = "pos");
        #[kserial(id = 1)] size: u64,
        #[kserial(id = 3)] seals: u64,
    };
    let text = append(&append("", retired).unwrap(), later).unwrap();
    let back = layout! {
        "memfd";
        #[kserial(id = 1)] size: u64,
        #[kserial(id = 2)] pos: u64,
        #[kserial(id = 3)] seals: u64,
    };
    assert_eq!(contradiction(&text, back), Some((Path::of(2), Broken::Returned)));
    let forgotten = layout! {
        "memfd";
        #[kserial(id = 1)] size: u64,
        #[kserial(id = 3)] seals: u64,
    };
    assert_eq!(contradiction(&text, forgotten), Some((Path::of(2), Broken::Dropped)));
}

#[test]
fn a_contradiction_is_told_with_both_names() {
    let reused =
        layout! { "memfd", retired(2, 3, 4, 5); #[kserial(id = 1, unit = "bytes")] length: u64, };
    let error = append(&append("", first()).unwrap(), reused).unwrap_err();
    assert!(error.is_contradiction());
    let text = error.to_string();
    assert!(
        text.starts_with("record memfd, member 1 (size, now length): the lock knows"),
        "{text}"
    );
}

#[test]
fn the_lock_of_another_record_is_refused() {
    let error = check("record = \"page\"", first()).unwrap_err();
    assert_eq!(error, LockError::Record { lock: "page".to_owned(), layout: "memfd".to_owned() });
    assert!(error.is_contradiction());
}

#[test]
fn what_is_no_lock_is_told_and_never_taken_for_one() {
    let cases = [
        ("", "not a lock file: "),
        ("record = 5", "not a lock file: "),
        ("record = \"memfd\"\nversion = 2", "not a lock file: "),
        (
            "record = \"memfd\"\n[[generation]]\nalign = 8",
            "generation 1 of the lock is no layout: ",
        ),
        (
            "record = \"memfd\"\n[[generation]]\nrow = 0\nmember = []",
            "generation 1 of the lock is no layout: ",
        ),
        (
            "record = \"memfd\"\n[[generation]]\nrow = 8\n\
             member = [{ id = 1, name = \"a\", kind = \"float\" }]",
            "generation 1 of the lock is no layout: ",
        ),
    ];
    for (text, start) in cases {
        let error = check(text, first()).unwrap_err();
        assert!(!error.is_contradiction(), "{text:?}: {error}");
        let told = error.to_string();
        assert!(told.starts_with(start) && told.len() > start.len(), "{text:?}: {told}");
    }
}
