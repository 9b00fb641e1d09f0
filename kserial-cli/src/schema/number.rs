//! Values of members as text. TOML's integers end at 2^63 - 1; what is larger is a string.

use std::fmt;

use kserial::Kind;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of a member, signed or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Number(pub i128);

impl Number {
    /// The value that a layout states as these 64 bits for a member of this kind.
    #[must_use]
    pub fn of(kind: Kind, bits: u64) -> Self {
        match kind {
            Kind::Signed => Self(bits.cast_signed().into()),
            _ => Self(bits.into()),
        }
    }

    /// The 64 bits that state the value in a layout, or `None` where it has more.
    #[must_use]
    pub fn bits(self) -> Option<u64> {
        u64::try_from(self.0).ok().or_else(|| i64::try_from(self.0).ok().map(i64::cast_unsigned))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match i64::try_from(self.0) {
            Ok(small) => serializer.serialize_i64(small),
            Err(_) => serializer.collect_str(&format_args!("{:#x}", self.0)),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Spelled;
        impl Visitor<'_> for Spelled {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of 64 bits; above 2^63 - 1 as a string, \"0x…\" or decimal")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Number, E> {
                Ok(Number(value.into()))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                let value = match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16).ok(),
                    None => text.parse().ok(),
                };
                let invalid = || E::invalid_value(de::Unexpected::Str(text), &self);
                value.map(|value| Number(value.into())).ok_or_else(invalid)
            }
        }
        deserializer.deserialize_any(Spelled)
    }
}
