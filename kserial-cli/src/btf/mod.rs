//! Reading BTF: what a kernel says of its own C types.
//!
//! A kernel that knows nothing of KSerial still describes its structs, in the section `.BTF` of its
//! vmlinux and of its modules. A struct found here, with its members' offsets, sizes and types, is
//! a layout like any other.
//!
//! ```text
//! header ─┬─ types    one record after the other; a type's number is its place in the row, from 1
//!         ├─ layouts  since Linux 7.2: the record's length for every kind
//!         └─ strings  the names, NUL-terminated, found by their offset
//! ```
//!
//! - **[`Btf`]** is one such blob. Opening it walks the records once and notes where each begins;
//!   names are indexed when the first one is asked for.
//! - **[`Type`]** is a type in it: a number that knows its `Btf`. It answers for itself, one step at
//!   a time ([`Type::shape`]), so nothing here follows a cycle.
//! - **[`Composite`]** is a struct or union, **[`Member`]** one of its members, bit fields included.
//!
//! A module's BTF is *split*: its numbers and names continue those of the kernel's BTF. A module
//! built out of tree also carries a *distilled base*, `.BTF.base`: the few types of the kernel that
//! it refers to, by name and size, which are then looked up in the kernel at hand.
//!
//! The bytes are hostile until proven otherwise. Whatever they hold, reading ends, in time and
//! memory proportional to their length, with an answer or with a [`BtfError`] that says where.
//!
//! The types are Linux's (`include/uapi/linux/btf.h`); the names of [`Kind`] are too.

mod composite;
mod distilled;
mod enumeration;
mod error;
mod header;
mod index;
mod kind;
mod record;
mod tags;
mod types;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

pub use composite::{Composite, Member};
pub use enumeration::{Enumeration, Enumerator};
pub use error::{BtfError, Problem};
pub use kind::Kind;
pub use types::{Int, Shape, Type};

use header::Header;
use index::Index;
use tags::Tags;

/// One blob of BTF.
#[derive(Debug)]
pub struct Btf {
    data: Bytes,
    origin: Arc<str>,
    header: Header,
    base: Base,
    /// Whether this is a distilled base: its structs and enumerations are empty because they are
    /// not told, not because they have no members.
    stands_in: bool,
    /// Where each record begins, counted from the start of the blob; the first is `first_id`.
    records: Vec<u32>,
    /// The number of the first type in this blob: 1, or what follows the base's last.
    first_id: u32,
    /// The offset of the first string in this blob: 0, or what follows the base's last.
    first_string: u32,
    names: OnceLock<Result<Index, BtfError>>,
    tags: OnceLock<Result<Tags, BtfError>>,
    pointer_size: OnceLock<Result<u32, BtfError>>,
}

/// What a blob's lowest numbers refer to.
#[derive(Debug)]
enum Base {
    /// Nothing: the blob stands alone, as a kernel's does.
    None,
    /// The whole BTF of the kernel that the module was built with.
    Kernel(Arc<Btf>),
    /// Stand-ins for the kernel's types, and the kernel at hand, if there is one.
    Distilled { stubs: Arc<Btf>, kernel: Option<Arc<Btf>> },
}

impl Btf {
    /// Reads BTF that stands alone: a vmlinux's `.BTF`, `/sys/kernel/btf/vmlinux`.
    ///
    /// `origin` says in errors what the bytes are.
    ///
    /// # Errors
    ///
    /// If the header or the row of records is wrong. Names, and what the records refer to, are
    /// checked when they are looked at.
    pub fn parse(data: Bytes, origin: impl Into<Arc<str>>) -> Result<Self, BtfError> {
        Self::with_base(data, origin.into(), Base::None)
    }

    /// Reads a module's BTF, split from that of the kernel it was built with.
    ///
    /// # Errors
    ///
    /// As [`Btf::parse`].
    pub fn parse_split(
        data: Bytes,
        origin: impl Into<Arc<str>>,
        kernel: Arc<Btf>,
    ) -> Result<Self, BtfError> {
        Self::with_base(data, origin.into(), Base::Kernel(kernel))
    }

    /// Reads a module's BTF that brings a distilled base (`.BTF.base`), whose types are then those
    /// of the kernel at hand. Without a kernel, what the module has from it is known by name and
    /// size only, and asking for more is an error.
    ///
    /// # Errors
    ///
    /// As [`Btf::parse`], for either blob.
    pub fn parse_distilled(
        data: Bytes,
        distilled: Bytes,
        origin: impl Into<Arc<str>>,
        kernel: Option<Arc<Btf>>,
    ) -> Result<Self, BtfError> {
        let origin = origin.into();
        let mut stubs = Self::parse(distilled, format!("{origin}, distilled base"))?;
        distilled::check(&stubs)?;
        stubs.stands_in = true;
        let stubs = Arc::new(stubs);
        Self::with_base(data, origin, Base::Distilled { stubs, kernel })
    }

