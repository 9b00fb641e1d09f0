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
}

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
