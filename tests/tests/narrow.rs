//! Narrow rows and narrow members: rows shorter than the window of eight bytes that members are moved
//! through, and signs that must be extended before a value is compared.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use kserial_reference::drawn::{rows, Dice, Draft, Placed};
use kserial_reference::{Kind, Member, Range, Row, Shape};
use kserial_tests::judged::{agree_between_images, agree_on_rows};

/// A layout of unsigned members of these widths, side by side from bit `gap` on.
fn packed(widths: &[u8], gap: u8) -> Shape {
    let placed = (1..).zip(widths).map(|(id, bits)| Placed {
        member: Member {
            default: Some(0),
            ..Member::new(&[id], format!("m{id}"), Kind::Unsigned, *bits)
        },
        gap: if id == 1 { gap } else { 0 },
    });
    Draft {
        record: "narrow".to_owned(),
        align: 0,
        flags: (false, false),
        members: placed.collect(),
        retired: Vec::new(),
    }
    .packed()
}

#[test]
fn members_of_a_short_row_leave_their_neighbours_alone() {
    let mut dice = Dice(3);
    let widths: [&[u8]; 7] =
        [&[3, 5], &[1, 1, 6], &[7, 9], &[12, 3, 1, 8], &[13, 20, 7], &[31, 1, 16], &[5, 6, 7, 8]];
    for widths in widths {
        let shapes = [packed(widths, 0), packed(widths, 3), packed(widths, 7)];
        assert!(shapes.iter().all(|shape| shape.row < 8));
        for source in &shapes {
            for target in &shapes {
                let rows = rows(source, target, 12, &mut dice);
                agree_on_rows(source, target, &rows);
                agree_between_images(source, target, &rows);
            }
        }
    }
}

#[test]
fn a_negative_value_is_none_of_a_wider_members_range() {
    let signed = |bits, ranges: &[(i128, i128)]| {
        let mut shape = packed(&[bits], 0);
        shape.members[0].kind = Kind::Signed;
        let range = |&(low, high): &(i128, i128)| Range { low, high, name: String::new() };
        shape.members[0].ranges = ranges.iter().map(range).collect();
        // Rows of eight bytes are looked at all at once.
        shape.row = 8;
        shape
    };
    let (source, target) = (signed(8, &[]), signed(16, &[(0, 200)]));
    for value in [-128, -100, -56, -1, 0, 100] {
        let row = Row::from([(vec![1], vec![value])]);
        agree_on_rows(&source, &target, &[row]);
    }
}

#[test]
fn what_the_source_lacks_is_zero_beside_members_of_whole_bytes() {
    let mut dice = Dice(11);
    let widths: [&[u8]; 3] = [&[64], &[64, 32, 32], &[64, 8, 16]];
    for source in widths.map(|widths| packed(widths, 0)) {
        for target in widths.map(|widths| packed(widths, 0)) {
            let rows = rows(&source, &target, 12, &mut dice);
            agree_on_rows(&source, &target, &rows);
            agree_between_images(&source, &target, &rows);
        }
    }
}

#[test]
fn neighbours_that_no_window_holds_together_move_apart() {
    let mut dice = Dice(17);
    for widths in [[30, 30], [30, 31], [31, 31], [31, 32], [32, 32], [28, 33]] {
        for gap in 0..8 {
            let source = packed(&widths, gap);
            for target_gap in 0..8 {
                // One member more, so that rows are converted.
                let target = packed(&[widths[0], widths[1], 8], target_gap);
                let rows = rows(&source, &target, 6, &mut dice);
                agree_on_rows(&source, &target, &rows);
            }
        }
    }
}
