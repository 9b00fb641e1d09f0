//! What member IDs would have given: the same members, as a KSerial image would carry them.

use kserial::{Change, Grade, Verdict, What};

use super::member::cause_in_words;
use super::{Condition, PartVerdict};
use crate::kernel::Component;
use crate::schema::LayoutDoc;

pub(super) fn judge(
    writer: Option<&Component>,
    reader: Option<&Component>,
    part: &mut PartVerdict,
) {
    let is_known = |side: &&Component| side.has_known_structs() && side.missing.is_empty();
    if ![writer, reader].iter().flatten().all(is_known) {
        return;
    }
    let layouts = |side: Option<&Component>| -> Vec<LayoutDoc> {
        let all = side.map_or(&[][..], |component| &component.layouts);
        all.iter().map(LayoutDoc::in_image).filter(|layout| !layout.members.is_empty()).collect()
    };
    let (written, read) = (layouts(writer), layouts(reader));
    let mut grade = Grade::Identical;
    for old in &written {
        let found = match read.iter().find(|new| new.name == old.name) {
            Some(new) if new == old => Grade::Identical,
            Some(new) => of_pair(old, new, part),
            None => {
                part.with_ids_if.push(Condition::None { of: format!("{} rows", old.name) });
                Grade::Conditional
            }
        };
        grade = grade.max(found);
    }
    for new in read.iter().filter(|new| !written.iter().any(|old| old.name == new.name)) {
        let found = if new.required { Grade::Incompatible } else { Grade::Compatible };
        if new.required {
            part.with_ids_not.push(format!("{} is required", new.name));
        }
        grade = grade.max(found);
    }
    part.with_ids = Some(grade);
}

fn of_pair(old: &LayoutDoc, new: &LayoutDoc, part: &mut PartVerdict) -> Grade {
    let (Ok(old_cells), Ok(new_cells)) = (old.cells(), new.cells()) else {
        part.with_ids_not.push(format!("{}: no valid layout", old.name));
        return Grade::Incompatible;
    };
    let verdict = Verdict::of(old_cells.layout(), new_cells.layout());
    verdict.findings(|finding| match finding.what {
        What::Check(check) => part.with_ids_if.push(Condition::of_check(&old.name, &check)),
        What::Incompatible(cause) => {
            let member = finding.source.or(finding.target);
            let name = member.map_or("the record", |member| member.name());
            let is_common = finding.source.is_some() && finding.target.is_some();
            let why = format!("{}: member {name} {}", old.name, cause_in_words(cause, is_common));
            // One reason is enough: what follows from it says nothing new.
            if !part.with_ids_not.iter().any(|known| known.starts_with(&old.name)) {
                part.with_ids_not.push(why);
            }
        }
        What::Change(Change::Added) => {
            let member = finding.target.and_then(|member| new.member(member.path()));
            let default = member.and_then(|member| Some((&member.name, member.default?)));
            part.with_ids_taking.extend(default.map(|(name, value)| format!("{name} = {value}")));
        }
        What::Change(_) => {}
    });
    verdict.grade()
}
