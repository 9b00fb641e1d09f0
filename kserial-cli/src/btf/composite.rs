//! Structs and unions, and their members.

use super::error::{BtfError, Problem};
use super::record::Record;
use super::types::{Shape, Type};
use super::Kind;

/// A struct or union.
#[derive(Debug, Clone, Copy)]
pub struct Composite<'b> {
    ty: Type<'b>,
    record: Record,
    name: &'b str,
}

/// A member of a struct or union.
#[derive(Debug, Clone)]
pub struct Member<'b> {
    /// Its name, empty for a struct or union without one, whose members count as the parent's.
    pub name: &'b str,
    /// Its place among the members, from 0.
    pub index: u32,
    /// Where it begins, in bits from the start of the struct. On big-endian machines the bits of
    /// a byte are counted from its most significant end.
    pub bit_offset: u64,
    /// How many bits it has; zero for a flexible array.
    pub bit_size: u64,
    /// Whether it was declared with a width of its own (`u64 pfn:52`), whichever way that is
    /// written in the BTF.
    pub bit_field: bool,
    /// Its type as declared.
    pub ty: Type<'b>,
    /// What that comes down to.
    pub shape: Shape<'b>,
    /// Tags on its declaration (`btf_decl_tag`).
    pub tags: Vec<&'b str>,
}

impl<'b> Composite<'b> {
    pub(super) fn of(ty: Type<'b>, record: Record) -> Result<Self, BtfError> {
        Ok(Composite { ty, record, name: ty.btf.string(record.name, record.at)? })
    }

    /// The struct as a type.
    #[must_use]
    pub fn ty(&self) -> Type<'b> {
        self.ty
    }

    /// Its name, empty if it has none.
    #[must_use]
    pub fn name(&self) -> &'b str {
        self.name
    }

    /// Whether it is a union.
    #[must_use]
    pub fn is_union(&self) -> bool {
        self.record.kind() == Kind::Union
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.record.size_or_type
    }

    /// Its members, in the order of their declaration.
    ///
    /// # Errors
    ///
    /// If a member's name, type or place is broken, or if only the struct's name and size are
    /// known.
    pub fn members(&self) -> Result<Vec<Member<'b>>, BtfError> {
        let btf = self.ty.btf;
        if btf.stands_in && self.size() != 0 {
            return Err(self.ty.error(Problem::BodyUnknown { id: self.ty.id }));
        }
        (0..self.record.info.vlen).map(|index| self.member(index)).collect()
    }

    /// Tags on the struct itself (`btf_decl_tag`).
    ///
    /// # Errors
    ///
    /// If any tag in the BTF is broken.
    pub fn tags(&self) -> Result<Vec<&'b str>, BtfError> {
        self.ty.btf.tags(self.ty.id, None)
    }

    fn member(&self, index: u32) -> Result<Member<'b>, BtfError> {
        let btf = self.ty.btf;
        let at = self.record.element(index, 12);
        let name = btf.string(btf.word(at)?, at)?;
        let Some(ty) = btf.referred(btf.word(at + 4)?, at)? else {
            return Err(btf.error(at, Problem::Unsized { id: 0 }));
        };
        let shape = ty.shape()?;
        let place = btf.word(at + 8)?;
        // With the flag, the uppermost byte is the width of a bit field, zero for anything else.
        let (width, offset) = match self.record.info.flag {
            true => (place >> 24, place & 0x00ff_ffff),
            false => (0, place),
        };
        let (bit_offset, bit_size, bit_field) = match shape {
            _ if width != 0 => (offset.into(), width.into(), true),
            // Without it, a bit field is a member of an integer type with fewer bits than its size.
            Shape::Int(int) if int.bits != int.size * 8 => {
                (u64::from(offset) + u64::from(int.bit_offset), int.bits.into(), true)
            }
            _ => {
                let too_large = || btf.error(at, Problem::TooLarge { id: ty.id });
                let bits = ty.size()?.checked_mul(8).ok_or_else(too_large)?;
                (offset.into(), bits, false)
            }
        };
        let end = u64::from(self.size()) * 8;
        if bit_size > end || bit_offset > end - bit_size {
            return Err(btf.error(at, Problem::MemberOutside { id: self.ty.id, index }));
        }
        let tags = btf.tags(self.ty.id, Some(index))?;
        Ok(Member { name, index, bit_offset, bit_size, bit_field, ty, shape, tags })
    }
}
