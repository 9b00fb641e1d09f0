//! What can be wrong with BTF: where, what, and what to do about it.

use std::fmt;
use std::sync::Arc;

/// BTF that cannot be understood.
///
/// A type that is absent is not an error, and an error never looks like an absent type: whoever
/// asks for a struct gets either an answer that holds or one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BtfError {
    /// What the bytes are, as given to [`Btf::parse`](super::Btf::parse): a file and a section.
    pub origin: Arc<str>,
    /// Where in those bytes, counted from the BTF header.
    pub offset: u64,
    /// What is wrong there.
    pub problem: Problem,
}

/// The ways in which BTF can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The bytes end before the header does.
    HeaderCut,
    /// The first two bytes are not BTF's magic number in either byte order.
    NotBtf,
    /// A version of the header other than 1.
    Version(u8),
    /// A header length that is neither the 24 bytes of old nor at least the 32 of Linux 7.2.
    HeaderLength(u32),
    /// A section (types, strings, layouts) that does not lie within the bytes.
    SectionOutside(&'static str),
    /// A section that does not start at a multiple of four.
    SectionUnaligned(&'static str),
    /// A string section that does not start or does not end with NUL.
    StringsUnterminated,
    /// The first string is not empty: this is split BTF and its base was not given.
    BaseMissing,
    /// A base in another byte order than the BTF that is split from it.
    BaseByteOrder,
    /// The record of a type reaches beyond the section of types.
    TypeCut {
        /// The type's number.
        id: u32,
    },
    /// A kind of type that this reader does not know and that the BTF does not lay out.
    UnknownKind {
        /// The kind.
        kind: u8,
    },
    /// A layout of a kind whose record would not be a multiple of four bytes.
    LayoutUneven {
        /// The kind.
        kind: u8,
    },
    /// A layout that contradicts what the kind is known to look like.
    LayoutContradicts {
        /// The kind.
        kind: u8,
    },
    /// A name that lies outside the strings.
    NameOutside(u32),
    /// A name that is not UTF-8.
    NameNotText(u32),
    /// A reference to a type that does not exist.
    NoSuchType(u32),
    /// Types that refer to each other, without end or deeper than anything real.
    TooDeep {
        /// The type at which the walk was given up.
        id: u32,
    },
    /// Something that has no size where a size is needed.
    Unsized {
        /// The type without a size.
        id: u32,
    },
    /// An array larger than 64 bits can say.
    TooLarge {
        /// The type of the array.
        id: u32,
    },
    /// A member that reaches beyond the struct it belongs to.
    MemberOutside {
        /// The struct's type.
        id: u32,
        /// Which of its members, from 0.
        index: u32,
    },
    /// An integer of a size or with bits that no integer has.
    BadInteger {
        /// The type of the integer.
        id: u32,
    },
    /// A distilled base (`.BTF.base`) with a kind of type, or a nameless type, it cannot have.
    NotDistilled {
        /// The type in the distilled base.
        id: u32,
    },
    /// A type of a distilled base that the kernel's own BTF has not, or has more than once.
    NoCounterpart {
        /// The type in the distilled base.
        id: u32,
        /// How many types of the kernel fit.
        candidates: u32,
    },
    /// A struct known by name and size only, because the kernel's own BTF was not given.
    BodyUnknown {
        /// The type in the distilled base.
        id: u32,
    },
}

impl Problem {
    /// What can be done about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Problem::UnknownKind { .. } => {
                "build the kernel with pahole 1.31 or later, which lays out every kind"
            }
            Problem::BaseMissing | Problem::BodyUnknown { .. } => {
                "give the vmlinux that the module was built for beside the module"
            }
            Problem::NoCounterpart { .. } => {
                "give the module and the kernel of the same build; this kernel would not take the \
                 module's BTF either"
            }
            Problem::BaseByteOrder => "give the vmlinux of the module's own architecture",
            Problem::NotBtf => "give a vmlinux, a module, or a file like /sys/kernel/btf/vmlinux",
            _ => "the BTF is damaged or cut short: copy the file again, or rebuild it with pahole",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Problem::HeaderCut => f.write_str("the BTF header is cut short"),
            Problem::NotBtf => f.write_str("no BTF: the magic number 0xeb9f is not there"),
            Problem::Version(v) => write!(f, "BTF of version {v}; only version 1 is known"),
            Problem::HeaderLength(n) => write!(f, "a BTF header of {n} bytes"),
            Problem::SectionOutside(name) => {
                write!(f, "the section of {name} lies outside the BTF")
            }
            Problem::SectionUnaligned(name) => {
                write!(f, "the section of {name} does not start at a multiple of four")
            }
            Problem::StringsUnterminated => {
                f.write_str("the strings do not begin and end with NUL")
            }
            Problem::BaseMissing => f.write_str("split BTF without the BTF that it is split from"),
            Problem::BaseByteOrder => f.write_str("split BTF and its base differ in byte order"),
            Problem::TypeCut { id } => write!(f, "type {id} is cut short"),
            Problem::UnknownKind { kind } => {
                write!(f, "a type of unknown kind {kind}, of unknown length")
            }
            Problem::LayoutUneven { kind } => {
                write!(f, "the layout of kind {kind} is not in multiples of four bytes")
            }
            Problem::LayoutContradicts { kind } => {
                write!(f, "the layout of kind {kind} contradicts what this kind looks like")
            }
            Problem::NameOutside(at) => write!(f, "a name at {at}, outside the strings"),
            Problem::NameNotText(at) => write!(f, "the name at {at} is not UTF-8"),
            Problem::NoSuchType(id) => write!(f, "a reference to type {id}, which does not exist"),
            Problem::TooDeep { id } => {
                write!(f, "types refer to each other without end (seen at type {id})")
            }
            Problem::Unsized { id } => write!(f, "type {id} has no size but is used as if it had"),
            Problem::TooLarge { id } => write!(f, "array type {id} is larger than 64 bits can say"),
            Problem::MemberOutside { id, index } => {
                write!(f, "member {index} of type {id} reaches beyond its struct")
            }
            Problem::BadInteger { id } => write!(f, "type {id} is an integer of impossible size"),
            Problem::NotDistilled { id } => {
                write!(f, "type {id} is nothing that a distilled base can hold")
            }
            Problem::NoCounterpart { id, candidates } => write!(
                f,
                "type {id} of the distilled base fits {candidates} types of the kernel, not one"
            ),
            Problem::BodyUnknown { id } => {
                write!(f, "of type {id} only the name and size are known")
            }
        }
    }
}

impl fmt::Display for BtfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, offset, problem } = self;
        write!(f, "{origin}: byte {offset:#x} of the BTF: {problem}; {}", problem.advice())
    }
}

impl std::error::Error for BtfError {}
