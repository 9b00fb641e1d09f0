//! Images: layouts once, then tables of rows in the writer's native layout.
//!
//! Kernel memory comes in pieces, so an image is a list of *segments*. The first one begins with the
//! head; rows never straddle two of them; in a file they simply follow each other.
//!
//! - `head`: machine, directory, layouts, one sum over all of it.
//! - `place`: where rows lie, as a rule; `placed`: the rows that lie there; `sum`, `block`, `hole`: what
//!   can be said of rows on their own.
//! - `size`: how much memory an image needs; `writer`: its head and whose turn it is; `span`: the memory
//!   of one table; `table_writer`: its rows; `late`: tables that settle last, rewritten in place;
//!   `deposit`: tables whose layout is known at run time only.
//! - `open`: an intact head; `verify`: an intact image, after which reading cannot fail.
//! - `room`: what is settled about a table before its first row. `table`: rows as the reader's own
//!   struct. `stream`: the same, checked block by block. `select`: of either, chosen members without the
//!   rest; `members`: the types that these can have.

pub(crate) mod block;
mod deposit;
mod error;
pub(crate) mod head;
mod hole;
mod late;
mod members;
mod open;
pub(crate) mod place;
mod placed;
mod room;
mod select;
mod size;
mod span;
mod stream;
pub(crate) mod sum;
mod table;
mod table_writer;
mod verify;
mod writer;

pub use crate::pick::Misfit;
pub use error::{ImageError, TableError, WriteError};
pub use head::{MAGIC, MAX_SEGMENT, MAX_TABLES, VERSION};
pub use late::{rewrite, rewrite_rows};
pub use members::Members;
pub use open::{number, segments, Image, TableInfo};
pub use place::{ALIGN, BLOCK};
pub use room::Room;
pub use select::{SelectedInTurn, SelectedRows, SelectedStream, SelectedTable};
pub use size::{size, Size, Spec};
pub use stream::Stream;
pub use sum::Sum;
pub use table::{InTurn, Iter, Loss, Runs, Table};
pub use table_writer::TableWriter;
pub use verify::Verified;
pub use writer::Writer;
