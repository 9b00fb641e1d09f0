//! One thing that stands between two kernels.

use kserial::Grade;
use serde::Serialize;

use super::{Condition, Pair};
use crate::in_use::Place;
use crate::kernel::{Component, Effect, Evidence};

/// One thing to say about a pair of kernels.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The rule, as in `KS0401`.
    pub rule: &'static str,
    /// What it makes of the verdict.
    pub grade: Grade,
    /// The component, record, option or file that it is about.
    pub subject: String,
    /// What has happened, as a sentence without its subject.
    pub sentence: String,
    /// The member, where it is about one.
    pub member: Option<MemberRef>,
    /// Details, a line each: which member lies where.
    pub details: Vec<String>,
    /// What of a given state it is about.
    pub in_use: Vec<Place>,
    /// How much more of that there is.
    pub more_in_use: u64,
    /// What the writer says there.
    pub writer: String,
    /// What the reader says there.
    pub reader: String,
    /// What the reader does at run time, if it comes to that.
    pub effect: Effect,
    /// The same as a sentence.
    pub then: String,
    /// What must hold so that it does not come to that.
    pub condition: Option<Condition>,
    /// What to do. `None`: no way known.
    pub fix: Option<String>,
    /// The finding (its subject) after which this one never happens.
    pub masked_by: Option<String>,
    /// How it is known: the weaker of the two sides.
    pub evidence: Option<Evidence>,
    /// Part of it was concluded, not read.
    pub inferred: bool,
    /// Nobody knows whether it is so, for want of a command line, a configuration or the like.
    pub untold: bool,
}

/// A member in a finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MemberRef {
    /// The path of IDs.
    pub path: String,
    /// The name, the writer's if it has one.
    pub name: String,
}

impl Finding {
    /// A finding of which rule, grade and subject are known so far.
    #[must_use]
    pub fn new(rule: &'static str, grade: Grade, subject: &str) -> Self {
        Self {
            rule,
            grade,
            subject: subject.to_owned(),
            sentence: String::new(),
            member: None,
            details: Vec::new(),
            in_use: Vec::new(),
            more_in_use: 0,
            writer: String::new(),
            reader: String::new(),
            effect: Effect::Nothing,
            then: String::new(),
            condition: None,
            fix: None,
            masked_by: None,
            evidence: None,
            inferred: false,
            untold: false,
        }
    }

    /// What each side says.
    #[must_use]
    pub fn between(mut self, writer: impl Into<String>, reader: impl Into<String>) -> Self {
        self.writer = writer.into();
        self.reader = reader.into();
        self
    }

    /// One more detail.
    #[must_use]
    pub fn because(mut self, detail: &str) -> Self {
        self.details.push(detail.to_owned());
        self
    }

    /// What the reader does, in its words; `rows` says with what.
    #[must_use]
    pub(crate) fn doing(mut self, pair: Pair<'_>, effect: Effect, rows: &str) -> Self {
        self.effect = effect;
        self.then = effect.sentence(pair.reader.release(), rows);
        self
    }

    /// What must hold.
    #[must_use]
    pub fn unless(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }

    /// What to do.
    #[must_use]
    pub fn fixed_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// On which evidence: the weaker of the two.
    #[must_use]
    pub fn known(mut self, writer: Evidence, reader: Evidence) -> Self {
        self.evidence = Some(writer.min(reader));
        self
    }

    /// On the evidence of these components.
    #[must_use]
    pub fn from(mut self, sides: &[Option<&Component>]) -> Self {
        let known = || sides.iter().flatten();
        self.evidence = known().map(|component| component.evidence).min();
        self.inferred = known().any(|component| component.inferred);
        self
    }

    /// Names the two kernels where nothing better is to be said of them.
    #[must_use]
    pub(crate) fn by(mut self, pair: Pair<'_>) -> Self {
        if self.writer.is_empty() && self.reader.is_empty() {
            self.writer = pair.writer.name().to_owned();
            self.reader = pair.reader.name().to_owned();
        }
        self
    }
}

impl Effect {
    /// What `kernel` does, as a sentence; `rows` are what it does it with.
    #[must_use]
    pub fn sentence(self, kernel: &str, rows: &str) -> String {
        let rows = if rows.is_empty() { "state" } else { rows };
        match self {
            Self::Nothing => String::new(),
            Self::Warning => format!("{kernel} prints a warning and goes on without the {rows}"),
            Self::Leaked => {
                format!("{kernel} ignores the {rows}: their memory stays preserved, claimed by nobody")
            }
            Self::Lost => format!("{kernel} does without the {rows}"),
            Self::Misread => format!("{kernel} takes the bytes of the {rows} for something else"),
            Self::Oops => format!("{kernel} oopses when the {rows} are first read"),
            Self::SessionsLost => format!(
                "in {kernel} every open of /dev/liveupdate fails with EIO until the next reboot: no \
                 session can be reached"
            ),
            Self::Panic => format!("{kernel} panics while it boots"),
            Self::MemoryLost => format!(
                "{kernel} boots without the handover, and hands preserved memory to the page \
                 allocator"
            ),
        }
    }
}
