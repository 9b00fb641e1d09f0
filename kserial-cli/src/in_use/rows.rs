//! The rows of KSerial images that lie in the state.
//!
//! What an image's rows are is what the image says, not what the old kernel's note would write: told of
//! an older reader, a kernel writes an older layout. So what was found out about the two kernels' notes
//! gives way to what is found out about the layouts in use, and each condition is looked up in the rows.

use kserial::Grade;

use super::answer::happens;
use super::place::{Owner, Place, RowInUse};
use super::InUse;
use crate::image::{parts_of, Contents, TableView};
use crate::judge::{of_layout, Condition, Finding, Otherwise, Pair, PartVerdict, Verdict};
use crate::kernel::Kernel;
use crate::schema::LayoutDoc;

/// How many rows a finding names.
const NAMED: usize = 20;

/// An image, and what hands it over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ImageInUse {
    pub(crate) owner: Owner,
    pub(crate) segments: Vec<Vec<u8>>,
}

/// Tables of one layout.
struct Tables<'a> {
    layout: LayoutDoc,
    /// Whether another table of their images counts their rows.
    is_child: bool,
    rows: Vec<(&'a Owner, TableView<'a>)>,
}

impl InUse {
    /// Replaces what `verdict` says of records by what it says of their rows.
    pub(super) fn answer_rows(&self, writer: &Kernel, reader: &Kernel, verdict: &mut Verdict) {
        let parts: Vec<_> = self.images.iter().map(|image| parts_of(&image.segments)).collect();
        let mut tables: Vec<Tables<'_>> = Vec::new();
        for (image, parts) in self.images.iter().zip(&parts) {
            // One that is damaged was reported where it was read.
            let Ok(contents) = Contents::read(parts) else { continue };
            let layouts: Vec<_> = contents.tables.iter().map(|view| view.info.layout).collect();
            let is_child = |record: &str| {
                let mut marks = layouts
                    .iter()
                    .flat_map(|layout| layout.written().map(|member| layout.child(member.path())));
                marks.any(|child| child == Some(record))
            };
            for view in contents.tables.into_iter().filter(|view| view.rows().next().is_some()) {
                let layout = LayoutDoc::of(view.info.layout);
                let is_child = is_child(view.record());
                let alike = |tables: &&mut Tables<'_>| {
                    tables.layout == layout && tables.is_child == is_child
                };
                match tables.iter_mut().find(alike) {
                    Some(tables) => tables.rows.push((&image.owner, view)),
                    None => {
                        tables.push(Tables { layout, is_child, rows: vec![(&image.owner, view)] })
                    }
                }
            }
        }
        let declared = |name: &str| {
            let mut records = writer.records.iter().chain(&reader.records);
            records.any(|record| record.layout.name == name)
        };
        let plain = |name: &str| writer.component(name).or(reader.component(name)).is_none();
        // What is no image was not looked into.
        let is_handle = |name: &str| self.handles.iter().any(|it| it.name() == name.as_bytes());
        verdict.findings.retain(|finding| {
            let name = finding.subject.as_str();
            let required = matches!(finding.rule, "KS0211" | "KS0218");
            required || !declared(name) || !plain(name) || is_handle(name)
        });
        for tables in &tables {
            let name = tables.layout.name.as_str();
            if !plain(name) {
                continue;
            }
            let of_readers =
                of_layout(Pair { writer, reader }, &tables.layout, tables.is_child).into_iter();
            let answered = of_readers.map(|found| {
                found.into_iter().filter_map(|f| tables.answered(reader, f)).collect()
            });
            let worst = |found: &Vec<Finding>| found.iter().map(|finding| finding.grade).max();
            // Where they differ, it is of modules that may be loaded, each on a condition of its own.
            let easiest: Vec<Finding> = answered.min_by_key(worst).unwrap_or_default();
            let today = worst(&easiest).unwrap_or(Grade::Identical);
            match verdict.parts.iter_mut().find(|part| part.name == name) {
                Some(part) => part.today = part.today.max(today),
                None => verdict.parts.push(PartVerdict {
                    name: name.to_owned(),
                    today,
                    with_ids: Some(today),
                    with_ids_taking: Vec::new(),
                    with_ids_if: Vec::new(),
                    with_ids_not: Vec::new(),
                }),
            }
            verdict.findings.extend(easiest);
        }
        verdict.findings.extend(self.huge_images(Pair { writer, reader }));
    }
}

impl Tables<'_> {
    /// What remains of a finding: nothing, where all rows meet its condition.
    fn answered(&self, reader: &Kernel, mut finding: Finding) -> Option<Finding> {
        match &finding.condition {
            Some(Condition::Values { member, elements, allowed, otherwise, .. }) => {
                let otherwise = *otherwise;
                let met = |value: i128| {
                    allowed.iter().any(|[low, high]| (low.0..=high.0).contains(&value))
                };
                let (mut named, mut count) = (Vec::new(), 0_u64);
                for (owner, view) in &self.rows {
                    for (number, value) in view.unmet(member, elements[0]..elements[1], &met) {
                        count += 1;
                        if named.len() < NAMED {
                            named.push(place(owner, view, number, Some(value)));
                        }
                    }
                }
                if count == 0 {
                    return None;
                }
                finding.more_in_use = count - named.len() as u64;
                finding.in_use = named;
                if otherwise == Otherwise::Refuses {
                    finding.then = format!("{} refuses the tables of these rows", reader.release());
                }
                Some(happens(finding, otherwise))
            }
            Some(Condition::None { .. }) => {
                self.name_tables(&mut finding);
                let critical = self.layout.critical;
                let otherwise = if critical { Otherwise::Refuses } else { Otherwise::Loses };
                Some(happens(finding, otherwise))
            }
            None if finding.grade == Grade::Incompatible => {
                self.name_tables(&mut finding);
                Some(finding)
            }
            _ => Some(finding),
        }
    }

    fn name_tables(&self, finding: &mut Finding) {
        let of_table = |(owner, view): &(&Owner, TableView<'_>)| Place {
            owner: (*owner).clone(),
            row: Some(RowInUse {
                record: view.record().to_owned(),
                number: None,
                rows: view.rows().count(),
                keys: Vec::new(),
                holds: None,
            }),
        };
        finding.in_use = self.rows.iter().take(NAMED).map(of_table).collect();
        finding.more_in_use = self.rows.len().saturating_sub(NAMED) as u64;
    }
}

fn place(owner: &Owner, view: &TableView<'_>, number: usize, holds: Option<String>) -> Place {
    let (record, keys) = (view.record().to_owned(), view.keys(number));
    let row = RowInUse { record, number: Some(number), rows: 1, keys, holds };
    Place { owner: owner.clone(), row: Some(row) }
}
