//! A member's path of IDs as text: `6`, or `"6.1"` in a nested record.

use std::fmt;

use kserial::Path;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path of IDs that can be written down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Id(pub Path);

impl Id {
    /// The path that `text` spells, such as `6` or `6.1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut ids = text.split('.').map(|part| part.parse::<u16>().ok().filter(|id| *id > 0));
        let first = Path::of(ids.next()??);
        ids.try_fold(first, |path, id| path.then(id?)).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.ids() {
            [id, 0, ..] => serializer.serialize_u16(id),
            _ => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Spelled;
        impl Visitor<'_> for Spelled {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member ID from 1 to 65535, or a path of up to four as in \"6.1\"")
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Id, E> {
                self.visit_str(&id.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                Id::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Spelled)
    }
}
