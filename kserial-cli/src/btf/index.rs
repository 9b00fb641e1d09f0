//! Finding types by name.
//!
//! Names are hashed and sorted once, when the first is asked for. Two names of one hash cost a
//! comparison, no more, so a hostile file gains nothing by them.

use std::hash::{DefaultHasher, Hasher};

use super::error::BtfError;
use super::{Btf, Kind, Type};

/// Numbers of types, sorted by the hash of their names.
#[derive(Debug)]
pub(super) struct Index {
    entries: Vec<(u64, u32)>,
}

impl Index {
    /// Indexes the types of this blob whose kind is wanted.
    pub(super) fn build(btf: &Btf, wanted: fn(Kind) -> bool) -> Result<Self, BtfError> {
        let mut entries = Vec::new();
        for ty in btf.types() {
            let record = btf.record(ty.id)?;
            if record.name != 0 && wanted(record.kind()) {
                entries.push((hash(btf.string(record.name, record.at)?), ty.id));
            }
        }
        // Within one hash in the order of the blob: what is found has a stable order.
        entries.sort_unstable();
        Ok(Index { entries })
    }

    /// The types of this name, in the order of the blob.
    pub(super) fn find<'b>(&self, btf: &'b Btf, name: &str) -> Result<Vec<Type<'b>>, BtfError> {
        let wanted = hash(name);
        let start = self.entries.partition_point(|&(hash, _)| hash < wanted);
        let mut found = Vec::new();
        for &(_, id) in self.entries[start..].iter().take_while(|&&(hash, _)| hash == wanted) {
            let ty = Type { btf, id };
            if ty.name()? == name {
                found.push(ty);
            }
        }
        Ok(found)
    }
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(name.as_bytes());
    hasher.finish()
}
