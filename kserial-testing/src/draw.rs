//! Rows out of any bytes: as wild as the layout allows, and no wilder.

use kserial::{Kind, Layout, Member, Record, Verdict, What};

/// The most rows that are made of one input.
const MOST: usize = 2048;

/// As many rows as `bytes` suffice for, at least one. Every member has one of its layout's values,
/// every end mark is 0, and what lies between members is left as it came: it must not reach an image.
pub fn rows<T: Record>(bytes: &[u8]) -> Vec<T> {
    let size = size_of::<T>();
    let count = bytes.len().div_ceil(size.max(1)).clamp(1, MOST);
    let row = |n: usize| {
        let mut row = vec![0; size];
        let given = bytes.get(n * size..).unwrap_or(&[]);
        row.iter_mut().zip(given).for_each(|(place, byte)| *place = *byte);
        for member in T::SHAPE.members() {
            let spans = spans(T::SHAPE, member);
            (0..member.count()).for_each(|element| settle(&spans, member, element, &mut row));
        }
        T::read_from_bytes(&row).ok()
    };
    (0..count).filter_map(row).collect()
}

/// `given`, changed as little as the conditions of a crossing to `To` ask for; `None` where no row can
/// meet them. A row of random bits meets few: what crosses would hardly ever be tried.
pub(crate) fn crossing<From: Record, To: Record>(given: &[From]) -> Option<Vec<From>> {
    let mut bytes: Vec<Vec<u8>> = given.iter().map(|row| row.as_bytes().to_vec()).collect();
    let mut possible = true;
    Verdict::of(From::SHAPE, To::SHAPE).findings(|finding| {
        let What::Check(check) = finding.what else { return };
        let member = check.member();
        let own = spans(From::SHAPE, member);
        let allowed: Vec<(u64, u64)> = check
            .allowed()
            .flat_map(|span| own.iter().filter_map(move |own| both(member.kind(), span, *own)))
            .collect();
        possible &= !allowed.is_empty();
        for row in &mut bytes {
            check.elements().for_each(|element| settle(&allowed, member, element, row));
        }
    });
    let rows = bytes.iter().filter_map(|row| From::read_from_bytes(row).ok());
    possible.then(|| rows.collect())
}

/// The values that the layout allows the member.
fn spans(layout: Layout<'_>, member: Member<'_>) -> Vec<(u64, u64)> {
    let stated: Vec<(u64, u64)> = match member.kind() {
        Kind::End => vec![(0, 0)],
        Kind::Bool => vec![(0, 1)],
        Kind::OpenEnum | Kind::Group => Vec::new(),
        _ => layout.intervals(member.path()).map(|i| (i.low(), i.high())).collect(),
    };
    if !stated.is_empty() {
        return stated;
    }
    let most = u64::MAX.checked_shr(64 - u32::from(member.bits())).unwrap_or(0);
    match member.kind() {
        Kind::Signed => vec![(!(most >> 1), most >> 1)],
        _ => vec![(0, most)],
    }
}

/// The values that lie in two spans.
fn both(kind: Kind, one: (u64, u64), other: (u64, u64)) -> Option<(u64, u64)> {
    let low = if is_within(kind, one.0, other.0, other.1) { one.0 } else { other.0 };
    let high = if is_within(kind, one.1, other.0, other.1) { one.1 } else { other.1 };
    let in_both =
        |value| is_within(kind, value, one.0, one.1) && is_within(kind, value, other.0, other.1);
    (in_both(low) && in_both(high)).then_some((low, high))
}

/// Gives an element of the member one of the values in `spans`, unless it has one.
#[allow(clippy::cast_possible_truncation, reason = "below the number of intervals")]
fn settle(spans: &[(u64, u64)], member: Member<'_>, element: u32, row: &mut [u8]) {
    let value = element_at(member, element, row);
    let fits = spans.iter().any(|(low, high)| is_within(member.kind(), value, *low, *high));
    if fits || spans.is_empty() {
        return;
    }
    // Which interval, and where in it, follows from what was there.
    let (low, high) = spans[(value % spans.len() as u64) as usize];
    let size = high.wrapping_sub(low);
    let offset = if size == u64::MAX { value } else { value % (size + 1) };
    put_element(member, element, row, low.wrapping_add(offset));
}

/// Whether `low <= value <= high`, as the kind orders its values.
#[allow(clippy::cast_possible_wrap, reason = "two's complement, by the member's kind")]
fn is_within(kind: Kind, value: u64, low: u64, high: u64) -> bool {
    match kind {
        Kind::Signed => (low as i64..=high as i64).contains(&(value as i64)),
        _ => (low..=high).contains(&value),
    }
}

/// An element's value, extended to 64 bits by its sign.
#[allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "two's complement")]
pub(crate) fn element_at(member: Member<'_>, element: u32, row: &[u8]) -> u64 {
    let width = u32::from(member.bits());
    let first = member.bit() + element * width;
    let bit = |n: u32| u64::from(row[(first + n) as usize / 8] >> ((first + n) % 8) & 1);
    let value = (0..width).fold(0, |value, n| value | bit(n) << n);
    match member.kind() {
        Kind::Signed => ((value << (64 - width)) as i64 >> (64 - width)) as u64,
        _ => value,
    }
}

fn put_element(member: Member<'_>, element: u32, row: &mut [u8], value: u64) {
    let width = u32::from(member.bits());
    let first = member.bit() + element * width;
    for n in 0..width {
        let (byte, bit) = ((first + n) as usize / 8, (first + n) % 8);
        row[byte] = row[byte] & !(1 << bit) | u8::from(value >> n & 1 == 1) << bit;
    }
}
