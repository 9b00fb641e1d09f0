//! FLBs: objects that live as long as the files that use them.

use std::vec::Vec;

use zerocopy::IntoBytes;

use super::abi::{FlbHeader, FlbRow};
use super::session::Rows;
use super::{file, Content, State};
use crate::kho::{rows, Walk, Wrong};
use crate::{PhysAddr, Record};

/// A file-lifecycle-bound object.
#[derive(Clone, Debug)]
pub struct Flb {
    /// Where its row is.
    pub at: PhysAddr,
    /// Which it is.
    pub name: Vec<u8>,
    /// What it wrote: an address, or whatever else its owner makes of 64 bits.
    pub data: PhysAddr,
    /// How many preserved files use it.
    pub users: u64,
    /// What is there: an image, or something that is not known here.
    pub content: Content,
    /// How many preserved pages it is known to be.
    pub pages: u64,
}

/// Reads the array of FLBs at `at`, if there is one, into `state`.
pub(super) fn read_all(walk: &mut Walk<'_>, at: PhysAddr, state: &mut State) {
    if at.0 == 0 {
        return;
    }
    let part = "array of FLBs";
    let stride = rows::stride(FlbHeader::SHAPE);
    let Some(header) = walk.bytes(at, stride, part) else { return };
    let header = match rows::read_one::<FlbHeader>(FlbHeader::SHAPE, &header) {
        Ok(header) => header,
        Err(wrong) => return walk.faults.note(at, part, wrong),
    };
    state.flb_pgcnt = header.pgcnt;
    let Some(array) = Rows::array(walk, at, stride, header.count, FlbRow::SHAPE, part) else {
        return;
    };
    state.pages = state.pages.saturating_add(array.pages);
    for (at, row) in array.read::<FlbRow>(walk, FlbRow::SHAPE, "FLB") {
        let (name, ended) = rows::text(row.name.as_bytes());
        if !ended || name.is_empty() {
            walk.faults.note(at, "name of an FLB", Wrong::Text);
        }
        let (data, users) = (row.data, row.count);
        let (content, pages) = file::foreign(walk, data, "FLB");
        state.flbs.push(Flb { at, name: name.to_vec(), data, users, content, pages });
    }
}
