//! What developers do to a struct between two versions, sensible or not.

use proptest::prelude::*;
use proptest::sample::select;

use super::draft::{Draft, Placed};
use super::member::{member, point, ranges_of};
use crate::Kind;

/// One change. The first number picks the member, counted around.
#[allow(missing_docs, reason = "each says what it does in a word or two")]
#[derive(Clone, Debug)]
pub enum Change {
    Bits(usize, u8),
    Split(usize, u8),
    Kind(usize, Kind),
    Array(usize),
    Count(usize, u32),
    Unit(usize, &'static str),
    Default(usize, Option<u16>),
    Ranges(usize, Vec<(u16, u16)>),
    OpenOrClose(usize),
    AddValue(usize, u16),
    DropValue(usize),
    Renumber(usize),
    RenameValue(usize),
    Rename(usize),
    Critical(usize),
    Key(usize),
    Sensitive(usize),
    Legacy(usize),
    Child(usize, &'static str),
    Remove(usize, bool),
    Add(usize, Box<Placed>),
    Swap(usize, usize),
    Gap(usize, u8),
    Align(u8),
    Record,
    RecordFlags(bool, bool),
}

/// Any change.
pub fn change() -> impl Strategy<Value = Change> {
    let n = || 0..8_usize;
    let bits = || prop_oneof![1..=64_u8, select(vec![8_u8, 16, 32, 64])];
    let seeds = prop::collection::vec((any::<u16>(), any::<u16>()), 0..3);
    let kind = select(vec![Kind::Unsigned, Kind::Signed, Kind::Bool, Kind::OpenEnum, Kind::Text]);
    prop_oneof![
        4 => (n(), bits()).prop_map(|(n, bits)| Change::Bits(n, bits)),
        2 => (n(), 1..12_u8).prop_map(|(n, bits)| Change::Split(n, bits)),
        1 => (n(), kind).prop_map(|(n, kind)| Change::Kind(n, kind)),
        1 => n().prop_map(Change::Array),
        3 => (n(), 1..=5_u32).prop_map(|(n, count)| Change::Count(n, count)),
        1 => (n(), select(vec!["", "bytes", "pages"])).prop_map(|(n, unit)| Change::Unit(n, unit)),
        2 => (n(), any::<Option<u16>>()).prop_map(|(n, seed)| Change::Default(n, seed)),
        4 => (n(), seeds).prop_map(|(n, seeds)| Change::Ranges(n, seeds)),
        2 => n().prop_map(Change::OpenOrClose),
        2 => (n(), any::<u16>()).prop_map(|(n, seed)| Change::AddValue(n, seed)),
        2 => n().prop_map(Change::DropValue),
        1 => n().prop_map(Change::Renumber),
        1 => n().prop_map(Change::RenameValue),
        1 => n().prop_map(Change::Rename),
        1 => n().prop_map(Change::Critical),
        1 => n().prop_map(Change::Key),
        1 => n().prop_map(Change::Sensitive),
        2 => n().prop_map(Change::Legacy),
        1 => (n(), select(vec!["folio", "page"])).prop_map(|(n, child)| Change::Child(n, child)),
        4 => (n(), any::<bool>()).prop_map(|(n, retire)| Change::Remove(n, retire)),
        4 => (n(), member(7)).prop_map(|(n, placed)| Change::Add(n, Box::new(placed))),
        3 => (n(), n()).prop_map(|(a, b)| Change::Swap(a, b)),
        2 => (n(), 0..12_u8).prop_map(|(n, gap)| Change::Gap(n, gap)),
        1 => (0..=4_u8).prop_map(Change::Align),
        1 => Just(Change::Record),
        1 => any::<(bool, bool)>().prop_map(|(a, b)| Change::RecordFlags(a, b)),
    ]
}

impl Change {
    /// Makes the change; what makes no sense here changes nothing.
    pub fn apply(&self, draft: &mut Draft) {
        match self {
            Self::Add(n, placed) => {
                let mut placed = placed.as_ref().clone();
                let paths = draft.members.iter().map(|placed| &placed.member.path);
                let paths = paths.chain(draft.retired.iter().map(|(path, _)| path));
                let id = paths.filter_map(|path| path.last()).max();
                let id = id.map_or(7, |id| *id.max(&6) + 1);
                placed.member.name = format!("m{id}");
                if let Some(last) = placed.member.path.last_mut() {
                    *last = id;
                }
                draft.members.insert(n % (draft.members.len() + 1), placed);
            }
            Self::Align(align) => draft.align = *align,
            Self::Record => draft.record.push('s'),
            Self::RecordFlags(critical, required) => draft.flags = (*critical, *required),
            Self::Remove(n, retire) if !draft.members.is_empty() => {
                let gone = draft.members.remove(n % draft.members.len()).member;
                if *retire {
                    draft.retired.push((gone.path, gone.name));
                }
            }
            Self::Swap(a, b) if !draft.members.is_empty() => {
                let members = draft.members.len();
                draft.members.swap(a % members, b % members);
            }
            Self::Split(n, bits) if draft.members.len() > 1 => split(draft, *n, *bits),
            _ => self.apply_to_member(draft),
        }
    }

    fn apply_to_member(&self, draft: &mut Draft) {
        let members = draft.members.len();
        let Some(n) = self.member() else { return };
        let Some(placed) = draft.members.get_mut(n % members.max(1)) else { return };
        let member = &mut placed.member;
        match self {
            Self::Bits(_, bits) => member.bits = *bits,
            Self::Kind(_, kind) => member.kind = *kind,
            Self::Array(_) => member.array = !member.array,
            Self::Count(_, count) => member.count = *count,
            Self::Unit(_, unit) => member.unit = (*unit).to_owned(),
            Self::Default(_, seed) => {
                member.default = seed.map(|seed| point(&member.values(), seed));
            }
            Self::Ranges(_, seeds) => member.ranges = ranges_of(member, seeds),
            Self::OpenOrClose(_) => {
                member.kind = match member.kind {
                    Kind::OpenEnum => Kind::ClosedEnum,
                    Kind::ClosedEnum => Kind::OpenEnum,
                    kind => kind,
                }
            }
            Self::AddValue(_, seed) => member.ranges.extend(ranges_of(member, &[(*seed, *seed)])),
            Self::DropValue(_) => drop(member.ranges.pop()),
            Self::Renumber(_) => {
                let width = member.width();
                if let Some(range) = member.ranges.last_mut().filter(|r| width.has(r.high + 1)) {
                    (range.low, range.high) = (range.low + 1, range.high + 1);
                }
            }
            Self::RenameValue(_) => {
                // A name has at most 24 characters.
                let another = |name: &str| format!("x{}", &name[..name.len().min(23)]);
                member
                    .ranges
                    .iter_mut()
                    .take(1)
                    .for_each(|range| range.name = another(&range.name));
            }
            Self::Rename(_) => member.name.push('x'),
            Self::Critical(_) => member.critical = !member.critical,
            Self::Key(_) => member.key = !member.key,
            Self::Sensitive(_) => member.sensitive = !member.sensitive,
            Self::Legacy(_) => member.legacy = !member.legacy,
            Self::Child(_, child) => member.child = Some((*child).to_owned()),
            Self::Gap(_, gap) => placed.gap = *gap,
            _ => {}
        }
        if placed.member.kind == Kind::End && placed.member.child.is_none() {
            placed.member.child = Some("folio".to_owned());
        }
    }

    fn member(&self) -> Option<usize> {
        match self {
            Self::Bits(n, _)
            | Self::Kind(n, _)
            | Self::Array(n)
            | Self::Count(n, _)
            | Self::Unit(n, _)
            | Self::Default(n, _)
            | Self::Ranges(n, _)
            | Self::OpenOrClose(n)
            | Self::AddValue(n, _)
            | Self::DropValue(n)
            | Self::Renumber(n)
            | Self::RenameValue(n)
            | Self::Rename(n)
            | Self::Critical(n)
            | Self::Key(n)
            | Self::Sensitive(n)
            | Self::Legacy(n)
            | Self::Child(n, _)
            | Self::Gap(n, _) => Some(*n),
            _ => None,
        }
    }
}

/// Moves the border between two neighbours: 52/12 becomes 48/16.
fn split(draft: &mut Draft, n: usize, bits: u8) {
    let n = n % (draft.members.len() - 1);
    let [a, b] = &mut draft.members[n..n + 2] else { return };
    if !a.member.array && !b.member.array && a.member.bits > bits && b.member.bits + bits <= 64 {
        a.member.bits -= bits;
        b.member.bits += bits;
    }
}
