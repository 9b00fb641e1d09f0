//! What the derive adds to the struct itself: its members' paths, the values of its enums, and the
//! reading and writing of bit fields.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use crate::member::{BitField, Field, Member, Role, Shape};
use crate::record::Record;

pub(crate) fn items(record: &Record<'_>) -> TokenStream {
    let mut items = TokenStream::new();
    for field in &record.fields {
        let base = field.ident.unraw().to_string();
        match &field.role {
            Role::Unmarked | Role::Pad => {}
            Role::Member(member) => {
                items.extend(path(record, member, &base));
                items.extend(values(record, member, &base, element(field.ty)));
            }
            Role::Bits(bits) => {
                for bit in bits {
                    let base = as_ident(&bit.member.name);
                    items.extend(path(record, &bit.member, &base));
                    items.extend(values(record, &bit.member, &base, field.ty));
                    items.extend(accessors(record, field, bit, &base));
                }
            }
        }
    }
    let ident = record.ident;
    quote! {
        #[automatically_derived]
        #[allow(dead_code, reason = "not every record's paths and values are of use to its author")]
        impl #ident { #items }
    }
}

/// `Memfd::SEALS`: the member's path.
fn path(record: &Record<'_>, member: &Member, base: &str) -> TokenStream {
    let (vis, kserial, id) = (record.vis, &record.kserial, member.id);
    let constant = constant(base, member.name_span);
    let doc = format!("The member `{}`, ID {id}.", member.name);
    quote! {
        #[doc = #doc]
        #vis const #constant: #kserial::Path = #kserial::Path::of(#id);
    }
}

/// `Device::KIND_INTEL`: the values of an enum.
fn values(record: &Record<'_>, member: &Member, base: &str, ty: &Type) -> TokenStream {
    let vis = record.vis;
    let named = member.values.iter().filter(|value| !value.name.is_empty());
    let constants = named.map(|value| {
        let constant = constant(&format!("{base}_{}", as_ident(&value.name)), value.span);
        let doc = format!("`{}`: {}.", member.name, value.name);
        let number = &value.low;
        quote! {
            #[doc = #doc]
            #vis const #constant: #ty = #number;
        }
    });
    constants.collect()
}

/// `folio.pfn()` and `folio.with_pfn(pfn)`.
fn accessors(record: &Record<'_>, field: &Field<'_>, bit: &BitField, base: &str) -> TokenStream {
    let (vis, word, ty) = (record.vis, field.ident, field.ty);
    let span = bit.member.name_span;
    let (get, with) =
        (Ident::new_raw_if_needed(base, span), format_ident!("with_{base}", span = span));
    let low = u32::from(bit.at.start);
    let width = u32::from(bit.at.end) - low;
    let (first, last) = (bit.at.start, bit.at.end - 1);
    let doc = format!("Bits {first} to {last} of `{}`: `{}`.", word.unraw(), bit.member.name);
    let most = quote! { (<#ty>::MAX >> (<#ty>::BITS - #width)) };
    if bit.member.shape == Shape::Bool {
        return quote! {
            #[doc = #doc]
            #[must_use]
            #vis const fn #get(&self) -> bool {
                (self.#word >> #low) & #most != 0
            }

            #[doc = #doc]
            #[must_use]
            #vis const fn #with(mut self, value: bool) -> Self {
                self.#word = self.#word & !(#most << #low) | ((value as #ty) << #low);
                self
            }
        };
    }
    let doc_with = format!("{doc} `None` when `value` needs more than {width} bits.");
    quote! {
        #[doc = #doc]
        #[must_use]
        #vis const fn #get(&self) -> #ty {
            (self.#word >> #low) & #most
        }

        #[doc = #doc_with]
        #[must_use]
        #vis const fn #with(mut self, value: #ty) -> ::core::option::Option<Self> {
            if value > #most {
                return ::core::option::Option::None;
            }
            self.#word = self.#word & !(#most << #low) | (value << #low);
            ::core::option::Option::Some(self)
        }
    }
}

trait RawIfNeeded {
    /// The identifier `text`; a keyword becomes a raw one.
    fn new_raw_if_needed(text: &str, span: Span) -> Ident;
}

impl RawIfNeeded for Ident {
    fn new_raw_if_needed(text: &str, span: Span) -> Ident {
        match syn::parse_str::<Ident>(text) {
            Ok(_) => Ident::new(text, span),
            Err(_) => Ident::new_raw(text, span),
        }
    }
}

fn constant(base: &str, span: Span) -> Ident {
    Ident::new(&base.to_uppercase(), span)
}

/// A name as part of an identifier.
fn as_ident(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let ident: String = name.chars().map(fit).collect();
    if ident.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("_{ident}");
    }
    ident
}

/// The type of an array's elements; any other type as it is.
fn element(ty: &Type) -> &Type {
    match ty {
        Type::Array(array) => &array.elem,
        Type::Paren(inner) => element(&inner.elem),
        Type::Group(inner) => element(&inner.elem),
        _ => ty,
    }
}
