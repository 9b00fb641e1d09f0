//! A record with the meaning of every member beside it.

use std::collections::BTreeMap;

use kserial_reference::drawn::{settled, Draft, Placed};
use kserial_reference::history::Version;
use kserial_reference::{Kind, Member, Path, Range};

use crate::words::{self, Step, Value, Words};

/// A member, what it is about, and the bits that are left free before it.
#[derive(Clone, Debug)]
pub struct Meant {
    /// The member; its bit means nothing yet.
    pub member: Member,
    /// What it is about.
    pub means: String,
    /// What each of its named values is about.
    pub values: BTreeMap<i128, String>,
    /// Free bits before it.
    pub gap: u8,
    /// Its type is none that a layout can have.
    pub is_float: bool,
}

/// A version of the record in the making.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// The alignment of its rows.
    pub align: u8,
    /// Flags: critical, required.
    pub flags: (bool, bool),
    /// The members, in the order of their places.
    pub members: Vec<Meant>,
    /// The IDs that are gone for ever.
    pub retired: Vec<(Path, String)>,
}

impl Meant {
    /// A member with nothing but an ID and a name.
    fn blank(id: u16, name: &str) -> Self {
        let member = Member::new(&[id], name, Kind::Unsigned, 32);
        let means = name.to_owned();
        Self { member, means, values: BTreeMap::new(), gap: 0, is_float: false }
    }

    /// A member of a type, under a policy.
    #[must_use]
    pub fn new(id: u16, name: &str, of: &words::Named, under: &words::Named) -> Self {
        let mut meant = Self::blank(id, name);
        meant.hears(&of.says);
        meant.hears(&under.says);
        meant
    }

    /// Takes on what is said of it.
    ///
    /// # Panics
    /// On a word that there is not.
    pub fn hears(&mut self, says: &words::Member) {
        let member = &mut self.member;
        for word in &says.drop {
            match word.as_str() {
                "count" => (member.count, member.array) = (1, false),
                "default" => member.default = None,
                "unit" => member.unit.clear(),
                other => panic!("{other} cannot be dropped"),
            }
        }
        if let Some(kind) = &says.kind {
            self.is_float = kind == "float";
            member.kind = kind_of(kind).unwrap_or(member.kind);
        }
        if let Some(bits) = &says.bits {
            member.bits = match bits {
                Step::To(bits) => u8::try_from(*bits).unwrap_or(0),
                Step::By(step) => match step.as_str() {
                    "twice" => member.bits * 2,
                    "half" => member.bits / 2,
                    other => panic!("{other} bits"),
                },
            };
        }
        if let Some(count) = &says.count {
            member.array = true;
            member.count = match count {
                Step::To(count) => *count,
                Step::By(step) => match step.as_str() {
                    "two more" => member.count + 2,
                    "one less" => member.count - 1,
                    other => panic!("{other} elements"),
                },
            };
        }
        if let Some(values) = &says.values {
            member.ranges = values.iter().map(range).collect();
            self.values = values.iter().filter_map(meaning).collect();
        }
        let flags = [
            (&mut member.critical, says.critical),
            (&mut member.key, says.key),
            (&mut member.legacy, says.legacy),
            (&mut member.sensitive, says.sensitive),
        ];
        for (flag, says) in flags {
            *flag = says.unwrap_or(*flag);
        }
        if let Some(default) = says.default {
            member.default = (member.kind != Kind::End).then_some(default.into());
        }
        if let Some(within) = says.within {
            member.path.insert(0, within);
        }
        member.name = says.name.clone().unwrap_or_else(|| member.name.clone());
        member.unit = says.unit.clone().unwrap_or_else(|| member.unit.clone());
        member.child = says.child.clone().or(member.child.take());
        self.means = says.means.clone().unwrap_or_else(|| self.means.clone());
    }
}

impl Record {
    /// The record whose members these are, between two that never change and one in a nested record.
    #[must_use]
    pub fn around(words: &Words, subjects: Vec<Meant>) -> Self {
        let neighbour = |id, name, of: &str, under: &str| {
            Meant::new(id, name, words.type_of(of), words.policy(under))
        };
        let mut members = vec![neighbour(10, "before", "u32", "plain")];
        members.extend(subjects);
        members.push(neighbour(11, "behind", "u64", "plain"));
        members.push(neighbour(9, "nested", "u32", "nested"));
        Self {
            name: "device".to_owned(),
            align: 8,
            flags: (false, false),
            members,
            retired: Vec::new(),
        }
    }

    /// Its layout, and what it means.
    ///
    /// # Panics
    /// When the data describes something that is no layout.
    #[must_use]
    pub fn version(&self) -> Version {
        for meant in &self.members {
            assert_eq!(settled(meant.member.clone()), meant.member, "no member of a layout");
        }
        let placed = |m: &Meant| Placed { member: m.member.clone(), gap: m.gap };
        let draft = Draft {
            record: self.name.clone(),
            align: u8::try_from(self.align.trailing_zeros()).unwrap_or(0),
            flags: self.flags,
            members: self.members.iter().map(placed).collect(),
            retired: self.retired.clone(),
        };
        let path = |m: &Meant| m.member.path.clone();
        let values = self.members.iter().flat_map(|m| {
            m.values.iter().map(move |(number, means)| ((path(m), *number), means.clone()))
        });
        Version {
            shape: draft.packed(),
            means: self.members.iter().map(|m| (path(m), m.means.clone())).collect(),
            values: values.collect(),
        }
    }

    /// The path of a member whose type is none that a layout can have.
    #[must_use]
    pub fn float(&self) -> Option<&Path> {
        self.members.iter().find(|meant| meant.is_float).map(|meant| &meant.member.path)
    }
}

fn kind_of(word: &str) -> Option<Kind> {
    Some(match word {
        "unsigned" => Kind::Unsigned,
        "signed" => Kind::Signed,
        "bool" => Kind::Bool,
        "bytes" => Kind::Bytes,
        "text" => Kind::Text,
        "open-enum" => Kind::OpenEnum,
        "closed-enum" => Kind::ClosedEnum,
        "physical" => Kind::Physical,
        "end" => Kind::End,
        "float" => return None,
        other => panic!("no kind \"{other}\""),
    })
}

fn range(value: &Value) -> Range {
    match value {
        Value::Named { name, value, .. } => {
            Range { low: (*value).into(), high: (*value).into(), name: name.clone() }
        }
        Value::Range { low, high } => {
            Range { low: (*low).into(), high: (*high).into(), name: String::new() }
        }
    }
}

fn meaning(value: &Value) -> Option<(i128, String)> {
    match value {
        Value::Named { name, value, means } => {
            Some(((*value).into(), means.clone().unwrap_or_else(|| name.clone())))
        }
        Value::Range { .. } => None,
    }
}
