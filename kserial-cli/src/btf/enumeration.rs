//! Enumerations and their values.

use super::error::{BtfError, Problem};
use super::record::Record;
use super::types::Type;
use super::Kind;

/// An enumeration.
#[derive(Debug, Clone, Copy)]
pub struct Enumeration<'b> {
    ty: Type<'b>,
    record: Record,
    name: &'b str,
}

/// One value of an enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enumerator<'b> {
    /// Its name.
    pub name: &'b str,
    /// Its value: any of 64 bits, with or without a sign.
    pub value: i128,
}

impl<'b> Enumeration<'b> {
    pub(super) fn of(ty: Type<'b>, record: Record) -> Result<Self, BtfError> {
        Ok(Enumeration { ty, record, name: ty.btf.string(record.name, record.at)? })
    }

    /// The enumeration as a type.
    #[must_use]
    pub fn ty(&self) -> Type<'b> {
        self.ty
    }

    /// Its name, empty if it has none.
    #[must_use]
    pub fn name(&self) -> &'b str {
        self.name
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.record.size_or_type
    }

    /// Whether its values have a sign.
    #[must_use]
    pub fn signed(&self) -> bool {
        self.record.info.flag
    }

    /// Its values, in the order of their declaration.
    ///
    /// # Errors
    ///
    /// If a name is broken, or if only the enumeration's name and size are known.
    pub fn values(&self) -> Result<Vec<Enumerator<'b>>, BtfError> {
        let btf = self.ty.btf;
        if btf.stands_in {
            return Err(self.ty.error(Problem::BodyUnknown { id: self.ty.id }));
        }
        let wide = self.record.kind() == Kind::Enum64;
        (0..self.record.info.vlen)
            .map(|index| {
                let at = self.record.element(index, if wide { 12 } else { 8 });
                let name = btf.string(btf.word(at)?, at)?;
                let low = btf.word(at + 4)?;
                let value = match (wide, self.signed()) {
                    (false, false) => i128::from(low),
                    (false, true) => i128::from(low.cast_signed()),
                    (true, signed) => {
                        let value = u64::from(low) | u64::from(btf.word(at + 8)?) << 32;
                        if signed {
                            i128::from(value.cast_signed())
                        } else {
                            i128::from(value)
                        }
                    }
                };
                Ok(Enumerator { name, value })
            })
            .collect()
    }
}
