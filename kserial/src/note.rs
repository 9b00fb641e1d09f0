//! Notes: what a kernel or module declares of its records, in ELF notes that survive strip.
//!
//! A note's owner is `KSerial` and its type 1; the description is eight bytes and then one layout.
//! Finding notes in files is a tool's work, not this crate's.

use core::fmt;
use core::mem::size_of;

use zerocopy::FromBytes as _;
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::cell::{Cell, HeadCell};
use crate::layout::{Layout, LayoutError};

/// The owner of KSerial's notes, without the NUL that ELF adds.
pub const OWNER: &str = "KSerial";
/// The type of a note that declares one record.
pub const TYPE: u32 = 1;
/// The version of the description.
pub const VERSION: u8 = 1;

/// The first eight bytes of a note's description; the layout follows.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct NoteHead {
    /// [`VERSION`].
    pub version: u8,
    /// [`Roles`] as bits.
    pub roles: u8,
    /// A [`Carrier`] by its number.
    pub carrier: u8,
    /// Zero.
    pub reserved: [u8; 5],
}

/// What a kernel does with a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Roles {
    /// It writes such rows.
    pub writes: bool,
    /// It reads them.
    pub reads: bool,
    /// It does not come up without them.
    pub requires: bool,
}

/// What carries the rows across.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Carrier {
    /// The image of another record, whose children they are.
    Rows = 0,
    /// A file of a session, under the record's name as `compatible`.
    File = 1,
    /// A file-lifecycle-bound object, under the record's name as `compatible`.
    Flb = 2,
    /// A subtree of KHO, under the record's name.
    Subtree = 3,
}

/// One record as a kernel declares it.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// What the kernel does with it.
    pub roles: Roles,
    /// What carries it.
    pub carrier: Carrier,
    /// The layout that the kernel writes and reads.
    pub layout: Layout<'a>,
}

/// Why a note's description is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NoteError {
    /// It ends too early, or more follows the layout.
    Length,
    /// A version that this reader does not know.
    Version(u8),
    /// Roles that this reader does not know, or none.
    Roles(u8),
    /// A carrier that this reader does not know.
    Carrier(u8),
    /// Bytes that are reserved are not zero.
    Reserved,
    /// The layout is none.
    Layout(LayoutError),
}

impl Roles {
    const WRITES: u8 = 1;
    const READS: u8 = 2;
    const REQUIRES: u8 = 4;

    const fn bits(self) -> u8 {
        (if self.writes { Self::WRITES } else { 0 })
            | (if self.reads { Self::READS } else { 0 })
            | (if self.requires { Self::REQUIRES } else { 0 })
    }

    const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits & !(Self::WRITES | Self::READS | Self::REQUIRES) != 0 {
            return None;
        }
        Some(Self {
            writes: bits & Self::WRITES != 0,
            reads: bits & Self::READS != 0,
            requires: bits & Self::REQUIRES != 0,
        })
    }
}

impl Carrier {
    /// The carrier with this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Rows,
            1 => Self::File,
            2 => Self::Flb,
            3 => Self::Subtree,
            _ => return None,
        })
    }

    /// The word for it in schemas and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::File => "file",
            Self::Flb => "flb",
            Self::Subtree => "subtree",
        }
    }
}

impl<'a> Note<'a> {
    /// What the description of a note declares.
    ///
    /// # Errors
    /// Why it declares nothing.
    pub fn read(description: &'a [u8]) -> Result<Self, NoteError> {
        let (head, rest) = NoteHead::ref_from_prefix(description).map_err(|_| NoteError::Length)?;
        if head.version != VERSION {
            return Err(NoteError::Version(head.version));
        }
        let roles = Roles::from_bits(head.roles).ok_or(NoteError::Roles(head.roles))?;
        let carrier = Carrier::from_number(head.carrier).ok_or(NoteError::Carrier(head.carrier))?;
        if head.reserved != [0; 5] {
            return Err(NoteError::Reserved);
        }
        let (layout, rest) = Layout::read(rest).map_err(NoteError::Layout)?;
        if !rest.is_empty() {
            return Err(NoteError::Length);
        }
        Ok(Self { roles, carrier, layout })
    }
}

/// A note as a static of the program that declares the record, where `N` is the number of cells
/// after the layout's head. [`note!`](crate::note!) puts it where linkers look for notes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(4))]
pub struct ElfNote<const N: usize> {
    owner_len: u32,
    description_len: u32,
    kind: u32,
    owner: [u8; 8],
    description: NoteHead,
    head: HeadCell,
    cells: [Cell; N],
}

impl<const N: usize> ElfNote<N> {
    /// The note of `layout`, or `None` when it does not have `N` cells.
    #[allow(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "a layout has at most 512 cells of 64 bytes"
    )]
    pub const fn new(roles: Roles, carrier: Carrier, layout: Layout<'_>) -> Option<Self> {
        let Some(cells) = layout.cells().first_chunk::<N>() else { return None };
        if layout.cells().len() != N {
            return None;
        }
        Some(Self {
            owner_len: 8,
            description_len: layout.encoded_len().saturating_add(size_of::<NoteHead>()) as u32,
            kind: TYPE,
            owner: *b"KSerial\0",
            description: NoteHead {
                version: VERSION,
                roles: roles.bits(),
                carrier: carrier as u8,
                reserved: [0; 5],
            },
            head: *layout.head(),
            cells: *cells,
        })
    }
}

/// Declares a record in an ELF note of the program, kernel or module that this is compiled into.
///
/// ```
/// # use kserial::{KSerial, Record};
/// # use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};
/// #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
/// #[kserial(record = "volume")]
/// #[repr(C)]
/// struct Volume {
///     #[kserial(id = 1, unit = "dB")]
///     level: i32,
/// }
///
/// kserial::note!(Volume, Roles { writes: true, reads: true, requires: false }, Carrier::File);
/// ```
#[macro_export]
macro_rules! note {
    ($record:ty, $roles:expr, $carrier:expr) => {
        #[cfg(not(any(windows, target_vendor = "apple")))]
        const _: () = {
            const LAYOUT: $crate::Layout<'static> = <$record as $crate::Record>::SHAPE;
            const CELLS: usize = LAYOUT.cells().len();

            // Linkers know a note by the name of its section.
            #[used]
            #[unsafe(link_section = ".note.KSerial")]
            static NOTE: $crate::declare::ElfNote<CELLS> = {
                #[allow(unused_imports, reason = "roles and carriers may come from elsewhere")]
                use $crate::{Carrier, Roles};
                match $crate::declare::ElfNote::new($roles, $carrier, LAYOUT) {
                    ::core::option::Option::Some(note) => note,
                    ::core::option::Option::None => {
                        ::core::panic!("a layout has as many cells as it has")
                    }
                }
            };
        };
    };
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("the note is shorter or longer than what it declares"),
            Self::Version(v) => write!(f, "note version {v}; this reader knows version 1"),
            Self::Roles(roles) => write!(f, "roles {roles:#x} are not known"),
            Self::Carrier(carrier) => write!(f, "carrier {carrier} is not known"),
            Self::Reserved => f.write_str("reserved bytes are not zero"),
            Self::Layout(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for NoteError {}
