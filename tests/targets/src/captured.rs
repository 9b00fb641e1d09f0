//! What kernels handed over, as memory that can be changed a word or a bit at a time.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use kserial::kho::{Memory, Missing, Pages};
use kserial::PhysAddr;
use kserial_cli::dump::{rebuild, Dump};
use kserial_cli::state::{self, Choice, Hint};

/// The captures, below `compat-corpus`: each of another version of KHO and LUO.
const CAPTURES: [&str; 6] = [
    "kernels/72-72",
    "kernels/73-73-lusim",
    "unconfirmed/6.19",
    "unconfirmed/7.0",
    "unconfirmed/7.1",
    "unconfirmed/7.3",
];

/// What was captured: pages by their addresses, and where the root is.
pub struct Capture {
    name: &'static str,
    pages: BTreeMap<u64, Box<[u8; 4096]>>,
    hint: Hint,
}

static CAPTURED: LazyLock<Vec<Capture>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../compat-corpus");
    CAPTURES.iter().map(|name| Capture::open(name, &folder.join(name))).collect()
});

/// All captures.
pub fn captures() -> &'static [Capture] {
    &CAPTURED
}

impl Capture {
    /// The capture without what is only contents: what its dump says, made into memory again.
    fn open(name: &'static str, folder: &Path) -> Self {
        let open = || {
            state::open(folder, Choice::default(), &mut |_| {})
                .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        };
        let hint = open().hint;
        let dump = Dump::read(open(), Pages::OF_4K, &mut |_| {});
        let dump = dump.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut json = Vec::new();
        let memory =
            dump.json(&mut json, folder, true).ok().and_then(|()| rebuild::memory(&json).ok());
        let (memory, _) = memory.unwrap_or_else(|| panic!("{}", folder.display()));
        let pages = memory.pieces().map(|(at, page)| (at.0, Box::new(*page))).collect();
        Self { name, pages, hint }
    }

    /// Which one it is: its folder in `compat-corpus`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Where its root is.
    pub fn hint(&self) -> Hint {
        self.hint.clone()
    }

    /// How many pages of 4 KiB it has.
    pub fn pages(&self) -> usize {
        self.pages.len()
    }
}

/// Memory with changed pages before the captured ones.
pub struct Changed {
    captured: &'static Capture,
    pages: BTreeMap<u64, Option<Box<[u8; 4096]>>>,
}

impl Changed {
    /// The memory as it was captured.
    pub fn of(captured: &'static Capture) -> Self {
        Self { captured, pages: BTreeMap::new() }
    }

    /// Flips one bit, counted through all pages.
    pub fn flip(&mut self, bit: usize) {
        let Some(at) = self.captured.pages.keys().nth(bit / 8 / 4096).copied() else { return };
        let Some(mut page) = self.page(at).copied() else { return };
        page[bit / 8 % 4096] ^= 1 << (bit % 8);
        self.pages.insert(at, Some(Box::new(page)));
    }

    /// Takes a page away.
    pub fn lose(&mut self, page: usize) {
        if let Some(at) = self.captured.pages.keys().nth(page).copied() {
            self.pages.insert(at, None);
        }
    }

    fn page(&self, at: u64) -> Option<&[u8; 4096]> {
        match self.pages.get(&at) {
            Some(changed) => changed.as_deref(),
            None => self.captured.pages.get(&at).map(|page| &**page),
        }
    }

    /// One change: which page, which word of it, what, and how.
    pub fn change(&mut self, change: &[u8; 12]) {
        let [page_low, page_high, word, how, value @ ..] = *change;
        let value = u64::from_le_bytes(value);
        let addresses: Vec<u64> = self.captured.pages.keys().copied().collect();
        let nth = |n: u64| usize::try_from(n).ok().and_then(|n| addresses.get(n % addresses.len()));
        let Some(at) = nth(u16::from_le_bytes([page_low, page_high]).into()).copied() else {
            return;
        };
        let Some(mut page) = self.page(at).copied() else { return };
        let place = (usize::from(word) | usize::from(how >> 7) << 8) * 8;
        let Some(old) = page.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<8>()) else {
            return;
        };
        let was = u64::from_le_bytes(*old);
        let address = nth(value >> 12).copied().unwrap_or(0);
        let is = match how % 8 {
            0 => value,
            1 => was ^ 1 << (value % 64),
            2 => was.wrapping_add(value % 17).wrapping_sub(8),
            3 => address | value & 0xfff,
            // A frame number, with an order and flags beside it.
            4 => address >> 12 | value << 52,
            5 => was.swap_bytes(),
            6 => return drop(self.pages.insert(at, None)),
            _ => {
                let Some(other) = self.page(address).copied() else { return };
                return drop(self.pages.insert(at, Some(Box::new(other))));
            }
        };
        *old = is.to_le_bytes();
        self.pages.insert(at, Some(Box::new(page)));
    }
}

impl Memory for Changed {
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing> {
        let mut at = at.0;
        let mut rest = into;
        while !rest.is_empty() {
            let missing = Missing { at: PhysAddr(at) };
            let within = usize::try_from(at % 4096).map_err(|_| missing)?;
            let page = self.page(at - at % 4096).ok_or(missing)?;
            let length = rest.len().min(4096 - within);
            let (now, later) = rest.split_at_mut(length);
            now.copy_from_slice(&page[within..within + length]);
            at = at.checked_add(length as u64).ok_or(missing)?;
            rest = later;
        }
        Ok(())
    }

    fn parts(&self) -> Vec<Range<u64>> {
        self.captured
            .pages
            .keys()
            .filter(|at| self.page(**at).is_some())
            .map(|at| *at..at.saturating_add(4096))
            .collect()
    }
}