    fn with_base(data: Bytes, origin: Arc<str>, base: Base) -> Result<Self, BtfError> {
        let fail = |(offset, problem)| BtfError { origin: origin.clone(), offset, problem };
        let header = Header::parse(&data).map_err(fail)?;
        let below = match &base {
            Base::None => None,
            Base::Kernel(below) | Base::Distilled { stubs: below, .. } => Some(below.as_ref()),
        };
        let (first_id, first_string) = match below {
            None => (1, 0),
            Some(below) => (below.end_id(), below.end_string()),
        };
        if below.is_some_and(|below| below.header.big_endian != header.big_endian) {
            return Err(fail((0, Problem::BaseByteOrder)));
        }
        let strings = &data[header.strings.clone()];
        let at = header.strings.start as u64;
        match (strings.first(), strings.last()) {
            // A module may have no name of its own.
            (None, _) if below.is_some() => {}
            (Some(&first), Some(0)) if below.is_none() && first != 0 => {
                return Err(fail((at, Problem::BaseMissing)));
            }
            (Some(_), Some(0)) => {}
            _ => return Err(fail((at, Problem::StringsUnterminated))),
        }
        let layouts = match below {
            Some(below) if header.layouts.is_empty() => &below.header.layouts,
            _ => &header.layouts,
        };
        let records = record::positions(&data, &header, layouts, first_id).map_err(fail)?;
        Ok(Btf {
            data,
            origin,
            header,
            base,
            stands_in: false,
            records,
            first_id,
            first_string,
            names: OnceLock::new(),
            tags: OnceLock::new(),
            pointer_size: OnceLock::new(),
        })
    }

    /// The number of types in this blob, without those of a base.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether this blob has no type of its own.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What the bytes are, as errors say it.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// All types of this blob in their order, without those of a base.
    pub fn types(&self) -> impl Iterator<Item = Type<'_>> {
        (self.first_id..self.end_id()).map(|id| Type { btf: self, id })
    }

    /// The structs and unions of this name, in a module also those of its kernel.
    ///
    /// Several may bear one name: C scopes names by file. Declarations without a body are left out.
    ///
    /// # Errors
    ///
    /// If a name anywhere in the BTF is broken: the one asked for might be that one.
    pub fn composites(&self, name: &str) -> Result<Vec<Composite<'_>>, BtfError> {
        let mut found = Vec::new();
        for ty in self.named(name)? {
            found.extend(ty.as_composite()?);
        }
        Ok(found)
    }

    /// The enumerations of this name, in a module also those of its kernel.
    ///
    /// # Errors
    ///
    /// As [`Btf::composites`].
    pub fn enumerations(&self, name: &str) -> Result<Vec<Enumeration<'_>>, BtfError> {
        let mut found = Vec::new();
        for ty in self.named(name)? {
            found.extend(ty.as_enumeration()?);
        }
        Ok(found)
    }

    /// All types of this name (structs, unions, enumerations, typedefs, integers, declarations), in
    /// a module also those of its kernel.
    ///
    /// # Errors
    ///
    /// As [`Btf::composites`].
    pub fn named(&self, name: &str) -> Result<Vec<Type<'_>>, BtfError> {
        let index = self.names.get_or_init(|| Index::build(self, Kind::is_named_type));
        let mut found = index.as_ref().map_err(Clone::clone)?.find(self, name)?;
        if let Some(kernel) = self.kernel() {
            found.extend(kernel.named(name)?);
        }
        Ok(found)
    }

    /// The whole BTF below this one, where it is at hand.
    fn kernel(&self) -> Option<&Btf> {
        match &self.base {
            Base::None => None,
            Base::Kernel(kernel) => Some(kernel),
            Base::Distilled { kernel, .. } => kernel.as_deref(),
        }
    }

    /// The size of a pointer, which BTF does not hold: it is that of a `long`, as in all of Linux.
    fn pointer_size(&self) -> Result<u32, BtfError> {
        let find = || {
            for name in ["long unsigned int", "unsigned long", "long int", "long"] {
                for ty in self.named(name)? {
                    if let Shape::Int(int) = ty.shape()? {
                        return Ok(int.size);
                    }
                }
            }
            Ok(8)
        };
        self.pointer_size.get_or_init(find).clone()
    }

    fn end_id(&self) -> u32 {
        // A record has 12 bytes and the blob at most 2^32 of them.
        self.first_id.saturating_add(u32::try_from(self.records.len()).unwrap_or(u32::MAX))
    }

    fn end_string(&self) -> u32 {
        self.first_string
            .saturating_add(u32::try_from(self.header.strings.len()).unwrap_or(u32::MAX))
    }

    fn error(&self, offset: usize, problem: Problem) -> BtfError {
        BtfError { origin: self.origin.clone(), offset: offset as u64, problem }
    }
}
