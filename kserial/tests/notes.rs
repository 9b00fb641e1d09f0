//! Notes: what a program declares is what is read of it, and nothing else is taken.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial::declare::ElfNote;
use kserial::note::NoteError;
use kserial::{Carrier, KSerial, MemberId, Note, Record, Roles};
use zerocopy::IntoBytes;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

#[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
#[kserial(record = "volume")]
#[repr(C)]
struct Volume {
    #[kserial(id = 1, unit = "dB")]
    level: i32,
}

/// The description as FORMAT.md §4 lays it out.
fn description(roles: u8, carrier: u8) -> Vec<u8> {
    let layout = Volume::SHAPE;
    let mut bytes = vec![1, roles, carrier, 0, 0, 0, 0, 0];
    bytes.extend_from_slice(layout.head().as_bytes());
    layout.cells().iter().for_each(|cell| bytes.extend_from_slice(cell.as_bytes()));
    bytes
}

#[test]
fn every_role_and_carrier_is_read() {
    let carriers = [
        (0, Carrier::Rows, "rows"),
        (1, Carrier::File, "file"),
        (2, Carrier::Flb, "flb"),
        (3, Carrier::Subtree, "subtree"),
    ];
    for (number, carrier, name) in carriers {
        for bits in 1..8 {
            let bytes = description(bits, number);
            let note = Note::read(&bytes).unwrap();
            assert_eq!((note.carrier, note.carrier.name()), (carrier, name));
            let Roles { writes, reads, requires } = note.roles;
            assert_eq!((writes, reads, requires), (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0));
            assert!(note.layout == Volume::SHAPE);
        }
    }
}

#[test]
fn what_is_no_note_is_refused_by_name() {
    let with = |at: usize, value: u8| {
        let mut bytes = description(3, 1);
        bytes[at] = value;
        Note::read(&bytes).err()
    };
    assert_eq!(with(0, 2), Some(NoteError::Version(2)));
    assert_eq!(with(1, 0), Some(NoteError::Roles(0)));
    assert_eq!(with(1, 8), Some(NoteError::Roles(8)));
    assert_eq!(with(2, 4), Some(NoteError::Carrier(4)));
    (3..8).for_each(|at| assert_eq!(with(at, 1), Some(NoteError::Reserved), "byte {at}"));
    assert!(matches!(with(8, 0), Some(NoteError::Layout(_))));
    let whole = description(3, 1);
    for length in 0..whole.len() {
        assert!(Note::read(&whole[..length]).is_err(), "cut at {length}");
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(Note::read(&longer).err(), Some(NoteError::Length));
}

#[test]
fn an_id_is_a_number_from_one() {
    assert!(MemberId::new(0).is_none());
    assert_eq!(MemberId::new(65_535).map(MemberId::get), Some(65_535));
}

#[test]
fn a_note_is_made_for_as_many_cells_as_its_layout_has() {
    for (writes, reads, requires) in
        [(true, false, false), (false, true, false), (false, false, true), (true, true, true)]
    {
        let roles = Roles { writes, reads, requires };
        for carrier in [Carrier::Rows, Carrier::File, Carrier::Flb, Carrier::Subtree] {
            let bits = u8::from(writes) | u8::from(reads) << 1 | u8::from(requires) << 2;
            let fits = ElfNote::<1>::new(roles, carrier, Volume::SHAPE).unwrap();
            // Only its form can be shown here: the bytes are held against the corpus where a linker
            // has put them.
            let shown = format!("{fits:?}");
            assert!(
                shown.contains(&format!("roles: {bits}, carrier: {},", carrier as u8)),
                "{shown}"
            );
            assert!(ElfNote::<0>::new(roles, carrier, Volume::SHAPE).is_none());
            assert!(ElfNote::<2>::new(roles, carrier, Volume::SHAPE).is_none());
        }
    }
}
