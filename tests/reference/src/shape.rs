//! Layouts as plain data.

use super::set::Set;

/// The IDs that lead to a member, outermost record first; one to four.
pub type Path = Vec<u16>;

/// What a member's bits are (§1.3).
#[allow(missing_docs, reason = "the words are those of the table in FORMAT.md")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Unsigned,
    Signed,
    Bool,
    Bytes,
    Text,
    OpenEnum,
    ClosedEnum,
    Physical,
    End,
    Group,
}

impl Kind {
    /// All kinds, in the order of their numbers from 1.
    pub const ALL: [Self; 10] = [
        Self::Unsigned,
        Self::Signed,
        Self::Bool,
        Self::Bytes,
        Self::Text,
        Self::OpenEnum,
        Self::ClosedEnum,
        Self::Physical,
        Self::End,
        Self::Group,
    ];

    /// Whether named values make sense of it.
    pub fn is_enum(self) -> bool {
        matches!(self, Self::OpenEnum | Self::ClosedEnum)
    }

    /// Whether it may have intervals (§1.4, rule 8).
    pub fn has_intervals(self) -> bool {
        !matches!(self, Self::Group | Self::Bool | Self::Bytes | Self::Text | Self::End)
    }
}

/// An interval of values; in an enum one named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest value.
    pub low: i128,
    /// The largest.
    pub high: i128,
    /// The value's name in an enum, or nothing.
    pub name: String,
}

/// A member of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its IDs.
    pub path: Path,
    /// Its present name.
    pub name: String,
    /// What its bits are.
    pub kind: Kind,
    /// Bits of one element.
    pub bits: u8,
    /// The first bit.
    pub bit: u32,
    /// Elements.
    pub count: u32,
    /// Whether it is an array.
    pub array: bool,
    /// What a reader takes in its absence.
    pub default: Option<i128>,
    /// Whether a reader that does not know it refuses rows in which it is in use.
    pub critical: bool,
    /// Whether rows are found by it.
    pub key: bool,
    /// Whether it is read and no longer written.
    pub legacy: bool,
    /// Whether it is hidden from those who do not ask.
    pub sensitive: bool,
    /// The unit of its value.
    pub unit: String,
    /// Values it may take.
    pub ranges: Vec<Range>,
    /// The record that an end mark counts.
    pub child: Option<String>,
}

impl Member {
    /// One element of `bits` bits at the row's start, without any policy.
    pub fn new(path: &[u16], name: impl Into<String>, kind: Kind, bits: u8) -> Self {
        Self {
            path: path.to_vec(),
            name: name.into(),
            kind,
            bits,
            bit: 0,
            count: 1,
            array: false,
            default: None,
            critical: false,
            key: false,
            legacy: false,
            sensitive: false,
            unit: String::new(),
            ranges: Vec::new(),
            child: None,
        }
    }
}

/// A layout: one version's shape of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The record's name.
    pub record: String,
    /// Bytes of a row.
    pub row: u32,
    /// The row's alignment.
    pub align: u8,
    /// Whether rows refuse a reader that does not know the record.
    pub critical: bool,
    /// Whether an image without the record is an error.
    pub required: bool,
    /// The members, in the order of their cells.
    pub members: Vec<Member>,
    /// Paths that are taken for ever, with the last name of what was there.
    pub retired: Vec<(Path, String)>,
}

impl Shape {
    /// The member of `path`, group or legacy as it may be.
    pub fn member(&self, path: &[u16]) -> Option<&Member> {
        self.members.iter().find(|member| member.path == path)
    }

    /// The members that a row really holds.
    pub fn held(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_held())
    }
}

impl Member {
    /// Whether a row really holds it: it is no group and not legacy.
    pub fn is_held(&self) -> bool {
        self.kind != Kind::Group && !self.legacy
    }

    /// Whether a reader that cannot take it cannot take its row (§3).
    pub fn must_be_taken(&self) -> bool {
        self.critical || self.key
    }

    /// What every element is where the member is absent: an end mark's is no children, always.
    pub fn absent(&self) -> Option<i128> {
        if self.kind == Kind::End {
            Some(0)
        } else {
            self.default
        }
    }

    /// All that the width holds.
    pub fn width(&self) -> Set {
        let size = 1_i128 << self.bits;
        Set::of([match self.kind {
            Kind::Group => (0, -1),
            Kind::Bool => (0, 1),
            Kind::Signed => (-size / 2, size / 2 - 1),
            _ => (0, size - 1),
        }])
    }

    /// The member's values (§1.5).
    pub fn values(&self) -> Set {
        let stated = Set::of(self.ranges.iter().map(|range| (range.low, range.high)));
        match self.kind {
            Kind::ClosedEnum => stated,
            Kind::OpenEnum => self.width(),
            _ if self.ranges.is_empty() => self.width(),
            _ => stated,
        }
    }
}
