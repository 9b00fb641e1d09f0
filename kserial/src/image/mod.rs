//! Images: layouts once, then tables of rows in the writer's native layout.
//!
//! Kernel memory comes in pieces, so an image is a list of *segments*. The first one begins with the
//! head; rows never straddle two of them; in a file they simply follow each other.
//!
//! - `head`: machine, directory, layouts, one sum over all of it.
//! - `place`: where rows lie, as a rule; `placed`: the rows that lie there.
//! - `writer`: sizes first, then rows in any order of tables.
//! - `open`: an intact head; `verify`: an intact image, after which reading cannot fail.
//! - `table`: rows as the reader's own struct. `stream`: the same, checked block by block.
//! - `late`: tables that settle last, rewritten in place.

pub(crate) mod block;
mod error;
pub(crate) mod head;
mod late;
mod open;
pub(crate) mod place;
mod placed;
mod stream;
mod table;
mod verify;
mod writer;

pub use error::{ImageError, TableError, WriteError};
pub use head::{MAGIC, MAX_SEGMENT, MAX_TABLES, VERSION};
pub use late::rewrite;
pub use open::{segments, Image, TableInfo};
pub use place::{ALIGN, BLOCK};
pub use stream::Stream;
pub use table::{Iter, Loss, Runs, Table};
pub use verify::Verified;
pub use writer::{size, Size, Spec, TableWriter, Writer};

/// The checksum: CRC-32 as in zlib and Ethernet, of any length including none.
///
/// Hosts give `crc32fast::hash`; a kernel gives its own `crc32_le(~0, …) ^ ~0`.
pub type Sum = fn(&[u8]) -> u32;
