//! What `#[kserial(..)]` says of the struct as a whole, and the struct itself.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::spanned::Spanned;
use syn::{parse_quote, Data, DeriveInput, Error, Fields, Ident, LitInt, LitStr, Path, Token};

use crate::access;
use crate::member::{Field, Role};
use crate::note::Note;

/// A struct that is a row of a record, as far as tokens can tell.
pub(crate) struct Record<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a syn::Visibility,
    pub(crate) name: LitStr,
    pub(crate) retired: Vec<Retired>,
    pub(crate) critical: bool,
    pub(crate) required: bool,
    pub(crate) note: Option<Note>,
    pub(crate) fields: Vec<Field<'a>>,
    /// Where the crate `kserial` is.
    pub(crate) kserial: Path,
    pub(crate) lock: Option<LitStr>,
}

/// An ID that must not come back.
pub(crate) struct Retired {
    pub(crate) id: u16,
    pub(crate) span: Span,
    pub(crate) name: String,
}

/// Errors found so far; all of them are reported at once.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn say(&mut self, span: Span, what: impl std::fmt::Display) {
        self.push(Error::new(span, what));
    }

    /// `Ok` of what `result` holds, or nothing after taking its error.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The attributes of the struct, before they are held against each other.
#[derive(Default)]
struct Attributes {
    name: Option<LitStr>,
    retired: Vec<Retired>,
    critical: Option<()>,
    required: Option<()>,
    note: Option<Note>,
    carrier: Option<LitStr>,
    kserial: Option<Path>,
    lock: Option<LitStr>,
}

impl<'a> Record<'a> {
    pub(crate) fn parse(input: &'a DeriveInput) -> Result<Self, Error> {
        let mut errors = Errors::default();
        let attributes = attributes(input, &mut errors);
        let name = match attributes.name {
            Some(name) => name,
            None => {
                if errors.is_empty() {
                    errors.say(
                        input.ident.span(),
                        "which record is this? add `#[kserial(record = \"name\")]`; the name stays \
                         for ever",
                    );
                }
                LitStr::new("?", input.ident.span())
            }
        };
        check_struct(input, &mut errors);
        let fields = fields(input, &mut errors);
        check_ids(&fields, &attributes.retired, &mut errors);
        access::check_names(&fields, &mut errors);
        let mut note = attributes.note;
        match (&mut note, attributes.carrier) {
            (_, None) => {}
            (Some(note), Some(carrier)) => errors.keep(note.carry(&carrier)).unwrap_or_default(),
            (None, Some(carrier)) => {
                errors.say(carrier.span(), "only the ELF note states the carrier: add `note`");
            }
        }
        errors.finish()?;
        Ok(Self {
            ident: &input.ident,
            vis: &input.vis,
            name,
            retired: attributes.retired,
            critical: attributes.critical.is_some(),
            required: attributes.required.is_some(),
            note,
            fields,
            kserial: attributes.kserial.unwrap_or_else(|| parse_quote!(::kserial)),
            lock: attributes.lock,
        })
    }
}

fn attributes(input: &DeriveInput, errors: &mut Errors) -> Attributes {
    let mut attributes = Attributes::default();
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("kserial")) {
        let parsed = attribute.parse_nested_meta(|meta| attributes.take(&meta));
        errors.keep(parsed);
    }
    attributes
}

impl Attributes {
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        let span = meta.path.span();
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match key.as_str() {
            "record" => once(&mut self.name, printable(meta.value()?.parse()?, 1, 47)?, span),
            "retired" => meta.parse_nested_list(|input| {
                let (id, span) = member_id(&input.parse()?)?;
                let name = match input.parse::<Option<Token![=]>>()? {
                    Some(_) => printable(input.parse()?, 1, 24)?.value(),
                    None => String::new(),
                };
                self.retired.push(Retired { id, span, name });
                Ok(())
            }),
            "critical" => once(&mut self.critical, (), span),
            "required" => once(&mut self.required, (), span),
            "lock" => once(&mut self.lock, meta.value()?.parse()?, span),
            "note" => once(&mut self.note, Note::parse(meta)?, span),
            "carrier" => once(&mut self.carrier, meta.value()?.parse()?, span),
            "crate" => once(&mut self.kserial, meta.value()?.call(Path::parse_mod_style)?, span),
            _ => Err(meta.error(
                "a record has: record, retired, lock, critical, required, note, carrier, crate",
            )),
        }
    }
}

/// Takes what is said of a record or member, unless it was said before.
pub(crate) fn once<T>(place: &mut Option<T>, value: T, span: Span) -> Result<(), Error> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice(span)),
    }
}

pub(crate) fn twice(span: Span) -> Error {
    Error::new(span, "said already, or contradicted: once is enough")
}

