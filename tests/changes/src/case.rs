//! Every change on every type that it names under every policy, and every two changes together.

use kserial_reference::history::{Told, Version};
use kserial_reference::Path;

use crate::edit::Subject;
use crate::version::{Meant, Record};
use crate::words::{Change, Words};

/// Some versions of a record, oldest first.
#[derive(Clone, Debug)]
pub struct Case {
    /// `wider: u32, plain`, or two of these.
    pub name: String,
    /// The changes, by name; what tables are made by.
    pub changes: Vec<String>,
    /// The name that it has among those who compare checkers.
    pub known_as: Option<String>,
    /// The versions. Rows go between the first and the last; what lies between is history.
    pub versions: Vec<Version>,
    /// The new names that the lock is told.
    pub told: Vec<Told>,
    /// The member of the last version whose type is none that a layout can have.
    pub float: Option<Path>,
    /// Neither layouts nor history show what was done.
    pub cannot_know: bool,
}

/// What a change is tried on.
#[derive(Clone, Copy)]
struct On<'w> {
    change: &'w Change,
    of: &'w str,
    under: &'w str,
}

impl On<'_> {
    fn name(&self) -> String {
        format!("{}: {}, {}", self.change.name, self.of, self.under)
    }

    /// The members that stand in the first version, and the one that the change is about.
    fn subjects(&self, words: &Words, first_id: u16) -> (Vec<Meant>, Subject) {
        let new = |id, name: String, of: &str| {
            Meant::new(id, &name, words.type_of(of), words.policy(self.under))
        };
        let mut subject = new(first_id, format!("subject{first_id}"), self.of);
        subject.hears(&self.change.start.says);
        let twin = self.change.twin.as_deref().map(|twin| {
            let of = if twin == "same" { self.of } else { twin };
            new(first_id + 1, format!("twin{first_id}"), of)
        });
        let (waiting, standing) =
            if self.change.absent { (Some(subject), None) } else { (None, Some(subject)) };
        let about = Subject { id: first_id, waiting, twin: first_id + 1 };
        (standing.into_iter().chain(twin).collect(), about)
    }
}

/// All cases.
#[must_use]
pub fn all(words: &Words) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for change in &words.changes {
        for under in &change.under {
            for of in &change.of {
                cases.push(case(words, &[On { change, of, under }]));
            }
        }
    }
    // Two at a time, each on the first type and under the first policy that it names. What is done
    // to a record as a whole, or in several steps, and what nobody can know, is told alone.
    let alone = |change: &&Change| {
        let whole = change.edits.iter().any(|edit| edit.does.record.is_some());
        !whole && change.edits.len() == 1 && !change.cannot_know && !change.reserved
    };
    let changes: Vec<&Change> = words.changes.iter().filter(alone).collect();
    for (n, first) in changes.iter().enumerate() {
        for second in &changes[n + 1..] {
            let on = |change: &'_ Change, last: bool| {
                // Another type and policy than the first one's, where there is one.
                let pick = |all: &[String]| if last { all.len() - 1 } else { 0 };
                (pick(&change.of), pick(&change.under))
            };
            let ((a_of, a_under), (b_of, b_under)) = (on(first, false), on(second, true));
            let pair = [
                On { change: first, of: &first.of[a_of], under: &first.under[a_under] },
                On { change: second, of: &second.of[b_of], under: &second.under[b_under] },
            ];
            cases.push(case(words, &pair));
        }
    }
    cases
}

fn case(words: &Words, ons: &[On<'_>]) -> Case {
    let (mut standing, mut subjects) = (Vec::new(), Vec::new());
    for (on, first_id) in ons.iter().zip([1, 101]) {
        let (members, subject) = on.subjects(words, first_id);
        // One record has one end mark into each other record.
        let taken = |child: &Option<String>| {
            standing.iter().any(|m: &Meant| child.is_some() && m.member.child == *child)
        };
        let mut members = members;
        members.iter_mut().filter(|m| taken(&m.member.child)).for_each(|m| {
            m.member.child = Some("segment".to_owned());
        });
        standing.extend(members);
        subjects.push((on, subject));
    }
    let mut record = Record::around(words, standing);
    for (on, subject) in &subjects {
        if let Some(meant) = subject.waiting.as_ref().filter(|_| on.change.reserved) {
            let behind = record.members.iter_mut().find(|m| m.member.name == "behind");
            behind.unwrap_or_else(|| unreachable!("it stands in every record")).gap =
                meant.member.bits;
        }
    }
    let mut versions = vec![record.version()];
    let mut told = Vec::new();
    let steps = ons.iter().map(|on| on.change.edits.len()).max().unwrap_or(0);
    for step in 0..steps {
        for (on, subject) in &mut subjects {
            if let Some(edit) = on.change.edits.get(step) {
                told.extend(subject.edit(edit, &mut record));
            }
        }
        versions.push(record.version());
    }
    let name = ons.iter().map(On::name).collect::<Vec<_>>().join(" + ");
    Case {
        known_as: words.known.iter().find(|known| known.is == name).map(|known| known.name.clone()),
        name,
        changes: ons.iter().map(|on| on.change.name.clone()).collect(),
        versions,
        told,
        float: record.float().cloned(),
        cannot_know: ons.iter().any(|on| on.change.cannot_know),
    }
}
