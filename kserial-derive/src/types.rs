//! Types that can never be members, told from their tokens.
//!
//! Every other type is judged by the compiler through `kserial::Field`, so an alias of a good type is
//! good and an alias of a bad one is still refused, only with a less pointed message.

use syn::{Error, GenericArgument, Ident, PathArguments, PathSegment, Type};

/// Refuses a type that has no stable encoding in a row of `own`, with what to write in its place.
pub(crate) fn check(ty: &Type, own: &Ident) -> Result<(), Error> {
    let hint = match ty {
        Type::Paren(inner) => return check(&inner.elem, own),
        Type::Group(inner) => return check(&inner.elem, own),
        Type::Array(array) => return check(&array.elem, own),
        Type::Ptr(_) | Type::Reference(_) => {
            "an address in this kernel's memory means nothing to the next: use `PhysAddr`, or end \
             marks (`Rows<T>`) into the table of what it points to"
        }
        Type::Tuple(_) => "a tuple has no stable layout: give each part a field of its own",
        Type::Slice(_) => "a row has one size: use `Rows<T>`, `Blob` or an array",
        Type::Path(path) => match path.path.segments.last() {
            Some(last) if is_rows_of(last, own) => {
                "a row cannot be the parent of rows of its own record: give those another record"
            }
            Some(last) => match hint_for(&last.ident.to_string()) {
                Some(hint) => hint,
                None => return Ok(()),
            },
            None => return Ok(()),
        },
        _ => "this type has no stable encoding: use a fixed-size integer",
    };
    Err(Error::new_spanned(ty, hint))
}

/// `Rows<Own>`, which the compiler would call a cycle of a dozen constants.
fn is_rows_of(segment: &PathSegment, own: &Ident) -> bool {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return false };
    let of_own = matches!(
        arguments.args.first(),
        Some(GenericArgument::Type(Type::Path(row))) if row.path.is_ident(own)
    );
    of_own && segment.ident == "Rows"
}

fn hint_for(name: &str) -> Option<&'static str> {
    Some(match name {
        "usize" | "isize" => {
            "its size depends on the machine: use `u64`, or `u32` where that is enough"
        }
        "bool" => "not every byte is a `bool`: use `u8` and add `bool` to `#[kserial(..)]`",
        "char" => "not every number is a `char`: use `u32`, or `[u8; N]` with `text`",
        "f32" | "f64" => "kernels hand over no floats: use an integer with a `unit`",
        "u128" | "i128" => "members have at most 64 bits: use two of them, or `[u64; 2]`",
        "NonNull" | "Box" | "Arc" | "Rc" => {
            "an address in this kernel's memory means nothing to the next: use `PhysAddr`, or end \
             marks (`Rows<T>`) into the table of what it points to"
        }
        "String" | "CString" => "a row has one size: use `[u8; N]` with `text`",
        "Vec" | "KVec" => "a row has one size: use `Rows<T>` or `Blob`",
        "Option" => "use a `default`, or a flag of its own for absence",
        "NonZeroU8" | "NonZeroU16" | "NonZeroU32" | "NonZeroU64" | "NonZero" => {
            "not every number is one: use the plain integer with a `range`"
        }
        _ => return None,
    })
}
