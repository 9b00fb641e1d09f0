//! The reference interpreter, tried on every row there is.
//!
//! [`grade`] reasons over sets of values; here small layouts are read row by row, all rows, and the
//! grade must be what happened.

use kserial_reference::drawn::{change, draft, settled, Draft};
use kserial_reference::grade::every_row;
use kserial_reference::{cells, cross, grade, image, row, rules};
use kserial_reference::{Crossing, Grade, Shape};
use proptest::prelude::*;

/// A layout with few rows: at most three members, of one to three bits and two elements.
fn small() -> impl Strategy<Value = Draft> {
    draft().prop_map(|mut draft| {
        draft.members.truncate(3);
        for placed in &mut draft.members {
            let member = &mut placed.member;
            member.bits = member.bits % 3 + 1;
            member.count = member.count.min(2);
        }
        draft
    })
}

/// Arrays have elements of whole bytes: too many values to try all, unless few are allowed.
fn has_few_rows(shape: &Shape) -> bool {
    let values = |m: &kserial_reference::Member| -> f64 {
        let all: i128 = m.values().intervals().iter().map(|(low, high)| high - low + 1).sum();
        f64::from(i32::try_from(all).unwrap_or(i32::MAX)).powi(i32::try_from(m.count).unwrap_or(9))
    };
    shape.held().map(values).product::<f64>() <= 3000.0
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_grade_is_what_happens_to_all_rows(
        old in small(),
        changes in prop::collection::vec(change(), 0..4),
    ) {
        let mut new = old.clone();
        changes.iter().for_each(|change| change.apply(&mut new));
        let (old, new) = (old.packed(), new.packed());
        for (source, target) in [(&old, &new), (&new, &old)] {
            prop_assume!(has_few_rows(source));
            if !cross::obstacles(source, target).is_empty() {
                continue;
            }
            let (mut unharmed, mut harmed, mut refused) = (0, 0, 0);
            for row in every_row(source) {
                match cross(source, target, &row) {
                    Crossing::Refused(_) => refused += 1,
                    Crossing::Crosses { losses, .. } if losses.is_empty() => unharmed += 1,
                    Crossing::Crosses { .. } => harmed += 1,
                }
            }
            let happened = match (unharmed, harmed, refused) {
                (_, 0, 0) => Grade::Compatible,
                (0, 0, _) => Grade::Incompatible,
                _ => Grade::Conditional,
            };
            let foretold = grade(source, target).max(Grade::Compatible);
            prop_assert_eq!(foretold, happened, "{} {} {}", unharmed, harmed, refused);
        }
    }

    #[test]
    fn cells_and_rows_survive_their_encodings(draft in draft(), seed: u64) {
        let shape = draft.packed();
        let bytes = cells::encode(&shape);
        prop_assert_eq!(cells::decode(&bytes), Some((shape.clone(), bytes.len())));
        let mut dice = kserial_reference::drawn::Dice(seed);
        for values in kserial_reference::drawn::rows(&shape, &shape, 4, &mut dice) {
            prop_assert!(row::is_sound(&shape, &values));
            let bytes = row::encode(&shape, &values);
            prop_assert_eq!(row::decode(shape.held(), &bytes), values);
        }
    }

    #[test]
    fn settling_a_member_twice_changes_nothing(draft in draft()) {
        prop_assert_eq!(rules::broken(&draft.packed()), None);
        for placed in draft.members {
            let member = settled(placed.member);
            prop_assert_eq!(settled(member.clone()), member);
        }
    }
}

#[test]
fn the_sum_is_that_of_zlib() {
    // The check value that catalogues of CRCs give for CRC-32/ISO-HDLC.
    assert_eq!(image::crc32(b"123456789"), 0xCBF4_3926);
}
