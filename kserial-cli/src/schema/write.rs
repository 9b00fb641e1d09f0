//! TOML that people like to read: a member is a line.

use serde::Serialize;

/// `value` as one line of TOML.
///
/// # Panics
/// Never for the types of this crate, which all have a form in TOML.
#[must_use]
pub fn inline(value: &impl Serialize) -> String {
    match toml::Value::try_from(value) {
        Ok(value) => value.to_string(),
        Err(error) => unreachable!("a document without a form in TOML: {error}"),
    }
}
