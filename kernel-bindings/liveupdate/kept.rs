// SPDX-License-Identifier: GPL-2.0

//! Someone else's page, preserved where it lies.
//!
//! Preserving takes no reference, and it is a bit, not a count. So a page that is preserved has one
//! owner here, found out when it is claimed, and the owner holds a reference: the page is neither
//! freed nor forgotten before it is unpreserved.

use core::ptr::NonNull;

use kernel::bindings;
use kernel::error::to_result;
use kernel::prelude::*;
use kernel::rbtree::RBTree;
use kernel::sync::global_lock;

use crate::shim;

global_lock! {
    // SAFETY: `init` runs in an initcall, before anything is preserved.
    unsafe(uninit) static OWNED: Mutex<Option<RBTree<u64, ()>>> = None;
}

/// # Safety
///
/// To be called once.
pub(crate) unsafe fn init() {
    // SAFETY: By the requirement of this function.
    unsafe { OWNED.init() };
}

/// A reference to a page of memory that is in use, whoever uses it.
///
/// # Invariants
///
/// `folio` is a folio of one page to which this holds a reference, and `start` its first byte in
/// the direct mapping.
pub struct Held {
    folio: NonNull<bindings::folio>,
    start: NonNull<u64>,
}

// SAFETY: A reference may be put on any thread.
unsafe impl Send for Held {}
// SAFETY: Reading is volatile, and nothing else is done through a shared reference.
unsafe impl Sync for Held {}

impl Held {
    /// Words of a page.
    pub const WORDS: usize = kernel::page::PAGE_SIZE / 8;

    /// Takes a reference to the page at an address.
    ///
    /// # Errors
    ///
    /// `ENXIO` if there is no page in use that is a folio of its own.
    pub fn at(address: u64) -> Result<Self> {
        let mut start = core::ptr::null_mut();
        // SAFETY: It takes any number, and `start` can be written.
        let folio = unsafe { shim::kserial_page_hold(address, &mut start) };
        let (Some(folio), Some(start)) = (NonNull::new(folio), NonNull::new(start)) else {
            return Err(ENXIO);
        };
        // INVARIANT: As the shim says.
        Ok(Self { folio, start: start.cast() })
    }

    /// A word of the page, as it is now: its user may change it at any time.
    pub fn word(&self, index: usize) -> Option<u64> {
        if index >= Self::WORDS {
            return None;
        }
        // SAFETY: It is within the page, which is there by the type invariant; whole words are read
        // at once.
        Some(unsafe { self.start.as_ptr().add(index).read_volatile() })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: By the type invariant.
        unsafe { shim::kserial_folio_put(self.folio.as_ptr()) };
    }
}

/// A page that the next kernel finds where it is. Dropping it unpreserves it.
///
/// # Invariants
///
/// The page is preserved, and its address is among those in `OWNED`.
pub struct Kept {
    page: Held,
    address: u64,
}

impl Kept {
    /// Preserves a page. May sleep.
    ///
    /// # Errors
    ///
    /// `EBUSY` if it is kept already, `ENOMEM`.
    pub fn new(page: Held) -> Result<Self> {
        // SAFETY: The page is there by its type invariant, and in the direct mapping.
        let address = unsafe { shim::kserial_virt_to_phys(page.start.as_ptr().cast()) };
        let mut owned = OWNED.lock();
        let owned = owned.get_or_insert_with(RBTree::new);
        if owned.get(&address).is_some() {
            return Err(EBUSY);
        }
        owned.try_create_and_insert(address, (), GFP_KERNEL)?;
        // SAFETY: The reference is held for as long as it is preserved.
        let preserved = to_result(unsafe { bindings::kho_preserve_folio(page.folio.as_ptr()) });
        if preserved.is_err() {
            owned.remove(&address);
        }
        // INVARIANT: Preserved just now, and noted.
        preserved.map(|()| Self { page, address })
    }

    /// The page.
    pub fn page(&self) -> &Held {
        &self.page
    }

    /// What the next kernel finds it by.
    pub fn handle(&self) -> u64 {
        self.address
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut owned = OWNED.lock();
        let owned = owned.get_or_insert_with(RBTree::new);
        // SAFETY: By the type invariant; this is the one place that unpreserves.
        unsafe { bindings::kho_unpreserve_folio(self.page.folio.as_ptr()) };
        owned.remove(&self.address);
    }
}
