//! `luo-session`: a session and its files.
//!
//! As upstream has it, the files are a set that lies inside the session. Upstream's addresses of
//! arrays and of chains of files are retired, with their count: here a session's files are the rows
//! of `luo-file` up to its mark, in the order in which they were preserved; that is the order in
//! which they can be restored.
//!
//! | read as → | gen 1 | gen 2 | gen 3 |
//! |---|---|---|---|
//! | written as gen 1 | identical | compatible | compatible |
//! | gen 2 | if the files are fewer than 2^32 | identical | compatible |
//! | gen 3 | as gen 2; loses the updates | loses the updates | identical |

pub mod gen1;
pub mod gen2;
pub mod gen3;

pub use gen3::{FileSet, Session};
