//! What every reader here shares: the memory, what of it is preserved, and what was wrong so far.

use std::collections::HashSet;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::{Faults, Memory, Pages, Preserved, Refusal, Wrong};
use crate::PhysAddr;

/// A walk through what was handed over.
///
/// Every page that holds a structure is visited once. So a cycle ends, two chains that meet are
/// seen, and no walk takes longer than there is memory, whatever its counts say.
pub struct Walk<'m> {
    /// The memory.
    pub memory: &'m dyn Memory,
    /// Its pages.
    pub pages: Pages,
    /// What of it is preserved, and claimed so far.
    pub preserved: Preserved,
    /// What was wrong so far.
    pub faults: Faults,
    visited: HashSet<u64>,
    bitmaps: HashSet<u64>,
    /// Bytes of long tables that were read, and who is told of them.
    read: u64,
    told: Option<&'m mut dyn FnMut(u64)>,
}

/// How many bytes are read from one word of progress to the next.
const PROGRESS: u64 = 1 << 20;

impl<'m> Walk<'m> {
    /// A walk that has not begun.
    pub fn new(memory: &'m dyn Memory, pages: Pages) -> Self {
        Self {
            memory,
            pages,
            preserved: Preserved::default(),
            faults: Faults::default(),
            visited: HashSet::new(),
            bitmaps: HashSet::new(),
            read: 0,
            told: None,
        }
    }

    /// Tells `told` now and then how many bytes of long tables were read.
    #[must_use]
    pub fn telling(mut self, told: &'m mut dyn FnMut(u64)) -> Self {
        self.told = Some(told);
        self
    }

    /// Notes that `bytes` more of a long table were read.
    pub(crate) fn note_read(&mut self, bytes: usize) {
        let before = self.read / PROGRESS;
        self.read = self.read.saturating_add(u64::try_from(bytes).unwrap_or(0));
        if self.read / PROGRESS != before {
            if let Some(told) = &mut self.told {
                told(self.read);
            }
        }
    }

    /// Notes that this page holds a structure.
    ///
    /// # Errors
    /// When `at` is no page, or one that holds something else.
    pub fn visit(&mut self, at: PhysAddr) -> Result<(), Wrong> {
        if !self.pages.starts(at) {
            return Err(Wrong::Misaligned);
        }
        if !self.visited.insert(self.pages.frame(at)) {
            return Err(Wrong::Visited);
        }
        Ok(())
    }

    /// Notes that these 512 bytes are a bitmap: smaller than a page, several share one.
    ///
    /// # Errors
    /// When `at` is not where a bitmap can be, or one that was seen before.
    pub fn visit_bitmap(&mut self, at: PhysAddr) -> Result<(), Wrong> {
        if at.0 % 512 != 0 {
            return Err(Wrong::Misaligned);
        }
        if !self.bitmaps.insert(at.0) {
            return Err(Wrong::Visited);
        }
        Ok(())
    }

    /// The page at `at`, which nothing else may have been. What is wrong with it is noted.
    pub fn page(&mut self, at: PhysAddr, part: &str) -> Option<Vec<u8>> {
        let read = self.visit(at).and_then(|()| {
            let mut page = vec![0; self.pages.bytes()];
            self.memory.read(at, &mut page)?;
            Ok(page)
        });
        read.map_err(|wrong| self.faults.note(at, part, wrong)).ok()
    }

    /// `bytes` bytes at `at`, on pages that nothing else may have been. What is wrong is noted.
    pub fn bytes(&mut self, at: PhysAddr, bytes: usize, part: &str) -> Option<Vec<u8>> {
        let read = self.visit(at).and_then(|()| {
            let mut read = vec![0; bytes];
            self.memory.read(at, &mut read)?;
            Ok(read)
        });
        read.map_err(|wrong| self.faults.note(at, part, wrong)).ok()
    }

    /// Claims all preserved memory that `bytes` bytes from `at` on touch, and says how many pages
    /// that is. What is not preserved, or claimed by somebody else, is noted.
    pub fn claim(&mut self, at: PhysAddr, bytes: u64, part: impl Into<String>) -> u64 {
        let mut frame = self.pages.frame(at);
        let end = frame.saturating_add(self.pages.touched(at, bytes));
        let mut claimed: u64 = 0;
        while frame < end {
            match self.preserved.claim(frame) {
                Ok(key) => {
                    claimed = claimed.saturating_add(key.pages());
                    frame = key.frames().end;
                }
                Err(refusal) => {
                    let wrong = match refusal {
                        Refusal::NotPreserved => Wrong::NotPreserved,
                        Refusal::Twice(_) => Wrong::ClaimedTwice,
                    };
                    self.faults.note(self.pages.at(frame).unwrap_or(at), part, wrong);
                    break;
                }
            }
        }
        claimed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kho::write::Written;

    #[test]
    fn long_tables_tell_once_for_each_mebibyte() {
        let (memory, mut told) = (Written::default(), Vec::new());
        let mut tell = |bytes| told.push(bytes >> 16);
        let mut walk = Walk::new(&memory, Pages::OF_4K).telling(&mut tell);
        // Pages of a table: three MiB and a little.
        for _ in 0..800 {
            walk.note_read(4096);
        }
        assert_eq!(told, [16_u64, 32, 48]);
    }
}
