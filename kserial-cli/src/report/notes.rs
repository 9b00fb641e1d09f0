//! What differs and hurts nobody. A check counts it, a comparison of schemas lists it.

use std::fmt::{self, Formatter};

use super::text::{sides, Text};
use crate::judge::{Direction, Finding};

impl Text<'_> {
    pub(super) fn notes(
        &self,
        f: &mut Formatter<'_>,
        notes: &[&Finding],
        direction: Direction,
    ) -> fmt::Result {
        if !notes.is_empty() {
            writeln!(f)?;
        }
        let (listed, counted): (Vec<&Finding>, Vec<&Finding>) =
            notes.iter().partition(|note| self.report.with_changes || note.member.is_none());
        let mut records: Vec<(&str, usize)> = Vec::new();
        for note in counted {
            match records.iter_mut().find(|(record, _)| *record == note.subject) {
                Some((_, count)) => *count += 1,
                None => records.push((&note.subject, 1)),
            }
        }
        for (record, count) in records {
            let what = match count {
                1 => "a change hurts".to_owned(),
                count => format!("{count} changes hurt"),
            };
            let tag = self.paint.strong("note");
            writeln!(f, "{tag} {record}: {what} nobody; kserial schema diff has details")?;
        }
        for (index, note) in listed.iter().enumerate() {
            self.title(f, note)?;
            let [(_, old), (_, new)] = sides(note, direction);
            // Of several notes on one member the last says what both sides have.
            let same = |next: &&Finding| next.member == note.member && next.subject == note.subject;
            let last = note.member.is_none() || !listed.get(index + 1).is_some_and(same);
            if note.details.is_empty() && last {
                writeln!(f, "  old   {old}\n  new   {new}")?;
            }
            for detail in &note.details {
                writeln!(f, "        {detail}")?;
            }
        }
        Ok(())
    }
}
