//! The distilled base of a module that was built out of tree.
//!
//! Such a module cannot count on the numbers of the kernel's types, so it brings stand-ins for
//! those that it refers to: integers whole, structs, unions and enumerations by name and size with
//! no members, all named. When the kernel loads the module it looks for its own type in place of
//! each; so does this. The kernel lets the size of a struct differ where the module has only
//! pointers to it; here what is pointed to is then left as the stand-in, for a name is all that is
//! wanted of it.

use super::error::{BtfError, Problem};
use super::{Btf, Kind, Type};

/// A kernel has at most a handful of types of one name; more would make looking for them slow.
const NAMESAKES: usize = 1000;

/// Checks that a blob can be a distilled base.
pub(super) fn check(stubs: &Btf) -> Result<(), BtfError> {
    for ty in stubs.types() {
        let record = ty.record()?;
        let empty = record.info.vlen == 0;
        let fits = match record.kind() {
            Kind::Int | Kind::Float | Kind::Fwd => true,
            Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 => empty,
            _ => false,
        };
        if !fits || record.name == 0 {
            return Err(ty.error(Problem::NotDistilled { id: ty.id }));
        }
    }
    Ok(())
}

/// The kernel's own type in place of a stand-in.
pub(super) fn counterpart<'b>(
    stubs: &'b Btf,
    kernel: &'b Btf,
    id: u32,
) -> Result<Type<'b>, BtfError> {
    let stub = Type { btf: stubs, id };
    let wanted = stub.record()?;
    let named = kernel.named(stub.name()?)?;
    let none = |candidates: usize| {
        let candidates = u32::try_from(candidates).unwrap_or(u32::MAX);
        stub.error(Problem::NoCounterpart { id, candidates })
    };
    if named.len() > NAMESAKES {
        return Err(none(named.len()));
    }
    let mut fitting = Vec::new();
    for ty in named {
        let found = ty.record()?;
        let same_size = found.size_or_type == wanted.size_or_type;
        let fits = match (wanted.kind(), found.kind()) {
            (Kind::Int, Kind::Int) => match (stub.shape()?, ty.shape()?) {
                (super::Shape::Int(a), super::Shape::Int(b)) => a == b,
                _ => false,
            },
            (Kind::Float, Kind::Float)
            | (Kind::Struct, Kind::Struct)
            | (Kind::Union, Kind::Union)
            | (Kind::Enum | Kind::Enum64, Kind::Enum | Kind::Enum64) => same_size,
            (Kind::Fwd, Kind::Fwd) => wanted.info.flag == found.info.flag,
            // The flag of a declaration says that it declares a union.
            (Kind::Fwd, Kind::Struct) => !wanted.info.flag,
            (Kind::Fwd, Kind::Union) => wanted.info.flag,
            _ => false,
        };
        if fits {
            fitting.push(ty);
        }
    }
    match (wanted.kind(), fitting.as_slice()) {
        (_, &[only]) => Ok(only),
        // A declaration may meet both the declaration and the struct in the kernel; either will do
        // where only a name is wanted.
        (Kind::Fwd, &[first, ..]) => Ok(first),
        (_, several) => Err(none(several.len())),
    }
}