/// A list in parentheses: `name(item, item)`.
pub(crate) trait NestedList {
    fn parse_nested_list(
        &self,
        item: impl FnMut(&syn::parse::ParseBuffer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

impl NestedList for ParseNestedMeta<'_> {
    fn parse_nested_list(
        &self,
        mut item: impl FnMut(&syn::parse::ParseBuffer<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let list;
        syn::parenthesized!(list in self.input);
        while !list.is_empty() {
            item(&list)?;
            if !list.is_empty() {
                <Token![,]>::parse(&list)?;
            }
        }
        Ok(())
    }
}

/// A string of printable ASCII without blanks, which is what layouts can hold.
pub(crate) fn printable(text: LitStr, least: usize, most: usize) -> Result<LitStr, Error> {
    let value = text.value();
    let fault = if value.len() < least {
        "this is empty".to_owned()
    } else if value.len() > most {
        format!("{} bytes; at most {most} fit into a layout", value.len())
    } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        "only printable ASCII without blanks".to_owned()
    } else {
        return Ok(text);
    };
    Err(Error::new(text.span(), fault))
}

/// A member ID: 1 to 65535.
pub(crate) fn member_id(literal: &LitInt) -> Result<(u16, Span), Error> {
    match literal.base10_parse::<u16>() {
        Ok(0) => Err(Error::new(literal.span(), "member IDs count from 1")),
        Ok(id) => Ok((id, literal.span())),
        Err(_) => Err(Error::new(literal.span(), "a member ID is a number from 1 to 65535")),
    }
}

fn check_struct(input: &DeriveInput, errors: &mut Errors) {
    if !input.generics.params.is_empty() {
        errors.say(
            input.generics.span(),
            "a record has one layout, so its struct has no parameters: write a struct for each",
        );
    }
    let mut c = false;
    for attribute in input.attrs.iter().filter(|a| a.path().is_ident("repr")) {
        // What else `repr` says is the compiler's affair.
        let _ = attribute.parse_nested_meta(|meta| {
            c |= meta.path.is_ident("C");
            if meta.input.peek(syn::token::Paren) {
                meta.parse_nested_list(|input| input.parse::<LitInt>().map(|_| ()))?;
            }
            Ok(())
        });
    }
    if !c && matches!(input.data, Data::Struct(_)) {
        errors.say(
            input.ident.span(),
            "without `#[repr(C)]` the compiler may move the fields: add it",
        );
    }
}

fn fields<'a>(input: &'a DeriveInput, errors: &mut Errors) -> Vec<Field<'a>> {
    let (span, hint) = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) if named.named.is_empty() => {
                (input.ident.span(), "a record without members: a row has at least one byte")
            }
            Fields::Named(named) => {
                let parse = |field| Field::parse(field, &input.ident);
                return named.named.iter().filter_map(|f| errors.keep(parse(f))).collect();
            }
            Fields::Unnamed(unnamed) => {
                (unnamed.span(), "members have names: write a struct with named fields")
            }
            Fields::Unit => {
                (input.ident.span(), "a record without members: a row has at least one byte")
            }
        },
        Data::Enum(data) => (
            data.enum_token.span,
            "an enum is no row: use an integer member with `open(..)` or `closed(..)`",
        ),
        Data::Union(data) => (
            data.union_token.span,
            "a union is no row: give each arm a record, and an end mark (`Rows<T>`) into it",
        ),
    };
    errors.say(span, hint);
    Vec::new()
}

/// No ID twice, none that is retired; and an ID for every field.
fn check_ids(fields: &[Field<'_>], retired: &[Retired], errors: &mut Errors) {
    let mut taken: Vec<(u16, String)> = Vec::new();
    for old in retired {
        if taken.iter().any(|(id, _)| *id == old.id) {
            errors.say(old.span, format_args!("ID {} is retired twice", old.id));
        }
        taken.push((old.id, String::new()));
    }
    let members = || fields.iter().flat_map(Field::members);
    let highest = members().map(|m| m.id).chain(retired.iter().map(|r| r.id)).max().unwrap_or(0);
    let free = match highest.checked_add(1) {
        Some(next) => format!("the next free one is {next}"),
        None => "look for a free one".to_owned(),
    };
    for member in members() {
        match taken.iter().find(|(id, _)| *id == member.id) {
            Some((id, name)) if name.is_empty() => errors.say(
                member.id_span,
                format_args!("ID {id} is retired: an ID's meaning never changes; {free}"),
            ),
            Some((id, name)) => {
                errors.say(member.id_span, format_args!("ID {id} is taken by `{name}`; {free}"))
            }
            None => taken.push((member.id, member.name.clone())),
        }
    }
    for field in fields.iter().filter(|field| matches!(field.role, Role::Unmarked)) {
        errors.say(
            field.ident.span(),
            format_args!(
                "`{}` has no ID: add `#[kserial(id = ..)]` ({free}), or `#[kserial(pad)]` if these \
                 bytes mean nothing",
                field.ident.unraw(),
            ),
        );
    }
}
