//! The lock: what a history allows the next generation of a record to be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::lock::{Broken, Contradiction, History, Renamed};
use kserial::{KSerial, Layout, Path, Record};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A record with this declaration.
macro_rules! generation {
    ($name:ident { $($body:tt)* } $($retired:tt)*) => {{
        #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
        #[kserial(record = "fan" $($retired)*)]
        #[repr(C)]
        struct $name { $($body)* }
        $name::SHAPE
    }};
}

fn first() -> Layout<'static> {
    generation!(First {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, slow = 1))]
        mode: u32,
        #[kserial(id = 3)]
        limit: u64,
    })
}

fn judge(generations: &[Layout<'_>], now: Layout<'_>) -> Option<(Path, Broken)> {
    let history = History { generations, renamed: &[] };
    history.judge(now).err().map(|Contradiction { path, what }| (path, what))
}

#[test]
fn what_was_retired_stays_retired() {
    let second = generation!(
        Second {
            #[kserial(id = 1)]
            speed: u32,
            #[kserial(id = 2, open(off = 0, slow = 1))]
            mode: u32,
        },
        retired(3 = "limit")
    );
    let silent = generation!(Silent {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, slow = 1))]
        mode: u32,
    });
    assert_eq!(judge(&[first()], second), None);
    assert_eq!(judge(&[first(), second], second), None);
    assert_eq!(judge(&[first()], silent), Some((Path::of(3), Broken::Dropped)));
    assert_eq!(judge(&[first(), second], silent), Some((Path::of(3), Broken::Dropped)));
    assert_eq!(judge(&[first(), second], first()), Some((Path::of(3), Broken::Returned)));
}

#[test]
fn each_member_is_judged_on_its_own_where_asked() {
    let swapped = generation!(Swapped {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, slow = 1))]
        mode: u32,
        #[kserial(id = 3)]
        cap: u64,
    });
    let generations = [first()];
    let history = History { generations: &generations, renamed: &[] };
    let broken = Contradiction { path: Path::of(3), what: Broken::Name };
    assert_eq!(history.judge(swapped), Err(broken));
    assert_eq!(history.judge_below(swapped, 3), Err(broken));
    for id in [1, 2, 4] {
        assert_eq!(history.judge_below(swapped, id), Ok(()), "member {id}");
    }
}

#[test]
fn a_new_name_is_believed_where_it_is_written_down() {
    let renamed = generation!(Renamed {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, quiet = 1))]
        mode: u32,
        #[kserial(id = 3)]
        cap: u64,
    });
    let generations = [first()];
    let value = Renamed { path: Path::of(2), from: "slow", to: "quiet" };
    let member = Renamed { path: Path::of(3), from: "limit", to: "cap" };
    let judge = |renamed_there: &[Renamed<'_>]| {
        History { generations: &generations, renamed: renamed_there }.judge(renamed)
    };
    assert_eq!(judge(&[value, member]), Ok(()));
    assert_eq!(judge(&[member, value]), Ok(()));
    let broken = |id, what| Err(Contradiction { path: Path::of(id), what });
    assert_eq!(judge(&[member]), broken(2, Broken::Value));
    assert_eq!(judge(&[value]), broken(3, Broken::Name));
    let elsewhere = Renamed { path: Path::of(1), ..member };
    let otherwise = Renamed { to: "most", ..member };
    let from_another = Renamed { from: "most", ..member };
    for other in [elsewhere, otherwise, from_another] {
        assert_eq!(judge(&[value, other]), broken(3, Broken::Name), "{other:?}");
    }
}

#[test]
fn a_name_may_change_again_and_only_the_last_one_counts() {
    let second = generation!(Second {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, quiet = 1))]
        mode: u32,
        #[kserial(id = 3)]
        limit: u64,
    });
    let third = generation!(Third {
        #[kserial(id = 1)]
        speed: u32,
        #[kserial(id = 2, open(off = 0, calm = 1))]
        mode: u32,
        #[kserial(id = 3)]
        limit: u64,
    });
    let path = Path::of(2);
    let renamed =
        [Renamed { path, from: "slow", to: "quiet" }, Renamed { path, from: "quiet", to: "calm" }];
    let generations = [first(), second];
    let judge =
        |renamed: &[Renamed<'_>]| History { generations: &generations, renamed }.judge(third);
    assert_eq!(judge(&renamed), Ok(()));
    let broken = Contradiction { path, what: Broken::Value };
    assert_eq!(judge(&renamed[..1]), Err(broken));
}
