//! Lock files as text: the words that `kserial schema lock` writes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use serde::Deserialize;
use toml::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    pub(super) record: String,
    #[serde(default)]
    pub(super) generation: Vec<Generation>,
    #[serde(default)]
    pub(super) renamed: Vec<Renamed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generation {
    pub(super) row: usize,
    pub(super) align: usize,
    #[serde(default)]
    pub(super) critical: bool,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) member: Vec<Member>,
    #[serde(default)]
    pub(super) retired: Vec<Retired>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) id: Value,
    pub(super) name: String,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) bits: u8,
    #[serde(default)]
    pub(super) bit: u32,
    pub(super) count: Option<u32>,
    pub(super) default: Option<Value>,
    #[serde(default)]
    pub(super) critical: bool,
    #[serde(default)]
    pub(super) key: bool,
    #[serde(default)]
    pub(super) legacy: bool,
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) unit: String,
    #[serde(default)]
    pub(super) values: Vec<Values>,
    pub(super) child: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Values {
    Named { name: String, value: Value },
    Range { low: Value, high: Value },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retired {
    pub(super) id: Value,
    #[serde(default)]
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renamed {
    pub(super) id: Value,
    pub(super) from: String,
    pub(super) to: String,
}

impl Lock {
    /// What the member was called when it was last written down.
    pub(super) fn last_name(&self, id: u16) -> Option<&str> {
        self.generation.iter().rev().find_map(|generation| {
            let is = |other: &Value| ids(other).is_ok_and(|ids| ids.0 == [id]);
            let member = generation.member.iter().find(|m| is(&m.id)).map(|m| m.name.as_str());
            member.or(generation.retired.iter().find(|r| is(&r.id)).map(|r| r.name.as_str()))
        })
    }
}

/// A path of IDs, outermost first.
pub(super) struct Ids(pub(super) Vec<u16>);

impl Ids {
    pub(super) fn emit(&self, kserial: &syn::Path) -> TokenStream {
        let mut ids = self.0.iter();
        let first = ids.next();
        let mut path = quote!(#kserial::Path::of(#first));
        for id in ids {
            path = quote!(__kserial::then(#path, #id));
        }
        path
    }
}

/// `6`, or `"6.1"`.
pub(super) fn ids(value: &Value) -> Result<Ids, String> {
    let text = match value {
        Value::Integer(id) => id.to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let ids: Option<Vec<u16>> =
        text.split('.').map(|id| id.parse().ok().filter(|id| *id > 0)).collect();
    match ids {
        Some(ids) if ids.len() <= 4 => Ok(Ids(ids)),
        _ => Err(format!("`{text}` is no path of IDs, such as 6 or \"6.1\"")),
    }
}

/// 64 bits; what TOML cannot hold as an integer is a string.
pub(super) fn number(value: &Value) -> Result<u64, String> {
    let parsed = match value {
        Value::Integer(number) => Some(u64::from_ne_bytes(number.to_ne_bytes())),
        Value::Boolean(set) => Some(u64::from(*set)),
        Value::String(text) => match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        },
        _ => None,
    };
    parsed.ok_or_else(|| format!("`{value}` is no number of 64 bits"))
}

pub(super) fn kind(word: &str) -> Result<Ident, String> {
    let name = match word {
        "unsigned" => "Unsigned",
        "signed" => "Signed",
        "bool" => "Bool",
        "bytes" => "Bytes",
        "text" => "Text",
        "open-enum" => "OpenEnum",
        "closed-enum" => "ClosedEnum",
        "physical" => "Physical",
        "end" => "End",
        "group" => "Group",
        _ => return Err(format!("`{word}` is no kind")),
    };
    Ok(Ident::new(name, Span::call_site()))
}

#[cfg(test)]
mod tests {
    use kserial::Kind;

    #[test]
    fn every_kind_has_its_word() {
        use Kind::*;
        for kind in
            [Unsigned, Signed, Bool, Bytes, Text, OpenEnum, ClosedEnum, Physical, End, Group]
        {
            assert_eq!(super::kind(kind.name()).map(|i| i.to_string()), Ok(format!("{kind:?}")));
        }
        assert!(super::kind("float").is_err());
    }
}
