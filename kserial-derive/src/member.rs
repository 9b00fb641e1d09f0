//! What `#[kserial(..)]` says of a field: a member, several bit fields, or padding.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseBuffer;
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprRange, Ident, Lit, LitInt, LitStr, RangeLimits, Token, Type};

use crate::access::is_method;
use crate::record::{member_id, once, printable, twice, NestedList};
use crate::types;

/// A field of the struct.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) role: Role,
}

/// What a field is to the record.
pub(crate) enum Role {
    /// Nobody said; an error that needs the other fields to be worded.
    Unmarked,
    /// Bytes that mean nothing.
    Pad,
    /// One member.
    Member(Box<Member>),
    /// An integer that holds several.
    Bits(Vec<BitField>),
}

/// A member that is some bits of an integer field.
pub(crate) struct BitField {
    pub(crate) member: Member,
    /// The first bit, and the one after the last.
    pub(crate) at: core::ops::Range<u8>,
    pub(crate) at_span: Span,
}

/// A member of the record.
pub(crate) struct Member {
    pub(crate) id: u16,
    pub(crate) id_span: Span,
    pub(crate) name: String,
    pub(crate) name_span: Span,
    pub(crate) default: Option<Expr>,
    pub(crate) flags: Vec<&'static str>,
    pub(crate) unit: String,
    pub(crate) values: Vec<Value>,
    pub(crate) shape: Shape,
    pub(crate) shape_span: Span,
}

/// Values that a member may take.
pub(crate) struct Value {
    pub(crate) low: Expr,
    pub(crate) high: Expr,
    /// In an enum.
    pub(crate) name: String,
    pub(crate) span: Span,
}

/// What the attributes add to what the type says.
#[derive(PartialEq)]
pub(crate) enum Shape {
    Typed,
    Bool,
    Text,
    Open,
    Closed,
    Child(String),
    Nested,
}

impl<'a> Field<'a> {
    pub(crate) fn parse(field: &'a syn::Field, own: &Ident) -> Result<Self, Error> {
        let Some(ident) = &field.ident else {
            return Err(Error::new(field.span(), "members have names"));
        };
        types::check(&field.ty, own)?;
        let mut said = Said::default();
        let mut bits = Vec::new();
        let mut pad = None;
        for attribute in field.attrs.iter().filter(|a| a.path().is_ident("kserial")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("bits") {
                    bits.push(bit_field(&meta)?);
                    Ok(())
                } else if meta.path.is_ident("pad") {
                    pad = Some(meta.path.span());
                    Ok(())
                } else {
                    said.take(&meta)
                }
            })?;
        }
        let role = match (pad, bits.is_empty(), said.first) {
            (None, true, None) => Role::Unmarked,
            (Some(_), true, None) => Role::Pad,
            (None, true, Some(_)) => Role::Member(Box::new(said.member(Some(ident))?)),
            (None, false, None) => {
                check_apart(&bits)?;
                Role::Bits(bits)
            }
            (Some(span), ..) => {
                return Err(Error::new(span, "padding means nothing, so `pad` stands alone"))
            }
            (None, false, Some(span)) => {
                return Err(Error::new(
                    span,
                    "a field of bit fields is no member itself: say this inside a `bits(..)`",
                ))
            }
        };
        Ok(Self { ident, ty: &field.ty, role })
    }

    /// The members that lie in the field.
    pub(crate) fn members(&self) -> Box<dyn Iterator<Item = &Member> + '_> {
        match &self.role {
            Role::Unmarked | Role::Pad => Box::new(core::iter::empty()),
            Role::Member(member) => Box::new(core::iter::once(&**member)),
            Role::Bits(bits) => Box::new(bits.iter().map(|bit| &bit.member)),
        }
    }
}

