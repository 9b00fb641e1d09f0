//! From memory.

use std::collections::BTreeMap;

use kserial::kho::image::Stored;
use kserial::kho::{Content as Said, Fault};
use kserial::luo::{Content, File, Session};

use super::{FileInUse, ImageInUse, InUse, Owner};
use crate::dump::{Dump, Hex, NameDoc};

impl Dump {
    fn image_of(&self, owner: Owner, stored: &Stored) -> ImageInUse {
        ImageInUse { owner, segments: self.bytes_of(stored) }
    }
}

impl InUse {
    /// What `dump` found.
    #[must_use]
    pub fn of(dump: &Dump) -> Self {
        let root = &dump.handover().root;
        let mut in_use = Self::default();
        in_use.versions.insert("kho".to_owned(), root.version.name().to_owned());
        let holds = |content: &Said| match content {
            Said::ReserveMem(areas) => !areas.is_empty(),
            Said::Metadata { .. } | Said::Image(..) | Said::Unknown => true,
        };
        let blobs = dump.handover().blobs.iter().filter(|blob| holds(&blob.content));
        in_use.subtrees = Some(blobs.map(|blob| blob.named.name.clone()).collect());
        in_use.unread = dump.faults().list().iter().map(doubt).collect();
        in_use.is_memory = true;
        for blob in &dump.handover().blobs {
            let owner = Owner::Subtree { name: NameDoc(blob.named.name.clone().into_bytes()) };
            match &blob.content {
                Said::Image(stored, _) => in_use.images.push(dump.image_of(owner, stored)),
                _ => in_use.opaque.push(owner),
            }
        }
        let Some(luo) = dump.luo() else { return in_use };
        in_use.versions.insert("luo".to_owned(), luo.version.name().to_owned());
        let sessions = luo.sessions.as_deref().unwrap_or_default();
        in_use.sessions = sessions.len() as u64;
        let files = sessions.iter().flat_map(|s| s.files.iter().map(move |file| (s, file)));
        in_use.files = files.map(|(session, file)| FileInUse::of(session, file)).collect();
        for (session, file) in sessions.iter().flat_map(|s| s.files.iter().map(move |f| (s, f))) {
            let owner = FileInUse::of(session, file).owner();
            match &file.content {
                Content::Image(stored, _) => in_use.images.push(dump.image_of(owner, stored)),
                Content::Foreign if file.pages == 0 => in_use.handles.push(owner),
                _ => in_use.opaque.push(owner),
            }
        }
        for flb in &luo.flbs {
            let owner = Owner::Flb { name: NameDoc(flb.name.clone()) };
            match &flb.content {
                Content::Image(stored, _) => in_use.images.push(dump.image_of(owner, stored)),
                Content::Foreign if flb.pages == 0 => in_use.handles.push(owner),
                _ => in_use.opaque.push(owner),
            }
        }
        in_use.flbs = luo.flbs.iter().map(|flb| (flb.name.clone(), flb.users)).collect();
        in_use
    }
}

/// Why nobody can rely on the state: a part that could not be read, or one that contradicts others.
fn doubt(fault: &Fault) -> String {
    let said = if fault.wrong.is_disagreement() { "it contradicts itself: " } else { "" };
    format!("{said}{fault}")
}

impl FileInUse {
    /// Which file it is.
    pub(super) fn owner(&self) -> Owner {
        let [session, handler] = [&self.session, &self.handler].map(|name| NameDoc(name.clone()));
        Owner::File { session, token: Hex(self.token), handler }
    }

    fn of(session: &Session, file: &File) -> Self {
        let (mut members, mut max_order) = (BTreeMap::new(), None);
        if let Content::Memfd(memfd) = &file.content {
            let values = [
                ("1", memfd.pos),
                ("2", memfd.size),
                ("3", memfd.seals.into()),
                ("4", memfd.flags.into()),
                ("5", memfd.stated),
            ];
            members.extend(values.map(|(id, value)| (id.to_owned(), value)));
            if memfd.folios == memfd.stated {
                max_order = Some(memfd.orders.keys().next_back().copied().unwrap_or(0));
            }
        }
        let (session, handler) = (session.name.clone(), file.handler.clone());
        Self { session, token: file.token, handler, members, max_order }
    }
}
