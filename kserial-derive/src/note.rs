//! The ELF note, on request: what this kernel or module does with the record, and its layout.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseBuffer;
use syn::{Error, Ident, LitStr};

use crate::record::NestedList;

/// What the note says beside the layout.
pub(crate) struct Note {
    roles: u8,
    carrier: Ident,
}

impl Note {
    /// `note`, or `note(reads, writes, requires)`.
    pub(crate) fn parse(meta: &ParseNestedMeta<'_>) -> Result<Self, Error> {
        let mut roles = 0;
        if meta.input.peek(syn::token::Paren) {
            meta.parse_nested_list(|input: &ParseBuffer<'_>| {
                let role: Ident = input.parse()?;
                roles |= match role.to_string().as_str() {
                    "writes" => 1,
                    "reads" => 2,
                    "requires" => 4,
                    _ => return Err(Error::new(role.span(), "writes, reads or requires")),
                };
                Ok(())
            })?;
            if roles == 0 {
                return Err(meta.error("what does it do with the record? `note(writes, reads)`"));
            }
        }
        let carrier = Ident::new("Rows", Span::call_site());
        Ok(Self { roles: if roles == 0 { 3 } else { roles }, carrier })
    }

    pub(crate) fn carry(&mut self, carrier: &LitStr) -> Result<(), Error> {
        let name = match carrier.value().as_str() {
            "file" => "File",
            "flb" => "Flb",
            "subtree" => "Subtree",
            _ => return Err(Error::new(carrier.span(), "`file`, `flb` or `subtree`")),
        };
        self.carrier = Ident::new(name, Span::call_site());
        Ok(())
    }

    pub(crate) fn emit(&self, record: &Ident, kserial: &syn::Path) -> TokenStream {
        let [writes, reads, requires] = [1, 2, 4].map(|role| self.roles & role != 0);
        let carrier = &self.carrier;
        quote! {
            #kserial::note!(
                #record,
                Roles { writes: #writes, reads: #reads, requires: #requires },
                Carrier::#carrier
            );
        }
    }
}
