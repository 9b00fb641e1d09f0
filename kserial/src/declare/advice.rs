//! What to say of a declaration that is no layout.

use crate::layout::{LayoutError, LayoutFault};

/// Whether the error is about the member `id` of the record itself or what is nested there.
pub const fn is_about(error: &LayoutError, id: u16) -> bool {
    match error.fault {
        LayoutFault::Duplicate(path)
        | LayoutFault::Orphan(path)
        | LayoutFault::Shape(path)
        | LayoutFault::Outside(path)
        | LayoutFault::Overlap(path)
        | LayoutFault::Default(path)
        | LayoutFault::Interval(path)
        | LayoutFault::Child(path)
        | LayoutFault::Parents(path) => {
            let [first, ..] = path.ids();
            first == id
        }
        _ => false,
    }
}

/// What to say of a declaration that is no layout. Constants cannot format, so the member is named
/// by the place where the compiler puts this.
pub const fn advice(error: &LayoutError) -> &'static str {
    match error.fault {
        LayoutFault::Name => {
            "a name is too long or not printable: 47 bytes for a record, 24 for a member or value, \
             8 for a unit"
        }
        LayoutFault::Row(_) => "a row has 1 to 65536 bytes, and an alignment of at most 64",
        LayoutFault::Cells(_) => "a layout has at most 512 cells: members, values and retired IDs",
        LayoutFault::Path => "nested more than four deep: make the inner record a table of its own",
        LayoutFault::Duplicate(_) => "this ID is in use twice, or retired and in use",
        LayoutFault::Shape(_) => {
            "this type cannot be such a member: arrays have elements of 8, 16, 32 or 64 bits, text \
             is an array of bytes, an end mark has no default and is never legacy, and a legacy \
             member has a default and is no key"
        }
        LayoutFault::Overlap(_) => "this member shares bits with another",
        LayoutFault::Outside(_) => "this member reaches past the end of the row",
        LayoutFault::Default(_) => "the default is not among the values that the member may take",
        LayoutFault::Interval(_) => {
            "values that this member cannot take: ranges are for integers and addresses, with the \
             lower end first; enums name single values"
        }
        LayoutFault::Child(_) => "an end mark counts the rows of exactly one record",
        LayoutFault::Parents(_) => {
            "another member, or the record itself, is a parent of these rows already, and a row has \
             one parent: give them a record of their own"
        }
        _ => "these cells are no layout",
    }
}

/// What to do about `bytes` of padding that nobody wrote down.
pub const fn gap(bytes: usize) -> &'static str {
    match bytes {
        1 => "1 byte of implicit padding here: add `#[kserial(pad)] _pad: u8`",
        2 => "2 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 2]`",
        3 => "3 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 3]`",
        4 => "4 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 4]`",
        5 => "5 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 5]`",
        6 => "6 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 6]`",
        7 => "7 bytes of implicit padding here: add `#[kserial(pad)] _pad: [u8; 7]`",
        _ => "implicit padding here: add `#[kserial(pad)] _pad: [u8; N]`",
    }
}
