//! The ELF note, on request: what this kernel or module does with the record, and its layout.

use proc_macro2::TokenStream;
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseBuffer;
use syn::{Error, Ident, LitStr};

use crate::record::NestedList;

/// What the note says beside the layout.
pub(crate) struct Note {
    roles: u8,
    carrier: u8,
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
        Ok(Self { roles: if roles == 0 { 3 } else { roles }, carrier: 0 })
    }

    pub(crate) fn carry(&mut self, carrier: &LitStr) -> Result<(), Error> {
        self.carrier = match carrier.value().as_str() {
            "file" => 1,
            "flb" => 2,
            "subtree" => 3,
            _ => return Err(Error::new(carrier.span(), "`file`, `flb` or `subtree`")),
        };
        Ok(())
    }

    /// The note, where `LAYOUT` and its `CELLS` are in scope.
    pub(crate) fn emit(&self, kserial: &syn::Path) -> TokenStream {
        let Self { roles, carrier } = self;
        quote! {
            #[cfg(not(any(windows, target_vendor = "apple")))]
            #[used]
            #[unsafe(link_section = ".note.KSerial")]
            #[allow(unsafe_code, reason = "the section is named so that linkers keep it as a note")]
            static NOTE: #kserial::declare::ElfNote<CELLS> =
                #kserial::declare::ElfNote::new(#roles, #carrier, HEAD, DECLARED);
        }
    }
}
