//! The rules: what a finding means, as data.
//!
//! Each rule is a file in `schemas/rules/`, with an example of a before and an after on which it
//! fires; the tests try every one. Reports, `kserial explain` and the documentation take their words
//! from there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::data;

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// `KS` and four digits; the first two are the group. Never reused.
    pub id: String,
    /// What it is about, in a few words.
    pub title: String,
    /// How bad it is at worst.
    pub severity: Severity,
    /// What has happened: the sentence of a report, after the subject, about `{writer}` and
    /// `{reader}`.
    pub sentence: String,
    /// The same where nobody knows whether it has happened, of a rule that fires all the same.
    pub untold: Option<String>,
    /// What follows from it.
    pub consequence: String,
    /// What can be done about it in general.
    pub fix: String,
    /// In which direction the example shows it.
    #[serde(default = "update")]
    pub direction: String,
    /// An old kernel or record, as a schema.
    pub before: String,
    /// A new one.
    pub after: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// It depends.
    Warning,
    /// It fails.
    Error,
}

impl Rule {
    /// What the rule says of these two kernels; `is_untold` where nobody knows whether it is so.
    #[must_use]
    pub fn says(&self, is_untold: bool, writer: &str, reader: &str) -> String {
        let untold = self.untold.as_ref().filter(|_| is_untold);
        let sentence = untold.unwrap_or(&self.sentence);
        sentence.replace("{writer}", writer).replace("{reader}", reader)
    }
}

impl Severity {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The rule called `id`.
#[must_use]
pub fn get(id: &str) -> Option<&'static Rule> {
    static PARSED: OnceLock<std::sync::Mutex<BTreeMap<String, &'static Rule>>> = OnceLock::new();
    let parsed = PARSED.get_or_init(Default::default);
    let mut parsed = parsed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(rule) = parsed.get(id) {
        return Some(rule);
    }
    // There are a few dozen rules, each parsed at most once.
    let rule: &'static Rule = Box::leak(Box::new(parse(data::file(data::RULES, id)?).ok()?));
    parsed.insert(id.to_owned(), rule);
    Some(rule)
}

/// The IDs of all rules, sorted.
pub fn ids() -> impl Iterator<Item = &'static str> {
    data::RULES.iter().map(|(id, _)| *id)
}

/// Which set of rules this is.
#[must_use]
pub fn version() -> String {
    data::version(&[data::RULES])
}

/// The rule that a file states.
///
/// # Errors
/// Where it does not state one.
pub fn parse(text: &str) -> Result<Rule, toml::de::Error> {
    toml::from_str(text)
}

fn update() -> String {
    "update".to_owned()
}
