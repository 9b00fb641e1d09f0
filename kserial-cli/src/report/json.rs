//! The report that programs read: versioned, and the same bytes for the same inputs.

use kserial::Grade;
use serde::Serialize;

use super::{Checked, Report, StateInput};
use crate::catalogue;
use crate::in_use::Place;
use crate::judge::{Condition, Direction, Finding, MemberRef, PartVerdict};
use crate::kernel::{Effect, Evidence, Identity, Kernel, Scope};
use crate::rules;
use crate::TOOL;

/// The name and version of the form. The version is raised when a field changes its meaning or goes away.
const SCHEMA: &str = "kserial-check/1";

/// The document of `kserial check --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "kserial check"))]
pub(super) struct Document<'r> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: &'static str,
    /// Names exactly this set of rules.
    rules: String,
    /// Names exactly this catalogue.
    catalogue: String,
    /// The kernel before the update.
    old: IdentityDoc<'r>,
    /// The kernel after it.
    new: IdentityDoc<'r>,
    /// What is really preserved, where that was given: the answers rest on it.
    state: Option<&'r StateInput>,
    /// The worst of all directions.
    verdict: &'static str,
    /// Whether everything could be read.
    complete: bool,
    exit_code: u8,
    directions: Vec<DirectionDoc<'r>>,
}

/// Who an input is.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Identity"))]
pub(super) struct IdentityDoc<'k> {
    /// What it was called on the command line; paths without their folders.
    name: &'k str,
    /// How much of a kernel it is.
    scope: Scope,
    /// The kernel's release, as `uname -r` shows it.
    release: Option<&'k str>,
    /// The architecture, as `uname -m` shows it.
    arch: Option<&'k str>,
    /// Bytes of a page.
    page_size: Option<u32>,
    /// SHA-256 of the file, in hexadecimal; of a folder, that of the kernel in it.
    sha256: Option<&'k str>,
    /// The build ID that the linker left, in hexadecimal.
    build_id: Option<&'k str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DirectionDoc<'r> {
    direction: Direction,
    writer: &'r str,
    reader: &'r str,
    verdict: &'static str,
    complete: bool,
    parts: Vec<PartDoc<'r>>,
    /// In the order in which they would happen.
    findings: Vec<FindingDoc<'r>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct PartDoc<'r> {
    name: &'r str,
    verdict: &'static str,
    /// What member IDs would have given; null where no structs are known.
    with_member_ids: Option<&'static str>,
    /// Defaults that the reader would have taken.
    with_member_ids_taking: &'r [String],
    with_member_ids_if: &'r [Condition],
    with_member_ids_not: &'r [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingDoc<'r> {
    rule: &'static str,
    verdict: &'static str,
    /// The component, record, option or file.
    subject: &'r str,
    member: Option<&'r MemberRef>,
    sentence: &'r str,
    details: &'r [String],
    /// What of the state it is about, where a state was given.
    in_use: &'r [Place],
    /// How much more of that there is.
    more_in_use: u64,
    writer: &'r str,
    reader: &'r str,
    effect: Effect,
    /// What happens at run time.
    then: &'r str,
    condition: Option<&'r Condition>,
    /// Null: no way known.
    fix: Option<&'r str>,
    /// The subject of the finding after which this one never happens.
    masked_by: Option<&'r str>,
    evidence: Option<Evidence>,
    inferred: bool,
}

impl Report<'_> {
    /// The report as JSON, with a newline at its end.
    #[must_use]
    pub fn json(&self) -> String {
        let exit = self.exit();
        let document = Document {
            schema: SCHEMA,
            tool: TOOL,
            rules: rules::version(),
            catalogue: catalogue::version(),
            old: IdentityDoc::of(&self.old.identity),
            new: IdentityDoc::of(&self.new.identity),
            state: self.state.as_ref(),
            verdict: self.grade().name(),
            complete: self.checked.iter().all(|checked| !checked.verdict.incomplete),
            exit_code: exit.code(),
            directions: self.checked.iter().map(|checked| self.direction(checked)).collect(),
        };
        to_text(&document)
    }

    fn grade(&self) -> Grade {
        let grades = self.checked.iter().map(|checked| checked.verdict.grade);
        grades.max().unwrap_or(Grade::Identical)
    }

    fn direction<'r>(&'r self, checked: &'r Checked) -> DirectionDoc<'r> {
        let (writer, reader): (&Kernel, &Kernel) = self.sides(checked.direction);
        DirectionDoc {
            direction: checked.direction,
            writer: writer.name(),
            reader: reader.name(),
            verdict: checked.verdict.grade.name(),
            complete: !checked.verdict.incomplete,
            parts: checked.verdict.parts.iter().map(PartDoc::of).collect(),
            findings: checked.verdict.findings.iter().map(FindingDoc::of).collect(),
        }
    }
}

impl<'k> IdentityDoc<'k> {
    pub(super) fn of(identity: &'k Identity) -> Self {
        Self {
            name: &identity.name,
            scope: identity.scope,
            release: identity.release.as_deref(),
            arch: identity.arch.as_deref(),
            page_size: identity.page_size,
            sha256: identity.sha256.as_deref(),
            build_id: identity.build_id.as_deref(),
        }
    }
}

impl<'r> PartDoc<'r> {
    fn of(part: &'r PartVerdict) -> Self {
        Self {
            name: &part.name,
            verdict: part.today.name(),
            with_member_ids: part.with_ids.map(Grade::name),
            with_member_ids_taking: &part.with_ids_taking,
            with_member_ids_if: &part.with_ids_if,
            with_member_ids_not: &part.with_ids_not,
        }
    }
}

impl<'r> FindingDoc<'r> {
    fn of(finding: &'r Finding) -> Self {
        Self {
            rule: finding.rule,
            verdict: finding.grade.name(),
            subject: &finding.subject,
            member: finding.member.as_ref(),
            sentence: &finding.sentence,
            details: &finding.details,
            in_use: &finding.in_use,
            more_in_use: finding.more_in_use,
            writer: &finding.writer,
            reader: &finding.reader,
            effect: finding.effect,
            then: &finding.then,
            condition: finding.condition.as_ref(),
            fix: finding.fix.as_deref(),
            masked_by: finding.masked_by.as_deref(),
            evidence: finding.evidence,
            inferred: finding.inferred,
        }
    }
}

/// Whether what is published under `docs/` is the schema of `T`.
#[cfg(test)]
pub(crate) fn assert_published<T: schemars::JsonSchema>(name: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    let schema = to_text(&schemars::schema_for!(T));
    if std::env::var_os("KSERIAL_UPDATE").is_some() {
        assert!(std::fs::write(&path, &schema).is_ok(), "{}", path.display());
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    let how = "KSERIAL_UPDATE=1 cargo test -p kserial-cli";
    assert!(
        published == schema,
        "{} is not what the code writes; `{how}` renews it",
        path.display()
    );
}

/// Any of this crate's documents as text.
pub(super) fn to_text(document: &impl Serialize) -> String {
    match serde_json::to_string_pretty(document) {
        Ok(mut text) => {
            text.push('\n');
            text
        }
        Err(error) => unreachable!("a document without a form in JSON: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_that_of_the_report() {
        assert_published::<Document<'_>>("check.schema.json");
    }
}
