//! What the derive adds to the struct itself: its members' paths, the values of its enums, and the
//! reading and writing of bit fields.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Ident, Type};

use crate::member::{BitField, Field, Member, Role, Shape, Value};
use crate::record::{Errors, Record};

pub(crate) fn items(record: &Record<'_>) -> TokenStream {
    let mut items = TokenStream::new();
    for field in &record.fields {
        let bits = if let Role::Bits(bits) = &field.role { &**bits } else { &[] };
        for member in field.members() {
            let base = base(field, member);
            items.extend(path(record, member, &base));
            items.extend(values(record, member, &base, element(field.ty)));
        }
        items.extend(
            bits.iter().map(|bit| accessors(record, field, bit, &base(field, &bit.member))),
        );
    }
    let ident = record.ident;
    quote! {
        #[automatically_derived]
        #[allow(
            clippy::all,
            clippy::pedantic,
            dead_code,
            deprecated,
            non_snake_case,
            reason = "members are named by their author, who may have no use for their paths"
        )]
        impl #ident { #items }
    }
}

/// No two constants or methods of one name, which the compiler would refuse without saying where.
pub(crate) fn check_names(fields: &[Field<'_>], errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for field in fields {
        for member in field.members() {
            let base = base(field, member);
            let mut names = vec![(constant_name(&base), member.name_span)];
            if let Role::Bits(_) = field.role {
                names.push((base.clone(), member.name_span));
                names.push((format!("with_{base}"), member.name_span));
            }
            let values = member.values.iter().filter(|value| !value.name.is_empty());
            names.extend(values.map(|value| (value_name(&base, value), value.span)));
            for (name, span) in names {
                if let Some(name) = taken.replace(name) {
                    let what = format!(
                        "something else here is already called `{name}` in Rust: members are \
                         constants in capitals, bits also methods; choose another name"
                    );
                    errors.say(span, what);
                }
            }
        }
    }
}

/// What the member's constants and methods are called after.
fn base(field: &Field<'_>, member: &Member) -> String {
    match field.role {
        Role::Bits(_) => as_ident(&member.name),
        _ => field.ident.unraw().to_string(),
    }
}

/// `Memfd::SEALS`: the member's path.
fn path(record: &Record<'_>, member: &Member, base: &str) -> TokenStream {
    let (vis, kserial, id) = (record.vis, &record.kserial, member.id);
    let constant = Ident::new(&constant_name(base), member.name_span);
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
        let constant = Ident::new(&value_name(base, value), value.span);
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

fn constant_name(base: &str) -> String {
    base.to_uppercase()
}

fn value_name(base: &str, value: &Value) -> String {
    constant_name(&format!("{base}_{}", as_ident(&value.name)))
}

/// Whether bits of that name can be read by a method of that name.
pub(crate) fn is_method(name: &str) -> bool {
    !matches!(&*as_ident(name), "_" | "self" | "Self" | "super" | "crate")
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
