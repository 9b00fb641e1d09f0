//! What can be wrong with an image, and where.

use core::fmt;

use crate::layout::LayoutError;
use crate::member::Path;
use crate::pick::Misfit;
use crate::plan::Incompatible;

/// Why bytes are not an intact image of this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ImageError {
    /// The first bytes are not those of an image.
    Magic,
    /// A format version that this reader does not know.
    Version(u16),
    /// Not little-endian.
    ByteOrder(u8),
    /// A segment ends before what it must hold.
    Truncated {
        /// The segment.
        segment: usize,
    },
    /// A segment is not as long as the head says, or of a length that no segment has.
    Length {
        /// The segment.
        segment: usize,
    },
    /// The head, the directory or a layout was changed after it was sealed.
    HeadSum,
    /// The directory contradicts itself.
    Directory,
    /// A table's layout is none.
    Layout {
        /// The table, by its place in the directory.
        table: u32,
        /// What is wrong with it.
        error: LayoutError,
    },
    /// A table has flags that this reader does not know, or is sorted without a key.
    Flags {
        /// The table.
        table: u32,
    },
    /// Two tables of one record.
    Twice {
        /// The second of them.
        table: u32,
    },
    /// A table has more rows than the segments hold.
    Rows {
        /// The table.
        table: u32,
    },
    /// Bytes between tables are not zero.
    Gap {
        /// The segment.
        segment: usize,
    },
    /// The state is another machine's: architecture, page size, encryption or page order.
    Machine,
    /// A block of rows was changed after it was sealed.
    BlockSum {
        /// The table.
        table: usize,
        /// The first row of the block.
        row: usize,
    },
    /// A row holds a value that its own layout forbids.
    Value {
        /// The table.
        table: usize,
        /// The row.
        row: usize,
        /// The member.
        path: Path,
    },
    /// A bit of a row that no member holds is set.
    Padding {
        /// The table.
        table: usize,
        /// The row.
        row: usize,
        /// The byte of the row.
        byte: u32,
    },
    /// End marks fall, or do not cover their children exactly, or two members claim one child.
    Ends {
        /// The parent table.
        table: usize,
        /// The row, or the number of rows where the last mark is wrong.
        row: usize,
        /// The end mark.
        path: Path,
    },
    /// A table's rows are children of their own children, or of more than 16 generations.
    Depth {
        /// The table.
        table: usize,
    },
    /// A table that is marked sorted is not.
    Order {
        /// The table.
        table: usize,
        /// The row that is not above its predecessor.
        row: usize,
    },
}

/// Why a table cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TableError {
    /// The record is required and the image has no such table.
    Absent,
    /// No row of the writer's layout can cross.
    Incompatible(Incompatible),
    /// A row must be refused.
    Refused {
        /// The member that it is refused for.
        path: Path,
        /// The row.
        row: usize,
    },
    /// The image has rows of a critical record that the reader does not know, or would look for below
    /// parents that have none.
    Unknown {
        /// The table.
        table: usize,
    },
    /// The writer's layout says something that this reader has no word for.
    NotUnderstood {
        /// The table.
        table: usize,
    },
    /// The scratch has no room for a single row. Rows of another layout would need it.
    Scratch,
    /// A member cannot be selected as the type that was asked for. A mistake of the program, whatever
    /// the image.
    Misfit {
        /// The member.
        path: Path,
        /// What does not fit.
        misfit: Misfit,
    },
    /// The image turned out to be damaged while it was read.
    Image(ImageError),
}

/// Why an image cannot be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// A record's name is empty, too long or not printable, or a layout breaks a rule.
    Layout(LayoutError),
    /// More tables, cells or segments than a head can hold.
    Directory,
    /// A segment whose length no segment may have.
    Length {
        /// The segment.
        segment: usize,
    },
    /// The segments are too small for the tables.
    Space,
    /// The next table is of another record.
    Order,
    /// More rows than were announced.
    Full,
    /// Fewer rows than were announced, or a table that nobody filled.
    Unfilled,
    /// An end mark does not fit the member.
    Mark,
    /// A row holds a value that its own layout forbids.
    Value {
        /// The row.
        row: usize,
        /// The member.
        path: Path,
    },
    /// A row cannot be written for this reader.
    Refused {
        /// The row.
        row: usize,
        /// The member.
        path: Path,
    },
    /// No row can be written for this reader.
    Incompatible(Incompatible),
    /// The table is not late: only late tables may be rewritten.
    NotLate,
    /// A rewritten row has another key or end mark than before: other rows depend on it.
    Fixed {
        /// The row.
        row: usize,
        /// The member.
        path: Path,
    },
    /// The image to be rewritten is not intact.
    Image(ImageError),
}

