//! What is really preserved, and what that makes of a verdict.
//!
//! A verdict on two kernels has conditions: *if* a memfd is sealed, *if* a folio is huge. Given the
//! state they are answers. The state is known from memory ([`InUse::of`] a dump) or, before the
//! reboot path has written anything, from what an orchestrator knows ([`manifest`]).
//!
//! [`InUse::answer`] goes through the findings of a verdict, looks conditions on KSerial records up in
//! the rows that lie in memory, and adds the one thing that layouts never show: a file whose handler
//! the next kernel lacks costs every session. Each finding names the [`Place`] that it is about.

mod answer;
mod folios;
pub mod manifest;
mod of_dump;
mod place;
mod required;
mod rows;

use std::collections::BTreeMap;

pub(crate) use place::Owner;
pub use place::Place;
pub(crate) use rows::ImageInUse;

/// What is preserved.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InUse {
    /// The version strings of the kernel that wrote it, by component: `kho`, `luo`. Empty where
    /// nobody said.
    pub versions: BTreeMap<String, String>,
    /// How many sessions there are.
    pub sessions: u64,
    /// Every file.
    pub files: Vec<FileInUse>,
    /// The FLBs, and how many files use each.
    pub flbs: Vec<(Vec<u8>, u64)>,
    /// The KHO subtrees beside LUO's that hold anything; `None` where nobody said.
    pub subtrees: Option<Vec<String>>,
    /// Whether this is the memory itself: then [`images`](Self::images) are all there are.
    pub(crate) is_memory: bool,
    /// The KSerial images of files, FLBs and subtrees.
    pub(crate) images: Vec<ImageInUse>,
    /// The files, FLBs and subtrees that are something else than an image.
    pub(crate) opaque: Vec<Owner>,
    /// The files and FLBs whose handles lead to no preserved memory: each may be the row itself.
    pub(crate) handles: Vec<Owner>,
    /// What of the state could not be read or contradicts the rest: then no answer is complete.
    pub unread: Vec<String>,
}

/// A preserved file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileInUse {
    /// The session's name.
    pub session: Vec<u8>,
    /// The file's token in it.
    pub token: u64,
    /// The handler that wrote it.
    pub handler: Vec<u8>,
    /// The values of its members, by their IDs, as far as they are known.
    pub members: BTreeMap<String, u64>,
    /// The order of its largest folio; `None` where nobody said.
    pub max_order: Option<u32>,
}

/// The record that a handler's files are: its name without the version.
fn record_of(handler: &str) -> &str {
    match handler.rsplit_once("-v") {
        Some((record, version)) if version.bytes().all(|byte| byte.is_ascii_digit()) => record,
        _ => handler,
    }
}
