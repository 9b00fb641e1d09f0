//! `Self`, written out.
//!
//! Types and expressions of the struct are used in constants beside it, where there is no `Self`; so
//! the struct's own name takes its place before anything is parsed.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

/// `tokens` with `own` for every `Self`, each at the place where it stood.
pub(crate) fn name(tokens: TokenStream, own: &Ident) -> TokenStream {
    let one = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut named = own.clone();
            named.set_span(ident.span());
            TokenTree::Ident(named)
        }
        TokenTree::Group(group) => {
            let mut named = Group::new(group.delimiter(), name(group.stream(), own));
            named.set_span(group.span());
            TokenTree::Group(named)
        }
        other => other,
    };
    tokens.into_iter().map(one).collect()
}
