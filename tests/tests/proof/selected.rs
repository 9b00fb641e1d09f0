//! Selected members: what a struct of the whole row says of them, whoever wrote the rows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::image::{Members, Misfit, TableError};
use kserial::{Image, Path, PhysAddr, Record, Room, Rows, Table};
use kserial_reference::Row;
use kserial_tests::judged::path;
use kserial_tests::records::{Clock, Device, Extent, File, Page, Small};

/// A record of which every member is selected, once as its own type and once as a wider one.
pub(crate) trait Whole: Record {
    type Exact: Members;
    type Wide: Members;
    fn exact() -> <Self::Exact as Members>::Paths;
    fn wide() -> <Self::Wide as Members>::Paths;
    fn row(exact: Self::Exact) -> Row;
    fn wide_row(wide: Self::Wide) -> Row;
}

/// Values by member, in the order of a tuple.
fn row_of<const N: usize>(members: [(Path, Vec<i128>); N]) -> Row {
    members.into_iter().map(|(member, values)| (path(member), values)).collect()
}

fn one(member: Path, value: impl Into<i128>) -> (Path, Vec<i128>) {
    (member, vec![value.into()])
}

fn many<T: Into<i128>, const N: usize>(member: Path, values: [T; N]) -> (Path, Vec<i128>) {
    (member, values.into_iter().map(T::into).collect())
}

fn in_clock(member: Path) -> Path {
    Device::CLOCK.then(member.ids()[0]).unwrap()
}

type Clocks<R, S, F, B> = (R, S, F, B);

fn clock_paths() -> (Path, Path, Path, Path) {
    (in_clock(Clock::RATE), in_clock(Clock::SKEW), in_clock(Clock::FINE), in_clock(Clock::RUNNING))
}

impl Whole for Device {
    type Exact = (
        (u64, u8, u8, u8),
        (i32, u16, u16, [u8; 12]),
        ([u16; 6], PhysAddr, u64, [u8; 7]),
        Clocks<u32, i16, i8, u8>,
    );
    type Wide = (
        (u64, u64, u16, u32),
        (i64, u64, u32, [u8; 12]),
        ([u16; 6], PhysAddr, u64, [u8; 7]),
        Clocks<u64, i64, i32, u16>,
    );

    fn exact() -> <Self::Exact as Members>::Paths {
        (
            (Self::PFN, Self::DIRTY, Self::STATE, Self::ORDER),
            (Self::OWNER, Self::SPEED, Self::OLD_SPEED, Self::NAME),
            (Self::LANES, Self::BASE, Self::SIZE, Self::SECRET),
            clock_paths(),
        )
    }

    fn wide() -> <Self::Wide as Members>::Paths {
        Self::exact()
    }

    fn row(exact: Self::Exact) -> Row {
        let (
            (pfn, dirty, state, order),
            (owner, speed, old_speed, name),
            (lanes, base, size, secret),
            (rate, skew, fine, running),
        ) = exact;
        let word = (pfn, dirty.into(), state.into(), order.into());
        let numbers = (owner.into(), speed.into(), old_speed.into(), name);
        let clock = (rate.into(), skew.into(), fine.into(), running.into());
        Self::wide_row((word, numbers, (lanes, base, size, secret), clock))
    }

    fn wide_row(wide: Self::Wide) -> Row {
        let (
            (pfn, dirty, state, order),
            (owner, speed, old_speed, name),
            (lanes, base, size, secret),
            (rate, skew, fine, running),
        ) = wide;
        let clock = clock_paths();
        row_of([
            one(Self::PFN, pfn),
            one(Self::DIRTY, dirty),
            one(Self::STATE, state),
            one(Self::ORDER, order),
            one(Self::OWNER, owner),
            one(Self::SPEED, speed),
            one(Self::OLD_SPEED, old_speed),
            many(Self::NAME, name),
            many(Self::LANES, lanes),
            one(Self::BASE, base.0),
            one(Self::SIZE, size),
            many(Self::SECRET, secret),
            one(clock.0, rate),
            one(clock.1, skew),
            one(clock.2, fine),
            one(clock.3, running),
        ])
    }
}

impl Whole for Small {
    type Exact = (i16, u8, u8, [i8; 3]);
    type Wide = (i64, u64, u16, [i8; 3]);

    fn exact() -> <Self::Exact as Members>::Paths {
        (Self::LEFT, Self::LOW, Self::HIGH, Self::STEPS)
    }

    fn wide() -> <Self::Wide as Members>::Paths {
        Self::exact()
    }

    fn row((left, low, high, steps): Self::Exact) -> Row {
        Self::wide_row((left.into(), low.into(), high.into(), steps))
    }

    fn wide_row((left, low, high, steps): Self::Wide) -> Row {
        row_of([
            one(Self::LEFT, left),
            one(Self::LOW, low),
            one(Self::HIGH, high),
            many(Self::STEPS, steps),
        ])
    }
}

impl Whole for Extent {
    type Exact = (u64, i64);
    type Wide = (u64, i64);

    fn exact() -> (Path, Path) {
        (Self::FIRST, Self::SHIFT)
    }

    fn wide() -> (Path, Path) {
        Self::exact()
    }

    fn row((first, shift): (u64, i64)) -> Row {
        row_of([one(Self::FIRST, first), one(Self::SHIFT, shift)])
    }

    fn wide_row(wide: (u64, i64)) -> Row {
        Self::row(wide)
    }
}

