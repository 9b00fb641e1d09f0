//! What the next kernel does not come up without: whether there is any.

use super::answer::certain;
use super::InUse;
use crate::image::{parts_of, Contents, TableView};
use crate::judge::Finding;
use crate::kernel::{Carrier, Kernel};

impl InUse {
    /// What remains of a finding that there might be none, or that the old kernel writes none: in what
    /// it does not declare, nobody knows what is written.
    pub(super) fn required(&self, carrier: Carrier, finding: Finding) -> Option<Finding> {
        match self.holds(carrier, &finding.subject) {
            Some(true) if finding.rule == "KS0218" => None,
            Some(false) => {
                let missing = Finding { rule: "KS0211", ..certain(finding) };
                let of = missing.subject.clone();
                Some(missing.fixed_by(format!("preserve some {of} before the update")))
            }
            _ => Some(finding),
        }
    }

    /// Whether any of the record `name` is handed over; `None` where nobody said.
    pub(super) fn holds(&self, carrier: Carrier, name: &str) -> Option<bool> {
        let is = |bytes: &[u8]| bytes == name.as_bytes();
        match carrier {
            Carrier::File => Some(self.files.iter().any(|file| is(&file.handler))),
            // A manifest may leave out what it does not know.
            Carrier::Flb => {
                let any = self.flbs.iter().any(|(flb, _)| is(flb));
                (any || self.is_memory).then_some(any)
            }
            Carrier::Subtree => self.subtrees.as_ref().map(|all| all.iter().any(|s| s == name)),
            Carrier::Rows => self.is_memory.then(|| {
                self.images.iter().any(|image| {
                    let parts = parts_of(&image.segments);
                    let tables = Contents::read(&parts).map(|contents| contents.tables);
                    let of_name =
                        |table: &TableView<'_>| table.record() == name && table.row(0).is_some();
                    tables.is_ok_and(|tables| tables.iter().any(of_name))
                })
            }),
        }
    }
}

/// What carries the record of a finding which says that the reader does not come up without it.
pub(super) fn carrier(reader: &Kernel, finding: &Finding) -> Option<Carrier> {
    let is_missing = matches!(finding.rule, "KS0211" | "KS0218");
    let requires = reader.records.iter().find(|record| {
        record.requires
            && record.layout.name == finding.subject
            && reader.may_have(record.module.as_deref())
    });
    requires.filter(|_| is_missing).map(|record| record.carrier)
}
