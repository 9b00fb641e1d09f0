//! Members: the fields of a record, known for ever by their IDs.

use core::fmt;

use zerocopy::little_endian::U16;

use crate::cell::{self, MemberCell};

/// The number of a member within its record: from 1, never reused.
///
/// ```
/// use kserial::MemberId;
/// assert_eq!(MemberId::new(7).map(MemberId::get), Some(7));
/// assert_eq!(MemberId::new(0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberId(u16);

impl MemberId {
    /// The ID `number`, or `None` for 0, which is nobody's.
    pub const fn new(number: u16) -> Option<Self> {
        if number == 0 {
            None
        } else {
            Some(Self(number))
        }
    }

    /// The number, 1 to 65535.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// The IDs that lead to a member: one for a member of the record itself, up to four where records
/// are nested.
///
/// ```
/// use kserial::Path;
/// let pages = Path::of(6).then(1).unwrap();
/// assert_eq!(pages.ids(), [6, 1, 0, 0]);
/// assert_eq!(pages.to_string(), "6.1");
/// assert_eq!(pages.parent(), Some(Path::of(6)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Path([u16; 4]);

impl Path {
    /// The member `id` of the record itself. An `id` of 0 makes a path that no layout accepts.
    pub const fn of(id: u16) -> Self {
        Self([id, 0, 0, 0])
    }

    /// The member `id` of the record nested here, or `None` when that would be a fifth level.
    pub const fn then(self, id: u16) -> Option<Self> {
        match self.0 {
            [a, 0, ..] => Some(Self([a, id, 0, 0])),
            [a, b, 0, _] => Some(Self([a, b, id, 0])),
            [a, b, c, 0] => Some(Self([a, b, c, id])),
            _ => None,
        }
    }

    /// The member whose nested record holds this one.
    pub const fn parent(self) -> Option<Self> {
        match self.0 {
            [_, 0, ..] => None,
            [a, _, 0, _] => Some(Self([a, 0, 0, 0])),
            [a, b, _, 0] => Some(Self([a, b, 0, 0])),
            [a, b, c, _] => Some(Self([a, b, c, 0])),
        }
    }

    /// The IDs, outermost first; unused places are 0.
    pub const fn ids(self) -> [u16; 4] {
        self.0
    }

    /// The path as a cell states it.
    pub(crate) const fn from_cell(path: &[U16; 4]) -> Self {
        let [a, b, c, d] = path;
        Self([a.get(), b.get(), c.get(), d.get()])
    }

    /// Whether every ID up to the last one is there and none follows a gap.
    pub(crate) const fn is_well_formed(self) -> bool {
        let [a, b, c, d] = self.0;
        a != 0 && (b != 0 || c == 0) && (c != 0 || d == 0)
    }

    /// `==` for constants.
    pub(crate) const fn is(self, other: Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        a == e && b == f && c == g && d == h
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first}")?;
        for id in rest.into_iter().take_while(|id| *id != 0) {
            write!(f, ".{id}")?;
        }
        Ok(())
    }
}

/// What a member's bits are. A change of kind is a change of meaning and wants a new ID; the one
/// exception is an enum that opens or closes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// An unsigned integer.
    Unsigned = 1,
    /// A signed integer in two's complement.
    Signed = 2,
    /// 0 or 1, whatever the width.
    Bool = 3,
    /// Bytes without further meaning.
    Bytes = 4,
    /// Bytes of a string, padded with NUL.
    Text = 5,
    /// One of the named values, or one that this version does not know.
    OpenEnum = 6,
    /// One of the named values and no other.
    ClosedEnum = 7,
    /// A physical address.
    Physical = 8,
    /// How many rows of the child record belong to the rows up to and including this one.
    End = 9,
    /// A nested record: a name for the members below it, no bits of its own.
    Group = 10,
}

impl Kind {
    /// The kind with this number.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Unsigned,
            2 => Self::Signed,
            3 => Self::Bool,
            4 => Self::Bytes,
            5 => Self::Text,
            6 => Self::OpenEnum,
            7 => Self::ClosedEnum,
            8 => Self::Physical,
            9 => Self::End,
            10 => Self::Group,
            _ => return None,
        })
    }

    /// The number that stands for the kind in a cell.
    #[allow(clippy::as_conversions, reason = "how an enum gives its number")]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the kind is an enum of either sort.
    pub const fn is_enum(self) -> bool {
        matches!(self, Self::OpenEnum | Self::ClosedEnum)
    }

    /// The word for it in schemas and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Signed => "signed",
            Self::Bool => "bool",
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::OpenEnum => "open-enum",
            Self::ClosedEnum => "closed-enum",
            Self::Physical => "physical",
            Self::End => "end",
            Self::Group => "group",
        }
    }
}

/// A member as a valid layout states it.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    cell: &'a MemberCell,
    kind: Kind,
}

impl<'a> Member<'a> {
    /// The member that `cell` states, or `None` when its kind has no meaning here.
    pub(crate) const fn from_cell(cell: &'a MemberCell) -> Option<Self> {
        match Kind::from_number(cell.kind) {
            Some(kind) => Some(Self { cell, kind }),
            None => None,
        }
    }

    /// The IDs that lead to it.
    pub const fn path(&self) -> Path {
        Path::from_cell(&self.cell.path)
    }

    /// What its bits are.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Bits of one element, 1 to 64; 0 for a group.
    pub const fn bits(&self) -> u8 {
        self.cell.bits
    }

    /// The first bit of the first element, from the row's start.
    pub const fn bit(&self) -> u32 {
        self.cell.bit.get()
    }

    /// Elements, at least 1; 0 for a group.
    pub const fn count(&self) -> u32 {
        self.cell.count.get()
    }

    /// The value of every element where a writer had no such member; `None` for a required one.
    ///
    /// An end mark's is 0, no children, though its cell cannot say so.
    pub const fn default(&self) -> Option<u64> {
        if matches!(self.kind, Kind::End) {
            Some(0)
        } else if self.has(cell::MEMBER_DEFAULT) {
            Some(self.cell.default.get())
        } else {
            None
        }
    }

    /// Whether a reader that does not know the member refuses rows that differ from the default.
    pub const fn is_critical(&self) -> bool {
        self.has(cell::MEMBER_CRITICAL)
    }

    /// Whether rows are found by this member.
    pub const fn is_key(&self) -> bool {
        self.has(cell::MEMBER_KEY)
    }

    /// Whether it is still read but no longer written.
    pub const fn is_legacy(&self) -> bool {
        self.has(cell::MEMBER_LEGACY)
    }

    /// Whether it is shown only to those who ask for it.
    pub const fn is_sensitive(&self) -> bool {
        self.has(cell::MEMBER_SENSITIVE)
    }

    /// Whether it is an array, be it of one element.
    pub const fn is_array(&self) -> bool {
        self.has(cell::MEMBER_ARRAY)
    }

    /// Its present name. Names are for people; only the path identifies a member.
    pub const fn name(&self) -> &'a str {
        text(&self.cell.name)
    }

    /// The unit of its value, or nothing.
    pub const fn unit(&self) -> &'a str {
        text(&self.cell.unit)
    }

    /// The cell that states it.
    pub const fn cell(&self) -> &'a MemberCell {
        self.cell
    }

    const fn has(&self, flag: u32) -> bool {
        self.cell.flags.get() & flag != 0
    }
}

/// A padded field that validation has found to be ASCII.
pub(crate) const fn text(field: &[u8]) -> &str {
    match cell::trimmed(field) {
        Some(bytes) => match core::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => "",
        },
        None => "",
    }
}
