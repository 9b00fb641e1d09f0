//! The record's lock file: what was written down, as constants that the compiler holds against the
//! struct.
//!
//! Types decide here too, so this file only reads: `kserial::lock` judges. Kernel builds have no lock
//! files and build the derive without the feature `lock`; there the attribute says nothing.

mod text;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, LitStr};

use crate::emit::variable;
use crate::member::Field;
use crate::record::Record;

use text::{ids, kind, number, Generation, Lock, Member, Renamed, Retired, Values};

/// The history as constants, and a check of every ID against it, where `TRIED` is in scope.
pub(crate) fn emit(record: &Record<'_>, file: &LitStr) -> Result<TokenStream, Error> {
    let path =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(file.value());
    let lock = read(&path, record, file)?;
    let at_file = |what: String| Error::new(file.span(), format!("{}: {what}", file.value()));

    let mut constants = TokenStream::new();
    let mut generations = TokenStream::new();
    for (number, generation) in lock.generation.iter().enumerate() {
        let number = number.saturating_add(1);
        let (code, layout) = generation
            .emit(record, number, file)
            .map_err(|what| at_file(format!("generation {number}: {what}")))?;
        constants.extend(code);
        generations.extend(quote!(#layout,));
    }
    let kserial = &record.kserial;
    let mut renamed = TokenStream::new();
    for Renamed { id, from, to } in &lock.renamed {
        let path = ids(id).map_err(|what| at_file(format!("renamed: {what}")))?.emit(kserial);
        renamed.extend(quote!(lock::Renamed { path: #path, from: #from, to: #to },));
    }
    let checks = checks(record, &lock, file);
    let tracked = tracked(&path);
    Ok(quote! {
        // The compiler looks again when the file changes.
        const _: &[u8] = ::core::include_bytes!(#tracked);
        const _: () = {
            use #kserial::lock;
            #constants
            const HISTORY: lock::History<'static> =
                lock::History { generations: &[#generations], renamed: &[#renamed] };
            #checks
        };
    })
}

fn read(path: &Path, record: &Record<'_>, file: &LitStr) -> Result<Lock, Error> {
    let name = record.name.value();
    let fail = |what: String| Error::new(file.span(), what);
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => fail(format!(
            "no lock file `{}` beside the crate's manifest ({error}): for a new record create it \
             with the line `record = \"{name}\"`; `kserial schema lock` writes the first generation",
            file.value(),
        )),
        _ => fail(format!("the lock file `{}` cannot be read: {error}", file.value())),
    })?;
    let lock: Lock = toml::from_str(&text)
        .map_err(|error| fail(format!("{} is no lock file: {error}", file.value())))?;
    if lock.record != name {
        return Err(fail(format!(
            "this is the lock of `{}`; a record's name stays for ever, and `{name}` is another one",
            lock.record,
        )));
    }
    Ok(lock)
}

/// A check of each ID that the record or its history knows, placed where the ID is written.
fn checks(record: &Record<'_>, lock: &Lock, file: &LitStr) -> TokenStream {
    let mut places: Vec<(u16, Span)> = record
        .fields
        .iter()
        .flat_map(Field::members)
        .map(|member| (member.id, member.id_span))
        .chain(record.retired.iter().map(|retired| (retired.id, retired.span)))
        .collect();
    let members = lock.generation.iter().flat_map(|g| &g.member).map(|m| &m.id);
    let retired = lock.generation.iter().flat_map(|g| &g.retired).map(|r| &r.id);
    let known: BTreeSet<u16> =
        members.chain(retired).filter_map(|id| ids(id).ok()?.0.first().copied()).collect();
    for id in known {
        if !places.iter().any(|(place, _)| *place == id) {
            places.push((id, file.span()));
        }
    }
    let checks = places.into_iter().map(|(id, span)| {
        let name = lock.last_name(id);
        let because = match name {
            Some(name) => format!("ID {id} is `{name}` in {}: {{}}", file.value()),
            None => "{}".to_owned(),
        };
        let sentences = sentences(&because, span);
        let (layout, contradiction) = (variable("layout"), variable("contradiction"));
        quote_spanned! {span=>
            const _: () = {
                if let ::core::result::Result::Ok(#layout) = TRIED {
                    if let ::core::result::Result::Err(#contradiction) =
                        HISTORY.judge_below(#layout, #id)
                    {
                        match #contradiction.what {
                            #sentences
                            _ => ::core::panic!("{}", #contradiction.what.sentence()),
                        }
                    }
                }
            };
        }
    });
    checks.collect()
}

/// One arm for each way to break with history, as constants cannot format.
fn sentences(because: &str, span: Span) -> TokenStream {
    let say = |what: &str| because.replace("{}", what);
    let name = say(
        "a new member takes a new ID; a new name for the same member is written down there, as \
         `[[renamed]]` with `id`, `from` and `to`",
    );
    let kind = say("another kind of value is a new member and takes a new ID");
    let array = say("an array in the place of a single value, or the reverse, is a new member");
    let unit = say("another unit is another meaning, and takes a new ID");
    let child = say("an end mark of other rows is a new member and takes a new ID");
    let dropped = say("the record no longer has it: add it to `retired(..)`");
    let returned = say("it is retired and cannot come back: take a new ID");
    let value = say(
        "one of its values has another name there, or a name another value: values are for ever, \
         a new name is written down there, as `[[renamed]]`",
    );
    quote_spanned! {span=>
        lock::Broken::Name => ::core::panic!(#name),
        lock::Broken::Kind => ::core::panic!(#kind),
        lock::Broken::Array => ::core::panic!(#array),
        lock::Broken::Unit => ::core::panic!(#unit),
        lock::Broken::Child => ::core::panic!(#child),
        lock::Broken::Dropped => ::core::panic!(#dropped),
        lock::Broken::Returned => ::core::panic!(#returned),
        lock::Broken::Value => ::core::panic!(#value),
    }
}

impl Generation {
    /// Its constants, and the name of its layout.
    fn emit(
        &self,
        record: &Record<'_>,
        number: usize,
        file: &LitStr,
    ) -> Result<(TokenStream, Ident), String> {
        let (kserial, name) = (&record.kserial, &record.name);
        let mut pieces = TokenStream::new();
        for member in &self.member {
            let emitted = member.emit(kserial);
            pieces.extend(emitted.map_err(|what| format!("member `{}`: {what}", member.name))?);
        }
        for Retired { id, name } in &self.retired {
            let path = ids(id)?.emit(kserial);
            pieces.extend(quote!(__kserial::Piece::Retired { path: #path, name: #name },));
        }
        let (list, cells) = (format_ident!("PIECES_{number}"), format_ident!("CELLS_{number}"));
        let (head, layout) = (format_ident!("HEAD_{number}"), format_ident!("LAYOUT_{number}"));
        let (row, align) = (self.row, self.align);
        let flags = u16::from(self.critical) | u16::from(self.required) << 1;
        let invalid = format!(
            "{}: generation {number} is no layout: locks are only appended to, by `kserial schema \
             lock`; undo what was changed by hand",
            file.value(),
        );
        let fail = quote_spanned! {file.span()=> ::core::panic!(#invalid) };
        let code = quote! {
            const #list: &[__kserial::Piece<'static>] = &[#pieces];
            const #cells: [#kserial::cell::Cell; __kserial::count(#list)] =
                __kserial::cells(#name, #list);
            const #head: #kserial::cell::HeadCell =
                __kserial::head(#name, #row, #align, #flags, __kserial::count(#list));
            const #layout: #kserial::Layout<'static> =
                match #kserial::Layout::new(&#head, &#cells) {
                    ::core::result::Result::Ok(layout) => layout,
                    ::core::result::Result::Err(_) => #fail,
                };
        };
        Ok((code, layout))
    }
}

impl Member {
    fn emit(&self, kserial: &syn::Path) -> Result<TokenStream, String> {
        let path = ids(&self.id)?.emit(kserial);
        let kind = kind(&self.kind)?;
        let Self { name, bits, bit, unit, .. } = self;
        let flags = [
            (self.default.is_some(), quote!(MEMBER_DEFAULT)),
            (self.critical, quote!(MEMBER_CRITICAL)),
            (self.key, quote!(MEMBER_KEY)),
            (self.legacy, quote!(MEMBER_LEGACY)),
            (self.sensitive, quote!(MEMBER_SENSITIVE)),
            (self.count.is_some(), quote!(MEMBER_ARRAY)),
        ];
        let flags = flags.iter().filter(|(set, _)| *set).map(|(_, flag)| flag);
        let default = self.default.as_ref().map_or(Ok(0), number)?;
        let single = if self.kind == "group" { 0 } else { 1 };
        let count = self.count.unwrap_or(single);
        let child = match &self.child {
            Some(child) => quote!(::core::option::Option::Some(#child)),
            None => quote!(::core::option::Option::None),
        };
        let mut pieces = quote! {
            __kserial::Piece::Member(__kserial::Declared {
                path: #path,
                name: #name,
                kind: #kserial::Kind::#kind,
                bits: #bits,
                bit: #bit,
                count: #count,
                flags: 0 #(| #kserial::cell::#flags)*,
                default: #default,
                unit: #unit,
                child: #child,
            }),
        };
        for values in &self.values {
            let (low, high, name) = match values {
                Values::Named { name, value } => (number(value)?, number(value)?, name.as_str()),
                Values::Range { low, high } => (number(low)?, number(high)?, ""),
            };
            pieces.extend(quote! {
                __kserial::Piece::Value { path: #path, low: #low, high: #high, name: #name },
            });
        }
        Ok(pieces)
    }
}

/// The path as the compiler opens it.
fn tracked(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}
