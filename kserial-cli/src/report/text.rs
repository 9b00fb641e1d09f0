//! The report that people read. Its first line is the answer.

use std::fmt::{self, Display, Formatter};

use kserial::Grade;

use super::{Checked, Exit, Paint, Report};
use crate::judge::{Direction, Finding, PartVerdict};
use crate::kernel::{Effect, Kernel};
use crate::quantity::Count;
use crate::rules::Severity;

impl Report<'_> {
    /// The report as text, coloured by `paint`.
    #[must_use]
    pub fn text(&self, paint: Paint) -> impl Display + '_ {
        Text { report: self, paint }
    }
}

pub(super) struct Text<'r> {
    pub(super) report: &'r Report<'r>,
    pub(super) paint: Paint,
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.headlines(f)?;
        self.inputs(f)?;
        for checked in &self.report.checked {
            self.direction(f, checked)?;
        }
        self.member_ids(f)?;
        self.footer(f)
    }
}

impl Text<'_> {
    fn headlines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (old, new) = (self.report.old.name(), self.report.new.name());
        for checked in &self.report.checked {
            let (writer, reader) = self.report.sides(checked.direction);
            let pair = format!("{} → {}", writer.name(), reader.name());
            let width = old.chars().count() + new.chars().count() + 3;
            let exit = Exit::of(&checked.verdict);
            let word = match (exit, checked.verdict.grade) {
                (Exit::Compatible, grade) => grade.name(),
                (exit, _) => exit.name(),
            };
            let word = format!("{:12}", word.to_uppercase());
            write!(f, "{pair:width$}  {:8}  ", checked.direction.name())?;
            match exit {
                Exit::Compatible => write!(f, "{}", self.paint.good(word))?,
                Exit::Conditional | Exit::Incomplete => write!(f, "{}", self.paint.doubtful(word))?,
                _ => write!(f, "{}", self.paint.bad(word))?,
            }
            writeln!(f, "  {}", advice(checked, reader))?;
        }
        Ok(())
    }

    /// What is wrong with an input, once: it is the same in both directions.
    fn inputs(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let findings = self.report.checked.iter().flat_map(|checked| &checked.verdict.findings);
        let mut said: Vec<&Finding> = Vec::new();
        for finding in findings.filter(|finding| is_of_input(finding)) {
            let same = |other: &&Finding| {
                other.subject == finding.subject && other.details == finding.details
            };
            if !said.iter().any(same) {
                writeln!(f)?;
                self.title(f, finding)?;
                for detail in &finding.details {
                    writeln!(f, "        {detail}")?;
                }
                places(f, finding)?;
                if let Some(fix) = &finding.fix {
                    writeln!(f, "  fix   {fix}")?;
                }
                said.push(finding);
            }
        }
        Ok(())
    }

    fn direction(&self, f: &mut Formatter<'_>, checked: &Checked) -> fmt::Result {
        let (_, reader) = self.report.sides(checked.direction);
        let (mut notes, findings): (Vec<_>, Vec<_>) = checked
            .verdict
            .findings
            .iter()
            .filter(|finding| !is_of_input(finding))
            .partition(|f| f.grade < Grade::Conditional);
        // What fails about a member says more than what merely changed about it.
        notes.retain(|note| {
            let same = |f: &&Finding| f.subject == note.subject && f.member == note.member;
            note.member.is_none() || !findings.iter().any(same)
        });
        if findings.is_empty() && notes.is_empty() {
            return Ok(());
        }
        let title = match findings.is_empty() {
            true => format!("{}: differences that hurt nobody", checked.direction.name()),
            false => {
                format!(
                    "{}: what {} would do, in this order",
                    checked.direction.name(),
                    reader.release()
                )
            }
        };
        writeln!(f, "\n{}", self.paint.strong(title))?;
        for finding in findings.iter().filter(|finding| finding.masked_by.is_none()) {
            self.finding(f, finding, checked.direction)?;
        }
        let mut masks: Vec<&str> = Vec::new();
        for mask in findings.iter().filter_map(|finding| finding.masked_by.as_deref()) {
            if !masks.contains(&mask) {
                masks.push(mask);
            }
        }
        for mask in masks {
            let line = format!("masked by {mask}: {} never gets as far as this", reader.release());
            writeln!(f, "\n{}", self.paint.faint(line))?;
            for finding in findings.iter().filter(|f| f.masked_by.as_deref() == Some(mask)) {
                self.masked(f, finding, checked.direction)?;
            }
        }
        self.notes(f, &notes, checked.direction)
    }

    fn finding(
        &self,
        f: &mut Formatter<'_>,
        finding: &Finding,
        direction: Direction,
    ) -> fmt::Result {
        writeln!(f)?;
        self.title(f, finding)?;
        let rows = sides(finding, direction);
        let (old, new) = (self.report.old.name(), self.report.new.name());
        let width = rows.iter().map(|(_, says)| says.chars().count()).max().unwrap_or(0);
        for ((label, says), name) in rows.iter().zip([old, new]) {
            if !says.is_empty() {
                writeln!(f, "  {label}   {says:width$}   {}", self.paint.faint(name))?;
            }
        }
        places(f, finding)?;
        for detail in &finding.details {
            let indent = if detail.ends_with(':') { "  " } else { "    " };
            writeln!(f, "        {indent}{detail}")?;
        }
        if let Some(condition) = &finding.condition {
            writeln!(f, "  if    {condition}")?;
        }
        if !finding.then.is_empty() {
            let label = if finding.condition.is_some() { "else" } else { "then" };
            writeln!(f, "  {label}  {}", finding.then)?;
        }
        match (&finding.fix, finding.grade) {
            (Some(fix), _) => writeln!(f, "  fix   {fix}")?,
            (None, Grade::Incompatible) if !finding.rule.starts_with("KS05") => {
                writeln!(f, "  fix   no way known: {}", last_resort(finding))?;
            }
            (None, _) => {}
        }
        match (finding.evidence, finding.inferred) {
            (Some(evidence), true) => writeln!(f, "  from  {evidence} (inferred in part)"),
            (Some(evidence), false) => writeln!(f, "  from  {evidence}"),
            (None, _) => Ok(()),
        }
    }

    fn masked(
        &self,
        f: &mut Formatter<'_>,
        finding: &Finding,
        direction: Direction,
    ) -> fmt::Result {
        self.title(f, finding)?;
        let [(_, old), (_, new)] = sides(finding, direction);
        if !old.is_empty() || !new.is_empty() {
            writeln!(f, "  old   {old}; new {new}")?;
        }
        Ok(())
    }

    pub(super) fn title(&self, f: &mut Formatter<'_>, finding: &Finding) -> fmt::Result {
        let severity = severity(finding.grade);
        let tag = format!("{}[{}]", severity.name(), finding.rule);
        match severity {
            Severity::Error => write!(f, "{}", self.paint.bad(tag))?,
            Severity::Warning => write!(f, "{}", self.paint.doubtful(tag))?,
            Severity::Note => write!(f, "{}", self.paint.strong(tag))?,
        }
        let member = finding.member.as_ref().map(|m| format!(", member {} {}", m.path, m.name));
        writeln!(f, " {}{}: {}", finding.subject, member.unwrap_or_default(), finding.sentence)
    }

    /// What would have been, had members had IDs; only where today's strings fail.
    fn member_ids(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fails = |part: &PartVerdict| {
            let helps = |with_ids| with_ids < part.today || part.today == Grade::Incompatible;
            part.with_ids.is_some_and(helps)
        };
        let parts = |checked: &Checked| -> Vec<PartVerdict> {
            let is_upstream = |part: &&PartVerdict| {
                let component = |kernel: &Kernel| kernel.component(&part.name).is_some();
                component(self.report.old) || component(self.report.new)
            };
            checked.verdict.parts.iter().filter(is_upstream).filter(|p| fails(p)).cloned().collect()
        };
        if self.report.checked.iter().all(|checked| parts(checked).is_empty()) {
            return Ok(());
        }
        let title = "with member IDs in place of version strings";
        writeln!(f, "\n{}", self.paint.strong(title))?;
        for checked in &self.report.checked {
            for part in parts(checked) {
                let grade = part.with_ids.unwrap_or(part.today);
                let conditions = part.with_ids_if.iter().map(ToString::to_string);
                let why: Vec<String> = match grade {
                    Grade::Incompatible => part.with_ids_not.clone(),
                    Grade::Conditional => conditions.collect(),
                    _ => part.with_ids_taking.clone(),
                };
                let why =
                    if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
                let name = format!("{:14}", part.name);
                writeln!(f, "  {:8}  {name}  {}{why}", checked.direction.name(), grade)?;
            }
        }
        Ok(())
    }

    fn footer(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut evidence: Vec<&str> = Vec::new();
        for kernel in [self.report.old, self.report.new] {
            let of_components = kernel.components.iter().map(|component| component.evidence);
            let of_records = kernel.records.iter().map(|record| record.evidence);
            for known in of_components.chain(of_records) {
                if !evidence.contains(&known.name()) {
                    evidence.push(known.name());
                }
            }
        }
        let findings = self.report.checked.iter().flat_map(|checked| &checked.verdict.findings);
        // The first of the worst.
        let first = findings.rev().max_by_key(|finding| finding.grade);
        if evidence.is_empty() && first.is_none() {
            return Ok(());
        }
        let explain = first.map(|f| format!("   kserial explain {}", f.rule)).unwrap_or_default();
        let evidence = if evidence.is_empty() { "none".to_owned() } else { evidence.join(", ") };
        writeln!(f, "\n{}", self.paint.faint(format!("evidence: {evidence}.{explain}")))
    }
}

