//! From one version to the next.

use kserial_reference::history::Told;

use crate::version::{Meant, Record};
use crate::words::Edit;

/// The member that a change is about: where it stands, and itself while it stands nowhere.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The last element of its path.
    pub id: u16,
    /// The member as it comes, where it does not stand in the record yet or any more.
    pub waiting: Option<Meant>,
    /// Its twin's ID.
    pub twin: u16,
}

impl Subject {
    fn at(&self, record: &Record) -> usize {
        let found = record.members.iter().position(|m| m.member.path.last() == Some(&self.id));
        found.unwrap_or_else(|| panic!("member {} is not there", self.id))
    }

    /// Makes the edit; the new names that the lock is told.
    pub fn edit(&mut self, edit: &Edit, record: &mut Record) -> Vec<Told> {
        let deed = &edit.does;
        if let Some(mut meant) = self.waiting.take().filter(|_| deed.added.is_some()) {
            meant.hears(&edit.says);
            add(record, meant, deed.added.as_deref().unwrap_or_default());
            return Vec::new();
        }
        let at = self.at(record);
        let before = record.members[at].clone();
        record.members[at].hears(&edit.says);
        if let Some(gap) = deed.gap {
            record.members[at].gap = gap;
        }
        if let Some(id) = deed.id {
            let gone = (before.member.path.clone(), before.member.name.clone());
            record.retired.push(gone);
            let new = self.id - 1 + id;
            *last(&mut record.members[at]) = new;
            self.id = new;
        }
        if let Some(bits) = deed.border {
            let twin = record.members.iter().position(|m| m.member.path.last() == Some(&self.twin));
            record.members[at].member.bits -= bits;
            record.members[twin.unwrap_or(at)].member.bits += bits;
        }
        if deed.swap {
            let twin = record.members.iter().position(|m| m.member.path.last() == Some(&self.twin));
            *last(&mut record.members[at]) = self.twin;
            *last(&mut record.members[twin.unwrap_or(at)]) = self.id;
        }
        if deed.at.is_some() {
            let meant = record.members.remove(at);
            record.members.push(meant);
        }
        if let Some(gone) = &deed.gone {
            let meant = record.members.remove(at);
            if gone == "retired" {
                record.retired.push((meant.member.path.clone(), meant.member.name.clone()));
            }
            self.waiting = Some(meant);
        }
        if let Some(says) = &deed.record {
            record.name = says.name.clone().unwrap_or_else(|| record.name.clone());
            record.align = says.align.unwrap_or(record.align);
            record.flags.0 = says.critical.unwrap_or(record.flags.0);
            record.flags.1 = says.required.unwrap_or(record.flags.1);
        }
        if deed.told {
            told(&before, &record.members[at])
        } else {
            Vec::new()
        }
    }
}

fn last(meant: &mut Meant) -> &mut u16 {
    meant.member.path.last_mut().unwrap_or_else(|| unreachable!("a path has an ID"))
}

/// What comes back loses its place among the retired, as somebody who does that would have it.
fn add(record: &mut Record, meant: Meant, place: &str) {
    record.retired.retain(|(path, _)| *path != meant.member.path);
    let behind = record.members.iter().position(|m| m.member.name == "behind").unwrap_or(0);
    let at = match place {
        "front" => 0,
        "middle" => behind,
        "in the gap" => {
            record.members[behind].gap = 0;
            behind
        }
        "end" => record.members.len(),
        other => panic!("added at {other}"),
    };
    record.members.insert(at, meant);
}

fn told(before: &Meant, now: &Meant) -> Vec<Told> {
    let path = || before.member.path.clone();
    let mut all = Vec::new();
    if before.member.name != now.member.name {
        let (from, to) = (before.member.name.clone(), now.member.name.clone());
        all.push(Told { path: path(), from, to });
    }
    for was in &before.member.ranges {
        let is = now.member.ranges.iter().find(|range| range.low == was.low);
        if let Some(is) = is.filter(|is| is.name != was.name) {
            all.push(Told { path: path(), from: was.name.clone(), to: is.name.clone() });
        }
    }
    all
}