impl From<Incompatible> for TableError {
    fn from(error: Incompatible) -> Self {
        Self::Incompatible(error)
    }
}

impl From<ImageError> for TableError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<ImageError> for WriteError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl From<Incompatible> for WriteError {
    fn from(error: Incompatible) -> Self {
        Self::Incompatible(error)
    }
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("not a KSerial image: the first bytes are others"),
            Self::Version(v) => write!(f, "image format version {v}; this reader knows version 1"),
            Self::ByteOrder(order) => {
                write!(f, "byte order {order}; only 1, little-endian, is known")
            }
            Self::Truncated { segment } => write!(f, "segment {segment} ends too early"),
            Self::Length { segment } => {
                write!(f, "segment {segment} has not the length it must have")
            }
            Self::HeadSum => f.write_str("head, directory or layouts are damaged: the sum differs"),
            Self::Directory => f.write_str("the directory contradicts itself"),
            Self::Layout { table, error } => write!(f, "table {table}: {error}"),
            Self::Flags { table } => write!(f, "table {table} has unknown flags"),
            Self::Twice { table } => write!(f, "table {table} is of a record that another has"),
            Self::Rows { table } => write!(f, "table {table} has more rows than the segments hold"),
            Self::Gap { segment } => {
                write!(f, "segment {segment}: bytes between tables are not zero")
            }
            Self::Machine => f.write_str("the state of another machine"),
            Self::BlockSum { table, row } => {
                write!(f, "table {table}: the block from row {row} on is damaged, or of another image: the sum differs")
            }
            Self::Value { table, row, path } => {
                write!(f, "table {table}, row {row}: member {path} has a value its layout forbids")
            }
            Self::Padding { table, row, byte } => {
                write!(f, "table {table}, row {row}: byte {byte} has bits that no member holds")
            }
            Self::Ends { table, row, path } => {
                write!(f, "table {table}, row {row}: end mark {path} does not fit its children")
            }
            Self::Depth { table } => {
                write!(f, "table {table} has more than 16 generations of parents, or itself as one")
            }
            Self::Order { table, row } => write!(f, "table {table} is not sorted at row {row}"),
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("the record is required and the image has none"),
            Self::Incompatible(error) => error.fmt(f),
            Self::Refused { path, row } => {
                write!(f, "row {row}: member {path} holds what this reader cannot take")
            }
            Self::Scratch => f.write_str("the scratch has no room for a row: give at least one"),
            Self::Unknown { table } => {
                write!(
                    f,
                    "table {table} has rows of a critical record that this reader does not know, or \
                     looks for below parents that the writer did not have"
                )
            }
            Self::NotUnderstood { table } => write!(
                f,
                "table {table} has a layout of a later version of the format: this reader does not \
                 know all that its cells say"
            ),
            Self::Misfit { path, misfit } => {
                write!(f, "member {path} cannot be selected so: {misfit}")
            }
            Self::Image(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout(error) => error.fmt(f),
            Self::Directory => f.write_str("more tables or layouts than a head can hold"),
            Self::Length { segment } => write!(
                f,
                "segment {segment}: a length must be a multiple of 64 bytes and at most 2 MiB"
            ),
            Self::Space => f.write_str("the segments are too small for the tables"),
            Self::Order => f.write_str("the next table announced is of another record"),
            Self::Full => f.write_str("more rows than were announced"),
            Self::Unfilled => f.write_str("fewer rows than were announced"),
            Self::Mark => f.write_str("an end mark does not fit its member's width"),
            Self::Value { row, path } => {
                write!(f, "row {row}: member {path} has a value its layout forbids")
            }
            Self::Refused { row, path } => {
                write!(f, "row {row}: member {path} holds what the reader cannot take")
            }
            Self::Incompatible(error) => error.fmt(f),
            Self::NotLate => f.write_str("only late tables may be rewritten"),
            Self::Fixed { row, path } => {
                write!(f, "row {row}: member {path} is a key or an end mark and cannot change")
            }
            Self::Image(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ImageError {}
impl core::error::Error for TableError {}
impl core::error::Error for WriteError {}
