//! From memory.

use std::collections::BTreeMap;

use kserial::kho::image::Stored;
use kserial::kho::Content as Said;
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
        let unreadable = dump.faults().list().iter().filter(|f| !f.wrong.is_disagreement());
        in_use.unread = unreadable.map(ToString::to_string).collect();
        in_use.is_memory = true;
        for blob in &dump.handover().blobs {
            if let Said::Image(stored, _) = &blob.content {
                let name = NameDoc(blob.named.name.clone().into_bytes());
                in_use.images.push(dump.image_of(Owner::Subtree { name }, stored));
            }
        }
        let Some(luo) = dump.luo() else { return in_use };
        in_use.versions.insert("luo".to_owned(), luo.version.name().to_owned());
        let sessions = luo.sessions.as_deref().unwrap_or_default();
        in_use.sessions = sessions.len() as u64;
        let files = sessions.iter().flat_map(|s| s.files.iter().map(move |file| (s, file)));
        in_use.files = files.map(|(session, file)| FileInUse::of(session, file)).collect();
        for (session, file) in sessions.iter().flat_map(|s| s.files.iter().map(move |f| (s, f))) {
            let text = String::from_utf8_lossy(&file.handler);
            match &file.content {
                Content::Image(stored, _) => {
                    let owner = FileInUse::of(session, file).owner();
                    in_use.images.push(dump.image_of(owner, stored));
                }
                _ => in_use.opaque.push(text.into_owned()),
            }
        }
        for flb in &luo.flbs {
            match &flb.content {
                Content::Image(stored, _) => {
                    let owner = Owner::Flb { name: NameDoc(flb.name.clone()) };
                    in_use.images.push(dump.image_of(owner, stored));
                }
                _ => in_use.opaque.push(String::from_utf8_lossy(&flb.name).into_owned()),
            }
        }
        in_use.opaque.sort();
        in_use.opaque.dedup();
        in_use.flbs = luo.flbs.iter().map(|flb| (flb.name.clone(), flb.users)).collect();
        in_use
    }
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
