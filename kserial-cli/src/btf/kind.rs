//! The nineteen kinds of BTF types, and how long the record of each is.
//!
//! Every record starts with twelve bytes: name, *info*, and a word that is a size for some kinds
//! and another type's number for others. Info holds the kind, a count (*vlen*) and one flag. Linux
//! 7.2 widened the count from 16 bits to 24 and the kind from 5 bits to 7, into bits that were zero
//! before: one way of reading serves both.

/// The twelve bytes that every record starts with.
pub(super) const RECORD: usize = 12;

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An integer, a bool or a character.
    Int,
    /// A pointer.
    Ptr,
    /// An array.
    Array,
    /// A struct.
    Struct,
    /// A union.
    Union,
    /// An enumeration with values of up to 32 bits.
    Enum,
    /// A struct or union that is declared and not defined.
    Fwd,
    /// Another name for a type.
    Typedef,
    /// `volatile`.
    Volatile,
    /// `const`.
    Const,
    /// `restrict`.
    Restrict,
    /// A function.
    Func,
    /// A function's parameters and result.
    FuncProto,
    /// A variable.
    Var,
    /// The variables of one section.
    DataSec,
    /// A floating-point number.
    Float,
    /// A tag on a declaration: a struct, a member, a function, a variable.
    DeclTag,
    /// A tag on a type.
    TypeTag,
    /// An enumeration with values of up to 64 bits.
    Enum64,
    /// A kind that is newer than this reader; its records are stepped over.
    Unknown(u8),
}

impl Kind {
    pub(super) const KNOWN: [Kind; 19] = [
        Kind::Int,
        Kind::Ptr,
        Kind::Array,
        Kind::Struct,
        Kind::Union,
        Kind::Enum,
        Kind::Fwd,
        Kind::Typedef,
        Kind::Volatile,
        Kind::Const,
        Kind::Restrict,
        Kind::Func,
        Kind::FuncProto,
        Kind::Var,
        Kind::DataSec,
        Kind::Float,
        Kind::DeclTag,
        Kind::TypeTag,
        Kind::Enum64,
    ];

    pub(super) fn of(number: u8) -> Self {
        match usize::from(number).checked_sub(1).and_then(|index| Self::KNOWN.get(index)) {
            Some(&kind) => kind,
            None => Kind::Unknown(number),
        }
    }

    /// Whether types of this kind are types that one looks for by name.
    pub(super) fn is_named_type(self) -> bool {
        matches!(
            self,
            Kind::Int
                | Kind::Struct
                | Kind::Union
                | Kind::Enum
                | Kind::Enum64
                | Kind::Fwd
                | Kind::Typedef
                | Kind::Float
        )
    }

    /// What follows the first twelve bytes; none for a kind that is not known.
    pub(super) fn tail(self) -> Option<Tail> {
        let (once, each) = match self {
            Kind::Int | Kind::Var | Kind::DeclTag => (4, 0),
            Kind::Array => (12, 0),
            Kind::Struct | Kind::Union | Kind::DataSec | Kind::Enum64 => (0, 12),
            Kind::Enum | Kind::FuncProto => (0, 8),
            Kind::Ptr
            | Kind::Fwd
            | Kind::Typedef
            | Kind::Volatile
            | Kind::Const
            | Kind::Restrict
            | Kind::Func
            | Kind::Float
            | Kind::TypeTag => (0, 0),
            Kind::Unknown(_) => return None,
        };
        Some(Tail { once, each })
    }
}

/// What follows the first twelve bytes of a record: some bytes once, and some per counted element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    pub(super) once: u8,
    pub(super) each: u8,
}

impl Tail {
    /// The length of a whole record with this tail.
    pub(super) fn record_len(self, vlen: u32) -> u64 {
        // A count has 24 bits and an element 8: no overflow in 64.
        RECORD as u64 + u64::from(self.once) + u64::from(vlen) * u64::from(self.each)
    }
}

/// The info word of a record, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) number: u8,
    pub(super) vlen: u32,
    pub(super) flag: bool,
}

impl Info {
    pub(super) fn of(word: u32) -> Self {
        let [_, _, _, top] = word.to_le_bytes();
        Info { number: top & 0x7f, vlen: word & 0x00ff_ffff, flag: top & 0x80 != 0 }
    }

    pub(super) fn kind(self) -> Kind {
        Kind::of(self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_the_info_word_read_alike() {
        // A struct of 576 members with bit fields: 16-bit count, 5-bit kind.
        let old = (1 << 31) | (4 << 24) | 576;
        assert_eq!(Info::of(old), Info { number: 4, vlen: 576, flag: true });
        // A kind and a count that only the wider words can hold.
        let new = (0x7e << 24) | 0x0123_4567 & 0x00ff_ffff;
        assert_eq!(Info::of(new), Info { number: 0x7e, vlen: 0x0023_4567, flag: false });
        assert_eq!(Info::of(new).kind(), Kind::Unknown(0x7e));
    }

    #[test]
    fn kinds_are_numbered_from_one_to_nineteen() {
        assert_eq!(Kind::of(0), Kind::Unknown(0));
        assert_eq!(Kind::of(1), Kind::Int);
        assert_eq!(Kind::of(17), Kind::DeclTag);
        assert_eq!(Kind::of(19), Kind::Enum64);
        assert_eq!(Kind::of(20), Kind::Unknown(20));
    }
}