/// The attributes of one member, as they come.
#[derive(Default)]
struct Said {
    first: Option<Span>,
    id: Option<(u16, Span)>,
    name: Option<LitStr>,
    at: Option<(core::ops::Range<u8>, Span)>,
    default: Option<Expr>,
    flags: Vec<(&'static str, Span)>,
    unit: Option<LitStr>,
    values: Vec<Value>,
    values_span: Option<Span>,
    shape: Option<(Shape, Span)>,
}

const KNOWN: &str =
    "a member has: id, name, default, critical, key, legacy, sensitive, unit, range, \
                     expect, bool, text, open, closed, child, nested; a field also: bits, pad";

impl Said {
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        let span = meta.path.span();
        self.first.get_or_insert(span);
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match key.as_str() {
            "id" => once(&mut self.id, member_id(&meta.value()?.parse()?)?, span),
            "name" => once(&mut self.name, printable(meta.value()?.parse()?, 1, 24)?, span),
            "unit" => once(&mut self.unit, printable(meta.value()?.parse()?, 1, 8)?, span),
            "default" => once(&mut self.default, number(meta.value()?.parse()?)?, span),
            "critical" => self.flag("MEMBER_CRITICAL", span),
            "key" => self.flag("MEMBER_KEY", span),
            "legacy" => self.flag("MEMBER_LEGACY", span),
            "sensitive" => self.flag("MEMBER_SENSITIVE", span),
            "bool" => once(&mut self.shape, (Shape::Bool, span), span),
            "text" => once(&mut self.shape, (Shape::Text, span), span),
            "nested" => once(&mut self.shape, (Shape::Nested, span), span),
            "open" | "closed" => {
                let shape = if key == "open" { Shape::Open } else { Shape::Closed };
                once(&mut self.shape, (shape, span), span)?;
                meta.parse_nested_list(|input| {
                    self.values.push(named_value(input)?);
                    Ok(())
                })
            }
            "child" => {
                let record = printable(meta.value()?.parse()?, 1, 47)?;
                once(&mut self.shape, (Shape::Child(record.value()), span), span)
            }
            "range" if meta.input.peek(syn::token::Paren) => {
                once(&mut self.values_span, span, span)?;
                meta.parse_nested_list(|input| {
                    self.values.push(interval(input.parse()?)?);
                    Ok(())
                })?;
                if self.values.is_empty() {
                    return Err(meta.error("which values? `range(0, 2..=4)`"));
                }
                Ok(())
            }
            "range" | "expect" => {
                once(&mut self.values_span, span, span)?;
                self.values.push(interval(meta.value()?.parse()?)?);
                Ok(())
            }
            "at" => {
                let range: Expr = meta.value()?.parse()?;
                once(&mut self.at, (bit_range(&range)?, range.span()), span)
            }
            _ => Err(meta.error(KNOWN)),
        }
    }

    fn flag(&mut self, flag: &'static str, span: Span) -> Result<(), Error> {
        if self.flags.iter().any(|(known, _)| *known == flag) {
            return Err(twice(span));
        }
        self.flags.push((flag, span));
        Ok(())
    }

    /// The member that all this describes, in a field or in bits of one.
    fn member(self, field: Option<&Ident>) -> Result<Member, Error> {
        let place = field.map_or_else(|| self.first.unwrap_or_else(Span::call_site), Ident::span);
        let Some((id, id_span)) = self.id else {
            return Err(Error::new(place, "a member without an ID: add `id = ..`"));
        };
        if let (Some(_), Some((_, span))) = (field, &self.at) {
            return Err(Error::new(*span, "`at` is for bit fields: `bits(id = .., at = ..)`"));
        }
        let (name, name_span) = match (self.name, field) {
            (Some(name), _) => (name.value(), name.span()),
            (None, Some(field)) => {
                let name = field.unraw().to_string();
                let literal = LitStr::new(&name, field.span());
                printable(literal, 1, 24).map_err(|error| {
                    Error::new(error.span(), format!("{error}: add `name = \"..\"`"))
                })?;
                (name, field.span())
            }
            (None, None) => {
                return Err(Error::new(id_span, "a bit field without a name: add `name = \"..\"`"))
            }
        };
        let (shape, shape_span) = self.shape.unwrap_or((Shape::Typed, id_span));
        if let (Shape::Open | Shape::Closed, Some(span)) = (&shape, self.values_span) {
            return Err(Error::new(span, "an enum's values are those that it names"));
        }
        if shape == Shape::Nested {
            let extra = self
                .values_span
                .or(self.default.as_ref().map(Spanned::span))
                .or(self.unit.as_ref().map(LitStr::span))
                .or(self.flags.first().map(|(_, span)| *span));
            if let Some(span) = extra {
                let hint = "a nested record is only a name: say this of the members inside it";
                return Err(Error::new(span, hint));
            }
        }
        Ok(Member {
            id,
            id_span,
            name,
            name_span,
            default: self.default,
            flags: self.flags.into_iter().map(|(flag, _)| flag).collect(),
            unit: self.unit.map(|unit| unit.value()).unwrap_or_default(),
            values: self.values,
            shape,
            shape_span,
        })
    }
}

