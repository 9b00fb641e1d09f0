//! What a layout says of itself is what its cells say, to the last policy.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test that cannot go on has failed; values are cut to the 64 bits that cells have"
)]

use kserial::Layout;
use kserial_reference::drawn::{cases, draft};
use kserial_reference::{cells, Kind, Member, Path, Shape};
use kserial_tests::judged::path;
use proptest::prelude::*;

/// Values as cells have them: the low 64 bits.
fn cut(value: i128) -> u64 {
    value as u64
}

fn agree(shape: &Shape) {
    let bytes = cells::encode(shape);
    let (layout, rest) = Layout::read(&bytes).unwrap();
    assert_eq!(rest, [0; 0]);
    assert_eq!(layout.encoded_len(), bytes.len());
    assert_eq!(layout.record(), shape.record);
    assert_eq!((layout.row(), layout.align()), (shape.row, shape.align));
    assert_eq!((layout.is_critical(), layout.is_required()), (shape.critical, shape.required));
    assert_eq!(layout.members().count(), shape.members.len());
    for (found, right) in layout.members().zip(&shape.members) {
        assert_eq!(path(found.path()), right.path);
        assert_eq!(layout.member(found.path()).unwrap().name(), right.name);
        let kind = Kind::ALL[usize::from(found.kind().number()) - 1];
        assert_eq!((kind, found.kind().is_enum()), (right.kind, right.kind.is_enum()));
        assert_eq!((found.name(), found.unit()), (right.name.as_str(), right.unit.as_str()));
        let place = (found.bit(), found.bits(), found.count(), found.is_array());
        assert_eq!(place, (right.bit, right.bits, right.count, right.array));
        // An end mark's is 0, whatever its cell says.
        let default = right.default.map(cut).or((right.kind == Kind::End).then_some(0));
        assert_eq!(found.default(), default);
        let policy = (found.is_critical(), found.is_key(), found.is_legacy(), found.is_sensitive());
        assert_eq!(policy, (right.critical, right.key, right.legacy, right.sensitive));
        assert_eq!(layout.child(found.path()), right.child.as_deref());
        let ranges: Vec<_> =
            layout.intervals(found.path()).map(|i| (i.low(), i.high(), i.name())).collect();
        let stated = right.ranges.iter().map(|r| (cut(r.low), cut(r.high), r.name.as_str()));
        assert_eq!(ranges, stated.collect::<Vec<_>>());
    }
    let written: Vec<Path> = layout.written().map(|member| path(member.path())).collect();
    let held = |m: &&Member| m.kind != Kind::Group && !m.legacy;
    let held: Vec<Path> = shape.members.iter().filter(held).map(|m| m.path.clone()).collect();
    assert_eq!(written, held);
    let retired: Vec<_> = layout.retired().map(|(p, name)| (path(p), name.to_owned())).collect();
    assert_eq!(retired, shape.retired);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), ..ProptestConfig::default() })]

    #[test]
    fn a_layout_says_what_its_cells_say(draft in draft()) {
        let shape = draft.packed();
        agree(&shape);
        // Every flag of the record, with the same members.
        for (critical, required) in [(false, true), (true, false), (true, true)] {
            agree(&Shape { critical, required, ..shape.clone() });
        }
    }
}

#[test]
fn a_path_leads_four_levels_down_and_back() {
    let mut path = kserial::Path::of(1);
    assert_eq!(path.parent(), None);
    for id in 2..=4 {
        let below = path.then(id).unwrap();
        assert_eq!(below.parent(), Some(path));
        path = below;
    }
    assert_eq!((path.ids(), path.to_string()), ([1, 2, 3, 4], "1.2.3.4".to_owned()));
    assert_eq!(path.then(5), None, "a fifth level");
}

#[test]
fn every_kind_has_its_number_and_its_word() {
    use kserial::Kind;
    let words = [
        (Kind::Unsigned, 1, "unsigned"),
        (Kind::Signed, 2, "signed"),
        (Kind::Bool, 3, "bool"),
        (Kind::Bytes, 4, "bytes"),
        (Kind::Text, 5, "text"),
        (Kind::OpenEnum, 6, "open-enum"),
        (Kind::ClosedEnum, 7, "closed-enum"),
        (Kind::Physical, 8, "physical"),
        (Kind::End, 9, "end"),
        (Kind::Group, 10, "group"),
    ];
    for (kind, number, word) in words {
        assert_eq!((kind.number(), kind.name()), (number, word));
    }
}