/// Members selected of `T`'s rows are those of `right`, however they are read.
pub(crate) fn agree<T: Whole>(image: &Image<'_>, table: &Table<'_, T>, right: &[Row]) {
    read_as::<T, T::Exact>(image, table, right, T::exact(), T::row);
    read_as::<T, T::Wide>(image, table, right, T::wide(), T::wide_row);
}

fn read_as<T: Record, M: Members>(
    image: &Image<'_>,
    table: &Table<'_, T>,
    right: &[Row],
    paths: M::Paths,
    row: fn(M) -> Row,
) {
    let selected = table.select::<M>(paths).unwrap();
    let (mut rows, mut one_by_one) = (selected.iter(), Vec::new());
    loop {
        let left = right.len() - one_by_one.len();
        assert_eq!((rows.len(), rows.is_empty()), (left, left == 0));
        assert_eq!(rows.size_hint(), (left, Some(left)));
        let Some(members) = rows.next() else { break };
        one_by_one.push(row(members));
    }
    assert_eq!(one_by_one, right, "of a table, one by one");
    assert_eq!(folded(selected.iter(), row), right, "of a table, in runs");
    let half = right.len() / 2;
    assert_eq!(folded(selected.slice(half..right.len() + 1), row), right[half..], "of a part");
    assert!(selected.slice(right.len()..right.len() + 1).is_empty());

    for by_hand in [0, 1, 7, 40, usize::MAX] {
        let mut room = Room::empty();
        let mut stream = image.stream::<T>(&mut room).unwrap().select::<M>(paths).unwrap();
        let mut seen = Vec::new();
        while let Some(mut rows) = stream.next().unwrap() {
            let before = seen.len() + rows.len();
            for members in rows.by_ref().take(by_hand) {
                seen.push(row(members));
            }
            seen.extend(folded(rows, row));
            assert_eq!(seen.len(), before, "as many as were announced");
        }
        assert_eq!(seen, right, "of a stream, the first {by_hand} of a block one by one");
    }
}

fn folded<M: Members>(rows: impl Iterator<Item = M>, row: fn(M) -> Row) -> Vec<Row> {
    rows.fold(Vec::new(), |mut all, members| {
        all.push(row(members));
        all
    })
}

/// What keeps a stream of structs from its end keeps selected members from it.
pub(crate) fn are_refused<T: Whole>(image: &Image<'_>) {
    let mut room = Room::empty();
    let mut stream = image.stream::<T>(&mut room).unwrap();
    let mut scratch = vec![T::new_zeroed(); 3];
    let structs = loop {
        match stream.next(&mut scratch) {
            Ok(Some(_)) => {}
            end => break end.map(drop),
        }
    };
    let mut room = Room::empty();
    let stream = image.stream::<T>(&mut room).unwrap();
    let mut selected = stream.select::<T::Exact>(T::exact()).unwrap();
    let members = loop {
        match selected.next() {
            Ok(Some(_)) => {}
            end => break end.map(drop),
        }
    };
    assert!(matches!(structs, Err(TableError::Refused { .. })));
    assert_eq!(members, structs);
}

#[test]
fn a_type_that_is_not_the_members_is_refused_with_its_path() {
    use Misfit::{Absent, Child, Count, Kind, Width};
    fn misfit<T: Record, M: Members>(paths: M::Paths) -> (Path, Misfit) {
        // Nothing is needed of an image: a mistake of the program shows where there are no rows.
        match super::trees::empty_table::<T, _>(|table| table.select::<M>(paths).map(drop)) {
            Err(TableError::Misfit { path, misfit }) => (path, misfit),
            other => panic!("{other:?}"),
        }
    }
    let nobody = Path::of(99);
    let of_device = [
        (misfit::<Device, u64>(nobody), (nobody, Absent)),
        (misfit::<Device, u64>(Device::CLOCK), (Device::CLOCK, Absent)),
        (misfit::<Device, u8>(Device::NAME), (Device::NAME, Count)),
        (misfit::<Device, [u8; 11]>(Device::NAME), (Device::NAME, Count)),
        (misfit::<Device, [u64; 1]>(Device::SIZE), (Device::SIZE, Count)),
        (misfit::<Device, [u8; 6]>(Device::LANES), (Device::LANES, Width)),
        (misfit::<Device, [u32; 6]>(Device::LANES), (Device::LANES, Width)),
        (misfit::<Device, u32>(Device::PFN), (Device::PFN, Width)),
        (misfit::<Device, i16>(Device::OWNER), (Device::OWNER, Width)),
        (misfit::<Device, u32>(Device::OWNER), (Device::OWNER, Kind)),
        (misfit::<Device, i64>(Device::SIZE), (Device::SIZE, Kind)),
        (misfit::<Device, u64>(Device::BASE), (Device::BASE, Kind)),
        (misfit::<Device, PhysAddr>(Device::SIZE), (Device::SIZE, Kind)),
        (misfit::<Device, Rows<Page>>(Device::SIZE), (Device::SIZE, Kind)),
        (
            misfit::<Device, (u64, (u8, i8))>((Device::SIZE, (Device::DIRTY, Device::STATE))),
            (Device::STATE, Kind),
        ),
        (misfit::<File, Rows<Device>>(File::PAGES), (File::PAGES, Child)),
        (misfit::<File, kserial::Blob>(File::PAGES), (File::PAGES, Child)),
        (misfit::<File, Rows<Page>>(File::DATA), (File::DATA, Child)),
        (misfit::<File, i64>(File::PAGES), (File::PAGES, Kind)),
    ];
    for (found, right) in of_device {
        assert_eq!(found, right);
    }
}
