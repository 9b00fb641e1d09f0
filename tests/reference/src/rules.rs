//! The rules that make cells a layout (§1.4), as a judge of shapes.

use super::set::Set;
use super::shape::{Kind, Member, Shape};

/// Whether a shape keeps a rule.
type Rule = fn(&Shape) -> bool;

/// The first rule that the shape breaks, by its number in §1.4; 0 stands for what §1.1 and §1.2 say
/// of fields, texts and limits.
pub fn broken(shape: &Shape) -> Option<u8> {
    let rules: [(u8, Rule); 11] = [
        (0, fields),
        (1, paths_are_unique),
        (2, nested_members_have_groups),
        (3, groups_are_empty),
        (4, elements_fit_a_window),
        (5, kinds_allow_their_form),
        (6, members_are_inside_and_apart),
        (7, defaults_are_values),
        (8, intervals_fit),
        (9, enums_name_values),
        (10, end_marks_have_a_child),
    ];
    rules.iter().find(|(_, holds)| !holds(shape)).map(|(number, _)| *number)
}

fn fields(shape: &Shape) -> bool {
    let cells: usize = shape.retired.len()
        + shape
            .members
            .iter()
            .map(|m| 1 + m.ranges.len() + usize::from(m.child.is_some()))
            .sum::<usize>();
    is_text(&shape.record, 1, 47)
        && shape.align.is_power_of_two()
        && shape.align <= 64
        && (1..=65536).contains(&shape.row)
        && shape.row.is_multiple_of(u32::from(shape.align))
        && cells <= 512
        && shape.members.iter().all(|m| is_text(&m.name, 1, 24) && is_text(&m.unit, 0, 8))
        && shape.members.iter().all(|m| is_path(&m.path))
        && shape.retired.iter().all(|(path, _)| is_path(path))
        && shape.retired.iter().all(|(_, name)| is_text(name, 0, 24))
}

fn is_path(path: &[u16]) -> bool {
    (1..=4).contains(&path.len()) && !path.contains(&0)
}

fn is_text(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

fn paths_are_unique(shape: &Shape) -> bool {
    let members: Vec<_> = shape.members.iter().map(|m| &m.path).collect();
    let retired: Vec<_> = shape.retired.iter().map(|(path, _)| path).collect();
    let once = |paths: &[&Vec<u16>]| {
        paths.iter().all(|path| paths.iter().filter(|other| *other == path).count() == 1)
    };
    once(&members) && once(&retired) && members.iter().all(|m| !retired.contains(m))
}

fn nested_members_have_groups(shape: &Shape) -> bool {
    shape.members.iter().filter(|m| m.path.len() > 1).all(|m| {
        let outer = &m.path[..m.path.len() - 1];
        shape.member(outer).is_some_and(|group| group.kind == Kind::Group)
    })
}

fn groups_are_empty(shape: &Shape) -> bool {
    shape.members.iter().filter(|m| m.kind == Kind::Group).all(|m| {
        let flags = [m.critical, m.key, m.legacy, m.sensitive, m.array, m.default.is_some()];
        (m.bits, m.bit, m.count) == (0, 0, 0) && flags == [false; 6] && m.unit.is_empty()
    })
}

fn elements_fit_a_window(shape: &Shape) -> bool {
    with_bits(shape).all(|m| {
        let alone = !m.array && m.count == 1;
        let array = m.array && m.bit % 8 == 0 && matches!(m.bits, 8 | 16 | 32 | 64);
        (1..=64).contains(&m.bits)
            && m.count >= 1
            && (alone || array)
            && m.bit % 8 + u32::from(m.bits) <= 64
    })
}

fn kinds_allow_their_form(shape: &Shape) -> bool {
    with_bits(shape).all(|m| match m.kind {
        Kind::Bytes => m.bits == 8 && m.array,
        Kind::Text => m.bits == 8 && m.array && m.default.is_none_or(|value| value == 0),
        Kind::End => !m.array && m.default.is_none(),
        _ => true,
    })
}

fn members_are_inside_and_apart(shape: &Shape) -> bool {
    let bits = |m: &Member| {
        let first = u64::from(m.bit);
        first..first + u64::from(m.count) * u64::from(m.bits)
    };
    let all: Vec<_> = with_bits(shape).map(bits).collect();
    let apart = |a: usize, b: usize| all[a].end <= all[b].start || all[b].end <= all[a].start;
    all.iter().all(|bits| bits.end <= u64::from(shape.row) * 8)
        && (0..all.len()).all(|a| (0..a).all(|b| apart(a, b)))
}

fn defaults_are_values(shape: &Shape) -> bool {
    with_bits(shape).all(|m| {
        m.default.is_none_or(|value| m.values().has(value))
            && (!m.legacy || m.default.is_some() && !m.key)
    })
}

fn intervals_fit(shape: &Shape) -> bool {
    shape.members.iter().all(|m| {
        m.ranges.is_empty() || m.kind.has_intervals() && m.ranges.iter().all(|r| is_fit(m, r))
    })
}

fn is_fit(member: &Member, range: &super::shape::Range) -> bool {
    let inside = Set::of([(range.low, range.high)]).without(&member.width()).is_empty();
    let named = is_text(&range.name, 1, 24) && range.low == range.high;
    range.low <= range.high
        && inside
        && (!member.kind.is_enum() || named)
        && is_text(&range.name, 0, 24)
}

fn enums_name_values(shape: &Shape) -> bool {
    shape.members.iter().filter(|m| m.kind.is_enum()).all(|m| {
        let one_value = |name: &str| {
            let mut values = m.ranges.iter().filter(|r| r.name == name).map(|r| r.low);
            let first = values.next();
            values.all(|value| Some(value) == first)
        };
        m.ranges.iter().all(|r| one_value(&r.name))
            && (m.kind == Kind::OpenEnum || !m.ranges.is_empty())
    })
}

fn end_marks_have_a_child(shape: &Shape) -> bool {
    let children: Vec<_> = shape.members.iter().filter_map(|m| m.child.as_ref()).collect();
    shape.members.iter().all(|m| m.child.is_some() == (m.kind == Kind::End))
        && children.iter().all(|child| {
            is_text(child, 1, 47)
                && **child != shape.record
                && children.iter().filter(|other| *other == child).count() == 1
        })
}

fn with_bits(shape: &Shape) -> impl Iterator<Item = &Member> {
    shape.members.iter().filter(|m| m.kind != Kind::Group)
}
