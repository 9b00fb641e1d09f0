//! Tags on declarations: `__attribute__((btf_decl_tag("…")))`.
//!
//! A tag is a type of its own that refers to what it tags, so finding the tags of a member means
//! having read them all. There are few, and they are gathered when the first is asked for.

use super::error::BtfError;
use super::{Btf, Kind};

/// What is tagged (a type, and one of its members or the whole), and the type that is the tag.
#[derive(Debug)]
pub(super) struct Tags {
    entries: Vec<(u32, Option<u32>, u32)>,
}

impl Tags {
    fn gather(btf: &Btf) -> Result<Self, BtfError> {
        let mut entries = Vec::new();
        for ty in btf.types() {
            let record = btf.record(ty.id)?;
            // With the flag the tag is any other attribute.
            if record.kind() == Kind::DeclTag && !record.info.flag {
                // -1 is the whole.
                let member = btf.word(record.element(0, 4))?;
                let member = (member != u32::MAX).then_some(member);
                btf.string(record.name, record.at)?;
                entries.push((record.size_or_type, member, ty.id));
            }
        }
        entries.sort_unstable();
        Ok(Tags { entries })
    }
}

impl Btf {
    /// The tags on one of this blob's own types, or on a member of it.
    pub(super) fn tags(&self, id: u32, member: Option<u32>) -> Result<Vec<&str>, BtfError> {
        let tags = self.tags.get_or_init(|| Tags::gather(self)).as_ref().map_err(Clone::clone)?;
        let start = tags.entries.partition_point(|&(ty, of, _)| (ty, of) < (id, member));
        tags.entries[start..]
            .iter()
            .take_while(|&&(ty, of, _)| (ty, of) == (id, member))
            .map(|&(_, _, tag)| {
                let record = self.record(tag)?;
                self.string(record.name, record.at)
            })
            .collect()
    }
}
