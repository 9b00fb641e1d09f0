//! The rows that do not meet a condition, and what they are called.

use std::ops::Range;

use kserial::Member;

use super::label::labelled;
use super::text::held;
use super::{value, TableView};

impl TableView<'_> {
    /// The rows in which an element of the member known by `path` is none that `met` takes: the number
    /// of each, and what it holds in words.
    pub(crate) fn unmet<'s>(
        &'s self,
        path: &str,
        elements: Range<u32>,
        met: &'s dyn Fn(i128) -> bool,
    ) -> impl Iterator<Item = (usize, String)> + 's {
        let labelled = labelled(self.info.layout).into_iter();
        let found = labelled.into_iter().find(|(member, _)| member.path().to_string() == path);
        found.into_iter().flat_map(move |(member, label)| {
            let elements = elements.clone();
            self.rows().enumerate().filter_map(move |(number, row)| {
                let of = |n| value::number(member, value::element(member, row, n));
                let unmet = elements.clone().any(|n| !met(of(n)));
                unmet.then(|| (number, self.said(member, &label, row)))
            })
        })
    }

    /// The keys of row `number`, in words.
    pub(crate) fn keys(&self, number: usize) -> Vec<String> {
        let Some(row) = self.row(number) else { return Vec::new() };
        let keys = labelled(self.info.layout).into_iter().filter(|(member, _)| member.is_key());
        keys.map(|(member, label)| self.said(member, &label, row)).collect()
    }

    fn said(&self, member: Member<'_>, label: &str, row: &[u8]) -> String {
        match member.is_sensitive() {
            true => format!("{label} (sensitive)"),
            false => format!("{label} {}", held(self.info.layout, member, row)),
        }
    }
}
