//! A type, and what it comes down to.

use std::fmt;

use super::composite::Composite;
use super::enumeration::Enumeration;
use super::error::{BtfError, Problem};
use super::record::Record;
use super::{Btf, Kind};

/// Names for a name, qualifiers and arrays nest this deep at most; real kernels stay below ten.
const DEPTH: u32 = 32;

/// A type: a number in a [`Btf`].
#[derive(Clone, Copy)]
pub struct Type<'b> {
    pub(super) btf: &'b Btf,
    pub(super) id: u32,
}

/// What a type comes down to once names for it and qualifiers are taken off.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'b> {
    /// Nothing at all: what `void *` points to.
    Void,
    /// An integer, a bool or a character.
    Int(Int),
    /// An enumeration.
    Enum(Enumeration<'b>),
    /// So many of a type, one after the other; zero of them in a flexible array.
    Array {
        /// The type of each, itself perhaps an array.
        element: Type<'b>,
        /// How many.
        count: u32,
    },
    /// A struct or union.
    Composite(Composite<'b>),
    /// A pointer, to nothing that is known for a `void *`.
    Pointer(Option<Type<'b>>),
    /// A floating-point number of this many bytes.
    Float {
        /// Its size in bytes.
        size: u32,
    },
    /// A struct or union that is declared here and defined elsewhere.
    Declared,
    /// A function or something else that no member can be.
    Other(Kind),
}

/// An integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Int {
    /// Its size in bytes: 1, 2, 4, 8 or 16.
    pub size: u32,
    /// Whether it has a sign.
    pub signed: bool,
    /// Whether it is marked as a character. Compilers mark few: `char` itself is unmarked in what
    /// pahole writes, and is found by its name.
    pub character: bool,
    /// Whether it is a bool.
    pub boolean: bool,
    /// How many of its bits are used. Fewer than its size has only in the old way of writing bit
    /// fields.
    pub bits: u32,
    /// How far into the integer those bits begin, in the old way of writing bit fields.
    pub bit_offset: u32,
}

impl<'b> Type<'b> {
    /// The type's number, unique within its [`Btf`] and what that is split from.
    #[must_use]
    pub fn id(self) -> u32 {
        self.id
    }

    /// What kind of type it is, before anything is taken off.
    ///
    /// # Errors
    ///
    /// None for a type that was found in its BTF.
    pub fn kind(self) -> Result<Kind, BtfError> {
        Ok(self.record()?.kind())
    }

    /// Its name, empty if it has none.
    ///
    /// # Errors
    ///
    /// If the name lies outside the strings or is not UTF-8.
    pub fn name(self) -> Result<&'b str, BtfError> {
        let record = self.record()?;
        self.btf.string(record.name, record.at)
    }

    /// The first name on the way down to the shape: `phys_addr_t`, `u64`, `memfd_luo_ser`; empty if
    /// there is none.
    ///
    /// # Errors
    ///
    /// As [`Type::shape`].
    pub fn spelled(self) -> Result<&'b str, BtfError> {
        let mut ty = self;
        for _ in 0..DEPTH {
            let record = ty.record()?;
            match record.kind() {
                Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
                    match ty.btf.referred(record.size_or_type, record.at)? {
                        None => return Ok("void"),
                        Some(next) => ty = next,
                    }
                }
                _ => return ty.name(),
            }
        }
        Err(self.error(Problem::TooDeep { id: self.id }))
    }

    /// What the type comes down to.
    ///
    /// # Errors
    ///
    /// If a reference leads nowhere or in a circle, or an integer is impossible.
    pub fn shape(self) -> Result<Shape<'b>, BtfError> {
        let Some((ty, record)) = self.bare()? else { return Ok(Shape::Void) };
        Ok(match record.kind() {
            Kind::Int => Shape::Int(ty.int(&record)?),
            Kind::Float => Shape::Float { size: record.size_or_type },
            Kind::Ptr => Shape::Pointer(ty.btf.pointee(record.size_or_type, record.at)?),
            Kind::Fwd => Shape::Declared,
            Kind::Struct | Kind::Union => Shape::Composite(Composite::of(ty, record)?),
            Kind::Enum | Kind::Enum64 => Shape::Enum(Enumeration::of(ty, record)?),
            Kind::Array => {
                let (element, count) = ty.array(&record)?;
                let Some(element) = element else {
                    return Err(ty.error(Problem::Unsized { id: ty.id }));
                };
                Shape::Array { element, count }
            }
            other => Shape::Other(other),
        })
    }

    /// The type's size in bytes; of a flexible array zero.
    ///
    /// # Errors
    ///
    /// As [`Type::shape`], and if it has no size or one beyond 64 bits.
    pub fn size(self) -> Result<u64, BtfError> {
        let mut count = 1u64;
        let mut ty = self;
        for _ in 0..DEPTH {
            let unsized_type = Problem::Unsized { id: ty.id };
            let Some((bare, record)) = ty.bare()? else { return Err(ty.error(unsized_type)) };
            let size = match record.kind() {
                Kind::Int => bare.int(&record)?.size,
                Kind::Float | Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 => {
                    record.size_or_type
                }
                Kind::Ptr => bare.btf.pointer_size()?,
                Kind::Array => {
                    let (element, more) = bare.array(&record)?;
                    let too_large = Problem::TooLarge { id: bare.id };
                    count = count.checked_mul(more.into()).ok_or_else(|| bare.error(too_large))?;
                    ty = element.ok_or_else(|| bare.error(unsized_type))?;
                    continue;
                }
                _ => return Err(bare.error(unsized_type)),
            };
            let too_large = Problem::TooLarge { id: self.id };
            return count.checked_mul(size.into()).ok_or_else(|| self.error(too_large));
        }
        Err(self.error(Problem::TooDeep { id: self.id }))
    }

    /// The type as a struct or union, if it is one without taking anything off.
    pub(super) fn as_composite(self) -> Result<Option<Composite<'b>>, BtfError> {
        let record = self.record()?;
        match record.kind() {
            Kind::Struct | Kind::Union => Composite::of(self, record).map(Some),
            _ => Ok(None),
        }
    }

    /// The type as an enumeration, if it is one without taking anything off.
    pub(super) fn as_enumeration(self) -> Result<Option<Enumeration<'b>>, BtfError> {
        let record = self.record()?;
        match record.kind() {
            Kind::Enum | Kind::Enum64 => Enumeration::of(self, record).map(Some),
            _ => Ok(None),
        }
    }

    /// The type below names for it and qualifiers; none is `void`.
    fn bare(self) -> Result<Option<(Type<'b>, Record)>, BtfError> {
        let mut ty = self;
        for _ in 0..DEPTH {
            let record = ty.record()?;
            match record.kind() {
                Kind::Typedef | Kind::Volatile | Kind::Const | Kind::Restrict | Kind::TypeTag => {
                    match ty.btf.referred(record.size_or_type, record.at)? {
                        None => return Ok(None),
                        Some(next) => ty = next,
                    }
                }
                _ => return Ok(Some((ty, record))),
            }
        }
        Err(self.error(Problem::TooDeep { id: self.id }))
    }

    fn int(self, record: &Record) -> Result<Int, BtfError> {
        let [bits, _, bit_offset, encoding] =
            self.btf.word(record.element(0, 4))?.to_le_bytes().map(u32::from);
        let size = record.size_or_type;
        let possible = matches!(size, 1 | 2 | 4 | 8 | 16)
            && bits != 0
            && bit_offset.saturating_add(bits) <= size.saturating_mul(8);
        if !possible {
            return Err(self.error(Problem::BadInteger { id: self.id }));
        }
        Ok(Int {
            size,
            signed: encoding & 1 != 0,
            character: encoding & 2 != 0,
            boolean: encoding & 4 != 0,
            bits,
            bit_offset,
        })
    }

    fn array(self, record: &Record) -> Result<(Option<Type<'b>>, u32), BtfError> {
        let at = record.element(0, 12);
        let element = self.btf.word(at)?;
        Ok((self.btf.referred(element, at)?, self.btf.word(at + 8)?))
    }

    pub(super) fn record(self) -> Result<Record, BtfError> {
        self.btf.record(self.id)
    }

    pub(super) fn error(self, problem: Problem) -> BtfError {
        let at = self.record().map_or(self.btf.header.types.start, |record| record.at);
        self.btf.error(at, problem)
    }
}

impl fmt::Debug for Type<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Type({} of {})", self.id, self.btf.origin)
    }
}

impl PartialEq for Type<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.btf, other.btf) && self.id == other.id
    }
}

impl Eq for Type<'_> {}
