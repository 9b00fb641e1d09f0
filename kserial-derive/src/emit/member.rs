//! A member as constants: what its type says, and what its attributes add.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::member::{Field, Member, Role, Shape};
use crate::record::Record;

/// A constant for each member: `MEMBER_4`.
pub(super) fn members(record: &Record<'_>) -> TokenStream {
    let mut constants = TokenStream::new();
    for field in &record.fields {
        match &field.role {
            Role::Unmarked | Role::Pad => {}
            Role::Member(member) if member.shape == Shape::Nested => {
                let (kserial, ty) = (&record.kserial, field.ty);
                constants.extend(quote_spanned! {member.shape_span=>
                    const _: () = ::core::assert!(
                        __kserial::depth(<#ty as #kserial::Record>::SHAPE) < 4,
                        "nested more than four deep: make what lies inside a table of its own",
                    );
                });
            }
            Role::Member(member) => {
                constants.extend(typed(record, field, member));
                constants.extend(constant(record, member, &quote!()));
            }
            Role::Bits(bits) => {
                for bit in bits {
                    let (type_of, member) = (type_of(&bit.member), &bit.member);
                    let (low, end) = (bit.at.start, bit.at.end);
                    constants.extend(typed(record, field, member));
                    constants.extend(quote_spanned! {bit.at_span=>
                        const _: () = ::core::assert!(
                            #end <= #type_of.bits,
                            "these bits lie outside the field",
                        );
                    });
                    let width = end - low;
                    let place = quote! { bits: #width, bit: #type_of.bit + #low as u32, };
                    constants.extend(constant(record, member, &place));
                }
            }
        }
    }
    constants
}

/// What the field's type says of a member, and whether it suits what the attributes say.
fn typed(record: &Record<'_>, field: &Field<'_>, member: &Member) -> TokenStream {
    let (kserial, of) = (&record.kserial, record.ident);
    let (type_of, ident, ty) = (type_of(member), field.ident, field.ty);
    let Member { id, name, .. } = member;
    let sized = matches!(ty, Type::Array(_)).then(|| {
        quote_spanned! {ty.span()=>
            ::core::assert!(
                ::core::matches!(::core::mem::size_of::<#ty>(), 1..=65536),
                "an array has at least one element, and a row at most 65536 bytes",
            );
        }
    });
    let declared = quote_spanned! {ty.span()=>
        const #type_of: __kserial::Declared<'static> = {
            #sized
            __kserial::Declared::of::<#ty>(
                #kserial::Path::of(#id),
                #name,
                ::core::mem::offset_of!(#of, #ident),
            )
        };
    };
    let bits = matches!(field.role, Role::Bits(_));
    let (wanted, hint) = match &member.shape {
        _ if bits => (quote!(Unsigned), "bit fields lie in a single unsigned integer"),
        Shape::Typed | Shape::Nested => return declared,
        Shape::Bool => {
            (quote!(Unsigned | #kserial::Kind::Bytes), "`bool` is for unsigned integers")
        }
        Shape::Open | Shape::Closed => {
            (quote!(Unsigned | #kserial::Kind::Bytes), "enums are for unsigned integers")
        }
        Shape::Text => (quote!(Bytes), "`text` is for byte arrays, `[u8; N]`"),
        Shape::Child(_) => (quote!(Unsigned), "`child` is for an unsigned integer, the end mark"),
    };
    let single = if bits || matches!(member.shape, Shape::Child(_)) {
        quote!(#type_of.flags == 0)
    } else {
        quote!(true)
    };
    let check = quote_spanned! {member.shape_span=>
        const _: () = ::core::assert!(
            #single && ::core::matches!(#type_of.kind, #kserial::Kind::#wanted),
            #hint,
        );
    };
    quote!(#declared #check)
}

/// The member with what its attributes add.
fn constant(record: &Record<'_>, member: &Member, place: &TokenStream) -> TokenStream {
    let kserial = &record.kserial;
    let (type_of, shaped, whole) = (type_of(member), shaped(member), whole(member));
    let kind = match &member.shape {
        Shape::Typed | Shape::Nested => quote!(#type_of.kind),
        Shape::Bool => quote!(#kserial::Kind::Bool),
        Shape::Text => quote!(#kserial::Kind::Text),
        Shape::Open => quote!(#kserial::Kind::OpenEnum),
        Shape::Closed => quote!(#kserial::Kind::ClosedEnum),
        Shape::Child(_) => quote!(#kserial::Kind::End),
    };
    let child = match &member.shape {
        Shape::Child(record) => quote!(child: ::core::option::Option::Some(#record),),
        _ => quote!(),
    };
    let mut flags = quote!(#type_of.flags);
    for flag in &member.flags {
        let flag = Ident::new(flag, Span::call_site());
        flags.extend(quote!(| #kserial::cell::#flag));
    }
    let default = member.default.as_ref().map(|default| {
        flags.extend(quote!(| #kserial::cell::MEMBER_DEFAULT));
        let value = number(&shaped, default, "the member cannot hold this default");
        quote!(default: #value,)
    });
    let unit = &member.unit;
    quote! {
        const #shaped: __kserial::Declared<'static> =
            __kserial::Declared { kind: #kind, #place #child ..#type_of };
        const #whole: __kserial::Declared<'static> =
            __kserial::Declared { flags: #flags, unit: #unit, #default ..#shaped };
    }
}

/// An expression as 64 bits of the member's kind; an error at the expression if it does not fit.
pub(super) fn number(declared: &Ident, expr: &Expr, hint: &str) -> TokenStream {
    let fail = quote_spanned!(expr.span()=> ::core::panic!(#hint));
    quote! {
        match __kserial::value(#declared.kind, #declared.bits, (#expr) as i128) {
            ::core::option::Option::Some(value) => value,
            ::core::option::Option::None => #fail,
        }
    }
}

fn type_of(member: &Member) -> Ident {
    format_ident!("__KSERIAL_TYPE_OF_{}", member.id)
}

pub(super) fn shaped(member: &Member) -> Ident {
    format_ident!("__KSERIAL_SHAPED_{}", member.id)
}

pub(super) fn whole(member: &Member) -> Ident {
    format_ident!("__KSERIAL_MEMBER_{}", member.id)
}
