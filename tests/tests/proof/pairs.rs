//! Random pairs of layouts: `kserial` says what the reference says.

use kserial_reference::drawn::{cases, change, draft, rows, Change, Dice, Draft};
use kserial_reference::Shape;
use kserial_tests::judged::{
    agree_before_any_row, agree_between_images, agree_on_conditions, agree_on_rows,
};
use proptest::prelude::*;

/// A layout, and what some changes make of it.
fn pair() -> impl Strategy<Value = (Shape, Shape)> {
    let changes = prop::collection::vec(change(), 0..4);
    (draft(), changes).prop_map(|(draft, changes)| (draft.packed(), changed(draft, &changes)))
}

fn changed(mut draft: Draft, changes: &[Change]) -> Shape {
    changes.iter().for_each(|change| change.apply(&mut draft));
    draft.packed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), ..ProptestConfig::default() })]

    #[test]
    fn verdicts_are_right_in_both_directions((old, new) in pair()) {
        agree_before_any_row(&old, &new);
        agree_before_any_row(&new, &old);
        agree_before_any_row(&old, &old);
    }

    #[test]
    fn rows_cross_as_they_should((old, new) in pair(), seed: u64) {
        let mut dice = Dice(seed);
        for (source, target) in [(&old, &new), (&new, &old), (&old, &old)] {
            let rows = rows(source, target, 8, &mut dice);
            agree_on_rows(source, target, &rows);
            agree_between_images(source, target, &rows);
        }
    }

    #[test]
    fn conditions_hold_exactly_when_the_rows_say_so((old, new) in pair(), seed: u64) {
        agree_on_conditions(&old, &new, &mut Dice(seed));
        agree_on_conditions(&new, &old, &mut Dice(seed));
    }
}