/// What of the state a finding is about.
fn places(f: &mut Formatter<'_>, finding: &Finding) -> fmt::Result {
    finding.in_use.iter().try_for_each(|place| writeln!(f, "            {place}"))?;
    match finding.more_in_use {
        0 => Ok(()),
        more => writeln!(f, "            and {} more", Count(more)),
    }
}

/// What a release engineer should do, in a line.
fn advice(checked: &Checked, reader: &Kernel) -> String {
    let verdict = &checked.verdict;
    let certain = verdict.findings.iter().filter(|f| f.grade == Grade::Incompatible);
    let mut certain = certain.filter(|finding| finding.masked_by.is_none());
    let conditions =
        verdict.findings.iter().filter(|f| f.grade == Grade::Conditional && f.masked_by.is_none());
    match Exit::of(verdict) {
        Exit::Compatible => {
            let untold = |f: &&Finding| f.rule == "KS0207" && f.effect == Effect::Leaked;
            match verdict.findings.iter().filter(untold).count() {
                0 => "everything preserved is understood".to_owned(),
                1 => "all is understood, but one FLB of which no note tells".to_owned(),
                many => format!("all is understood, but {many} FLBs of which no note tells"),
            }
        }
        Exit::Conditional => {
            // With the state at hand some are known not to be met.
            let (open, lost): (Vec<_>, Vec<_>) =
                conditions.partition(|finding| finding.condition.is_some());
            match (open.len(), lost.len()) {
                (0, 1) => "what is named below is lost".to_owned(),
                (0, many) => format!("{many} things are lost"),
                (1, _) => "on one condition".to_owned(),
                (many, _) => format!("on {many} conditions"),
            }
        }
        Exit::Incomplete => "nobody can tell: not all of it can be relied on".to_owned(),
        _ => {
            let worst = certain.clone().map(|finding| finding.effect).max();
            // Where the writer has it switched off, nothing becomes of any state.
            let absent = certain.find(|f| match f.rule {
                "KS0302" | "KS0303" => true,
                "KS0304" | "KS0308" => f.effect == Effect::Nothing,
                _ => false,
            });
            match (absent, worst) {
                (Some(absent), _) => format!("no live update without {}", absent.subject),
                (_, Some(Effect::MemoryLost)) => {
                    "do not kexec: nothing preserved would survive".to_owned()
                }
                (_, Some(Effect::Panic)) => {
                    format!("do not kexec: {} would panic", reader.release())
                }
                (_, Some(Effect::SessionsLost)) => {
                    "do not kexec: no session could be reached".to_owned()
                }
                (_, Some(Effect::Misread)) => "do not kexec: state would be misread".to_owned(),
                _ => "not all of the state would cross".to_owned(),
            }
        }
    }
}

/// Whether the finding is about one input and not about what lies between the two.
fn is_of_input(finding: &Finding) -> bool {
    finding.rule.starts_with("KS05")
}

fn severity(grade: Grade) -> Severity {
    match grade {
        Grade::Incompatible => Severity::Error,
        Grade::Conditional => Severity::Warning,
        _ => Severity::Note,
    }
}

/// What the old and the new kernel say, whichever of them writes.
pub(super) fn sides(finding: &Finding, direction: Direction) -> [(&'static str, &str); 2] {
    match direction {
        Direction::Update => [("old", &finding.writer), ("new", &finding.reader)],
        Direction::Rollback => [("old", &finding.reader), ("new", &finding.writer)],
    }
}

/// What is left when there is no way across.
fn last_resort(finding: &Finding) -> &'static str {
    match finding.effect {
        Effect::Leaked | Effect::Warning | Effect::Lost => {
            "finish with that state before the update"
        }
        _ => "no kernel at hand bridges the two; finish all sessions and reboot cold",
    }
}
