//! The Live Update Orchestrator: sessions and the files in them.
//!
//! ```text
//! luo ──┬─ sessions, an array or a chain of blocks
//!       │    └─ files, likewise ── what the file's handler wrote, such as a memfd and its folios
//!       └─ FLBs: objects bound to the files that use them
//! ```
//!
//! [`State::read`] reads all of it, whichever kernel wrote it: [`Version`] says which layouts to
//! take, [`abi`] has them, and from there on there is one struct of each.
//!
//! Sessions are written on the way into the kexec and not before. An address of 0 means *not
//! serialized*, never *no sessions* ([`Wrong::NotSerialized`](crate::kho::Wrong)).

pub mod abi;
mod file;
mod flb;
mod memfd;
mod session;
mod state;
mod version;
mod write;

pub use file::{Content, File};
pub use flb::Flb;
pub use memfd::{Folio, FolioRun, FolioRuns, Folios, Memfd};
pub use session::Session;
pub use state::State;
pub use version::Version;