/// `name = value`, or `"a-name" = value`.
fn named_value(input: &ParseBuffer<'_>) -> Result<Value, Error> {
    let name = if input.peek(LitStr) {
        input.parse::<LitStr>()?
    } else {
        let ident = input.call(Ident::parse_any)?;
        LitStr::new(&ident.unraw().to_string(), ident.span())
    };
    let name = printable(name, 1, 24)?;
    input.parse::<Token![=]>()?;
    let value = number(input.parse()?)?;
    Ok(Value { low: value.clone(), high: value, name: name.value(), span: name.span() })
}

/// `0..=4`, or one value.
fn interval(expr: Expr) -> Result<Value, Error> {
    let span = expr.span();
    let (low, high) = match bare(expr) {
        Expr::Range(ExprRange {
            start: Some(low),
            end: Some(high),
            limits: RangeLimits::Closed(_),
            ..
        }) => (number(*low)?, number(*high)?),
        Expr::Range(range) => {
            let hint = "state both ends, both included: `0..=4`";
            return Err(Error::new_spanned(range, hint));
        }
        value => {
            let value = number(value)?;
            (value.clone(), value)
        }
    };
    Ok(Value { low, high, name: String::new(), span })
}

/// An expression that may be cast to an integer without losing any of it.
fn number(expr: Expr) -> Result<Expr, Error> {
    let mut inside = &expr;
    loop {
        inside = match inside {
            Expr::Group(group) => &group.expr,
            Expr::Paren(paren) => &paren.expr,
            Expr::Unary(unary) => &unary.expr,
            Expr::Lit(literal) if matches!(literal.lit, Lit::Float(_)) => {
                return Err(Error::new_spanned(literal, "members hold integers: write one"));
            }
            _ => return Ok(expr),
        };
    }
}

/// The expression without the invisible brackets in which another macro hands over its parts.
fn bare(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

/// `bits(id = 1, name = "pfn", at = 0..52)`.
fn bit_field(meta: &ParseNestedMeta<'_>) -> Result<BitField, Error> {
    let mut said = Said::default();
    meta.parse_nested_meta(|inner| said.take(&inner))?;
    let Some((at, at_span)) = said.at.take() else {
        return Err(Error::new(meta.path.span(), "which bits? add `at = 0..52`"));
    };
    said.first.get_or_insert(meta.path.span());
    let member = said.member(None)?;
    if matches!(member.shape, Shape::Nested | Shape::Text | Shape::Child(_)) {
        return Err(Error::new(member.shape_span, "a bit field is a number, `bool` or an enum"));
    }
    if !is_method(&member.name) {
        let hint = "bits are read by a method of their name, and this is none";
        return Err(Error::new(member.name_span, hint));
    }
    Ok(BitField { member, at, at_span })
}

/// `0..52`, or one bit.
fn bit_range(expr: &Expr) -> Result<core::ops::Range<u8>, Error> {
    let number = |expr: &Expr| match bare(expr.clone()) {
        Expr::Lit(literal) => match literal.lit {
            Lit::Int(number) => LitInt::base10_parse::<u8>(&number).ok().filter(|bit| *bit <= 64),
            _ => None,
        },
        _ => None,
    };
    let range = match bare(expr.clone()) {
        Expr::Range(ExprRange { start: Some(start), end: Some(end), limits, .. }) => {
            let past = u8::from(matches!(limits, RangeLimits::Closed(_)));
            number(&start).zip(number(&end)).map(|(start, end)| start..end.saturating_add(past))
        }
        one => number(&one).map(|bit| bit..bit.saturating_add(1)),
    };
    range.filter(|range| range.start < range.end && range.end <= 64).ok_or_else(|| {
        Error::new_spanned(expr, "bits of the field, as literals, the lowest first: `0..52`")
    })
}

fn check_apart(bits: &[BitField]) -> Result<(), Error> {
    let mut before: Vec<&BitField> = Vec::new();
    for bit in bits {
        let shares = |b: &&&BitField| b.at.start < bit.at.end && bit.at.start < b.at.end;
        if let Some(other) = before.iter().find(shares) {
            let text = format!("`{}` has some of these bits", other.member.name);
            return Err(Error::new(bit.at_span, text));
        }
        before.push(bit);
    }
    Ok(())
}
