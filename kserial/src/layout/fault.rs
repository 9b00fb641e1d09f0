//! What can be wrong with cells that claim to be a layout.

use core::fmt;

use crate::member::Path;

/// Why cells are no layout: which cell (0 is the head), and what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LayoutError {
    /// The cell, counted from the head, which is 0.
    pub cell: u16,
    /// The rule that it breaks.
    pub fault: LayoutFault,
}

/// The rules of the format that cells can break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LayoutFault {
    /// The bytes end before the layout does.
    Truncated,
    /// The head states an encoding that this reader does not know.
    Version(u8),
    /// A record's or member's name is empty, too long, not printable ASCII or badly padded.
    Name,
    /// The row is empty, larger than 64 KiB, or no multiple of its alignment.
    Row(u32),
    /// More than 512 cells, or another number than the head states.
    Cells(u16),
    /// A flag that a reader must understand and this one does not.
    Flags(u32),
    /// Bytes that are reserved are not zero.
    Reserved,
    /// A tag that a reader must understand and this one does not.
    Tag(u8),
    /// A path with a gap, or without a first ID.
    Path,
    /// A path stated twice, or retired and in use.
    Duplicate(Path),
    /// A nested member without the group that names its parent.
    Orphan(Path),
    /// A kind that this reader does not know.
    Kind(u8),
    /// A width or count that the kind does not allow.
    Shape(Path),
    /// A member that reaches past the row's end.
    Outside(Path),
    /// Two members share bits.
    Overlap(Path),
    /// A default that is not among the member's values.
    Default(Path),
    /// An interval or value that the member cannot take, or that belongs to no member.
    Interval(Path),
    /// An end mark without exactly one child record, or a child record without an end mark.
    Child(Path),
    /// Two end marks count rows of one record; or one counts those of its own.
    Parents(Path),
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layout, cell {}: {}", self.cell, self.fault)
    }
}

impl fmt::Display for LayoutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the bytes end before the layout does"),
            Self::Version(v) => write!(f, "encoding version {v}; this reader knows version 1"),
            Self::Name => f.write_str("a name is empty, not printable or badly padded"),
            Self::Row(bytes) => {
                write!(f, "a row of {bytes} bytes is empty, too large or unaligned")
            }
            Self::Cells(n) => write!(f, "{n} cells: more than 512, or not what the head states"),
            Self::Flags(flags) => write!(f, "flags {flags:#x} are not known"),
            Self::Reserved => f.write_str("reserved bytes are not zero"),
            Self::Tag(tag) => write!(f, "tag {tag} is not known and may not be skipped"),
            Self::Path => f.write_str("the path of IDs has a gap"),
            Self::Duplicate(path) => write!(f, "member {path} is stated twice or is retired"),
            Self::Orphan(path) => write!(f, "member {path} has no group above it"),
            Self::Kind(kind) => write!(f, "kind {kind} is not known"),
            Self::Shape(path) => write!(f, "member {path}: its kind forbids this width or count"),
            Self::Outside(path) => write!(f, "member {path} reaches past the row's end"),
            Self::Overlap(path) => write!(f, "member {path} shares bits with another"),
            Self::Default(path) => write!(f, "member {path}: its default is not one of its values"),
            Self::Interval(path) => write!(f, "member {path}: an interval it cannot take"),
            Self::Child(path) => {
                write!(f, "member {path}: an end mark has exactly one child record")
            }
            Self::Parents(path) => {
                write!(f, "member {path}: rows of the record that it counts have another parent")
            }
        }
    }
}

impl core::error::Error for LayoutError {}
