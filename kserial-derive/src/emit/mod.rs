//! The code that the derive writes: a declaration of the record, and the constants made of it.
//!
//! Every check that needs types is a constant of its own, whose tokens carry the place that it is
//! about: what the compiler reports there reads as the derive's own error.
//!
//! Items know no hygiene: what the derive declares hides what a user's `default = HEAD` or
//! `[u8; CELLS]` means. So the user's types and expressions stand in a block of their own, in which
//! every name begins with `__kserial`; what is made of them stands in a block inside it.

mod member;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Error;

use crate::access;
use crate::member::{Field, Member, Shape, Value};
use crate::record::Record;

use member::{members, number, shaped, whole};

/// The implementation of `kserial::Record` and what belongs to it.
pub(crate) fn record(record: &Record<'_>) -> Result<TokenStream, Error> {
    let kserial = &record.kserial;
    let checks = checks(record);
    let members = members(record);
    let pieces = pieces(record);
    let access = access::items(record);
    let conclusions = conclusions(record)?;
    Ok(quote! {
        #access

        #[allow(
            clippy::all,
            clippy::pedantic,
            deprecated,
            long_running_const_eval,
            unused_qualifications,
            reason = "code of the derive: types are known by their full paths, legacy members may be \
                      deprecated, and large records take their time"
        )]
        const _: () = {
            use #kserial::declare as __kserial;

            #checks
            #members
            const __KSERIAL_PIECES: &[__kserial::Piece<'static>] = &[#pieces];

            const _: () = { #conclusions };
        };
    })
}

/// What follows from the pieces. No expression of the user's stands here, so none can mean what is
/// declared here.
fn conclusions(record: &Record<'_>) -> Result<TokenStream, Error> {
    let (ident, kserial, name) = (record.ident, &record.kserial, &record.name);
    let blame = blame(record);
    let lock = lock(record)?;
    let note = record.note.as_ref().map(|note| note.emit(ident, kserial));
    let critical = if record.critical { 1_u16 } else { 0 };
    let required = if record.required { 2_u16 } else { 0 };
    let flags = critical | required;
    let whole = record.ident.span();
    let (layout, error) = (variable("layout"), variable("error"));
    let give_up = quote_spanned!(whole=> ::core::panic!("{}", __kserial::advice(&#error)));
    Ok(quote! {
        const CELLS: usize = __kserial::count(__KSERIAL_PIECES);
        static DECLARED: [#kserial::cell::Cell; CELLS] = CELLS_OF_PIECES;
        const CELLS_OF_PIECES: [#kserial::cell::Cell; CELLS] =
            __kserial::cells(#name, __KSERIAL_PIECES);
        static HEAD: #kserial::cell::HeadCell = __kserial::head(
            #name,
            ::core::mem::size_of::<#ident>(),
            ::core::mem::align_of::<#ident>(),
            #flags,
            CELLS,
        );

        // What is held against this stays silent where it failed: one mistake, one error.
        const TRIED: ::core::result::Result<
            #kserial::Layout<'static>,
            #kserial::LayoutError,
        > = #kserial::Layout::new(&HEAD, &DECLARED);

        const LAYOUT: #kserial::Layout<'static> = match TRIED {
            ::core::result::Result::Ok(#layout) => #layout,
            ::core::result::Result::Err(#error) => {
                #blame
                #give_up
            }
        };

        const MASK: [u8; ::core::mem::size_of::<#ident>()] = __kserial::mask(LAYOUT);

        #[automatically_derived]
        impl #kserial::Record for #ident {
            const SHAPE: #kserial::Layout<'static> = LAYOUT;
            const MASK: ::core::option::Option<&'static [u8]> = if __kserial::is_full(&MASK) {
                ::core::option::Option::None
            } else {
                ::core::option::Option::Some(&MASK)
            };
            type Steps = [#kserial::Step; __kserial::steps(LAYOUT)];
        }

        #note
        #lock
    })
}

#[cfg(feature = "lock")]
fn lock(record: &Record<'_>) -> Result<Option<TokenStream>, Error> {
    record.lock.as_ref().map(|file| crate::lock::emit(record, file)).transpose()
}

#[cfg(not(feature = "lock"))]
fn lock(record: &Record<'_>) -> Result<Option<TokenStream>, Error> {
    let _ = &record.lock;
    Ok(None)
}

/// No implicit padding anywhere: each field starts where the one before it ended.
fn checks(record: &Record<'_>) -> TokenStream {
    let ident = record.ident;
    let mut checks = TokenStream::new();
    let (gap, mut end) = (variable("gap"), quote!(0_usize));
    for field in &record.fields {
        let (name, ty) = (field.ident, field.ty);
        checks.extend(quote_spanned! {name.span()=>
            const _: () = {
                let #gap = ::core::mem::offset_of!(#ident, #name) - (#end);
                if #gap > 0 {
                    ::core::panic!("{}", __kserial::gap(#gap));
                }
            };
        });
        end = quote! {
            ::core::mem::offset_of!(#ident, #name) + ::core::mem::size_of::<#ty>()
        };
    }
    checks.extend(quote_spanned! {ident.span()=>
        const _: () = {
            let #gap = ::core::mem::size_of::<#ident>() - (#end);
            if #gap > 0 {
                ::core::panic!("{}", __kserial::gap(#gap));
            }
        };
    });
    checks
}

/// The declaration as a list.
fn pieces(record: &Record<'_>) -> TokenStream {
    let kserial = &record.kserial;
    let mut pieces = TokenStream::new();
    for field in &record.fields {
        for member in field.members() {
            let id = member.id;
            if member.shape == Shape::Nested {
                let (of, ident, ty, name) = (record.ident, field.ident, field.ty, &member.name);
                pieces.extend(quote! {
                    __kserial::Piece::Nested {
                        path: #kserial::Path::of(#id),
                        name: #name,
                        offset: ::core::mem::offset_of!(#of, #ident),
                        layout: <#ty as #kserial::Record>::SHAPE,
                    },
                });
                continue;
            }
            let constant = whole(member);
            pieces.extend(quote!(__kserial::Piece::Member(#constant),));
            pieces.extend(member.values.iter().map(|value| interval(record, member, value)));
        }
    }
    for retired in &record.retired {
        let (id, name) = (retired.id, &retired.name);
        pieces.extend(quote! {
            __kserial::Piece::Retired { path: #kserial::Path::of(#id), name: #name },
        });
    }
    pieces
}

fn interval(record: &Record<'_>, member: &Member, value: &Value) -> TokenStream {
    let (kserial, id, name, shaped) = (&record.kserial, member.id, &value.name, shaped(member));
    let hint = "the member cannot hold this value";
    let (low, high) = (number(&shaped, &value.low, hint), number(&shaped, &value.high, hint));
    quote! {
        __kserial::Piece::Value {
            path: #kserial::Path::of(#id),
            low: #low,
            high: #high,
            name: #name,
        },
    }
}

/// Panics at the member that a layout's error is about.
fn blame(record: &Record<'_>) -> TokenStream {
    let error = variable("error");
    let members = record.fields.iter().flat_map(Field::members);
    let arms = members.map(|member| {
        let id = member.id;
        let fail = quote_spanned! {member.id_span=>
            ::core::panic!("{}", __kserial::advice(&#error))
        };
        quote!(if __kserial::is_about(&#error, #id) { #fail })
    });
    arms.collect()
}

/// A variable of the derive's own for tokens at a place of the user's: were its own place there too,
/// a struct that comes out of another macro would hide the variable from the rest.
pub(crate) fn variable(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
