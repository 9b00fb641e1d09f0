//! The verdict on a pair of kernels.
//!
//! ```text
//! two kernels ─┬─ machine    architecture, page size
//!              ├─ switches   KHO and LUO built in and switched on
//!              ├─ components from the KHO root down: strings, structs in place
//!              ├─ huge pages folios that the reader does not know
//!              └─ records    what notes declare: kserial::Verdict
//!                     │
//!                     ▼
//!              findings in the order in which they would happen, ─▶ cascade: who masks whom
//! ```
//!
//! - **[`Verdict`]** is one direction: the writer's state read by the reader.
//! - **[`Finding`]** is one thing that stands between the two.
//! - **[`PartVerdict`]** is the grade of one component or record, with today's strings and offsets,
//!   and beside it what member IDs would have given.
//!
//! Layouts are judged by the core alone. What this adds is what kernels do today: they accept one
//! string and read structs where they expect them.

mod cascade;
mod component;
mod condition;
mod contradiction;
mod finding;
mod fix;
pub(crate) mod huge_pages;
mod in_place;
mod machine;
mod member;
mod records;
mod switches;
mod with_ids;

use kserial::Grade;
use serde::Serialize;

pub use condition::{Condition, Otherwise};
pub use finding::{Finding, MemberRef};
pub(crate) use records::of_layout;

use crate::kernel::{Kernel, Scope};

/// Which kernel writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The old kernel writes, the new one reads.
    Update,
    /// The new kernel writes, the old one reads.
    Rollback,
}

/// Whether the reader understands what the writer hands over.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The worst of all that follows.
    pub grade: Grade,
    /// Something could not be read, so the grade is that of the rest.
    pub incomplete: bool,
    /// Component by component and record by record.
    pub parts: Vec<PartVerdict>,
    /// What stands between the two, in the order in which it would happen.
    pub findings: Vec<Finding>,
}

/// The grade of one component or record.
#[derive(Clone, PartialEq, Debug)]
pub struct PartVerdict {
    /// Its name.
    pub name: String,
    /// Today.
    pub today: Grade,
    /// Had the state been KSerial records; `None` where no structs are known.
    pub with_ids: Option<Grade>,
    /// What the reader would have taken where the writer has no such member.
    pub with_ids_taking: Vec<String>,
    /// What that would have depended on.
    pub with_ids_if: Vec<Condition>,
    /// Why it would not have helped.
    pub with_ids_not: Vec<String>,
}

/// The two kernels of a verdict.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'k> {
    pub(crate) writer: &'k Kernel,
    pub(crate) reader: &'k Kernel,
}

impl Verdict {
    /// The verdict on state that `writer` hands to `reader`.
    #[must_use]
    pub fn of(writer: &Kernel, reader: &Kernel) -> Self {
        let pair = Pair { writer, reader };
        let mut verdict = Self {
            grade: Grade::Identical,
            incomplete: false,
            parts: Vec::new(),
            findings: Vec::new(),
        };
        machine::judge(pair, &mut verdict);
        unread(pair, &mut verdict);
        if pair.has_unknown() {
            // Nothing was learnt of one side; to call something absent there would be a guess.
        } else if pair.has_objects() {
            pair.note_objects(&mut verdict);
        } else {
            switches::judge(pair, &mut verdict);
            component::judge(pair, &mut verdict);
            huge_pages::judge(pair, &mut verdict);
        }
        if !pair.has_unknown() {
            records::judge(pair, &mut verdict);
        }
        cascade::order(pair, &mut verdict);
        let of_parts = verdict.parts.iter().map(|part| part.today);
        let of_findings = verdict.findings.iter().map(|finding| finding.grade);
        verdict.grade = of_parts.chain(of_findings).max().unwrap_or(Grade::Identical);
        verdict
    }

    /// The same, with what to do about it, computed from the kernels at hand.
    #[must_use]
    pub fn with_fixes(writer: &Kernel, reader: &Kernel, at_hand: &[&Kernel]) -> Self {
        let mut verdict = Self::of(writer, reader);
        fix::propose(Pair { writer, reader }, at_hand, &mut verdict);
        verdict
    }

    /// Puts the findings into the order in which they would happen, and says again who masks whom.
    pub(crate) fn order(&mut self, writer: &Kernel, reader: &Kernel) {
        cascade::order(Pair { writer, reader }, self);
    }

    /// The verdict on the component or record `name`.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&PartVerdict> {
        self.parts.iter().find(|part| part.name == name)
    }
}

impl Pair<'_> {
    /// Whether an input could not be read, and nothing is known of it.
    fn has_unknown(self) -> bool {
        [self.writer, self.reader].iter().any(|kernel| {
            !kernel.unread.is_empty()
                && kernel.components.is_empty()
                && kernel.records.is_empty()
                && kernel.identity.release.is_none()
        })
    }

    /// Whether one of the two is no kernel, so that only declared records can be judged.
    fn has_objects(self) -> bool {
        [self.writer, self.reader].iter().any(|k| k.identity.scope == Scope::Objects)
    }

    fn note_objects(self, verdict: &mut Verdict) {
        let declares = |kernel: &Kernel| {
            !kernel.records.is_empty() || !kernel.unread.is_empty() || kernel.is_whole()
        };
        for kernel in [self.writer, self.reader] {
            if !declares(kernel) {
                let finding = Finding::new("KS0502", Grade::Conditional, kernel.name())
                    .because("no kernel and no KSerial note was found in it");
                verdict.findings.push(finding);
                verdict.incomplete = true;
            }
        }
    }
}

/// A finding for each input, or part of one, that could not be read.
fn unread(pair: Pair<'_>, verdict: &mut Verdict) {
    for kernel in [pair.writer, pair.reader] {
        for unread in &kernel.unread {
            let finding =
                Finding::new("KS0501", Grade::Conditional, &unread.what).because(&unread.why);
            verdict.findings.push(finding);
            verdict.incomplete = true;
        }
    }
}
