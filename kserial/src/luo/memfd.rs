//! Memfds and their folios.

use core::mem::size_of;
use std::collections::BTreeMap;
use std::vec::Vec;

use zerocopy::{FromZeros, IntoBytes};

use super::abi::{FolioRow, MemfdV2};
use crate::kho::{rows, Key, Memory, Missing, Pages, Preserved, Refusal, Scattered, Walk, Wrong};
use crate::{Layout, PhysAddr, Record};

/// `F_SEAL_SEAL` to `F_SEAL_EXEC`.
const SEALS: u32 = 0x3f;
/// Dirty, and up to date.
const FOLIO_FLAGS: u64 = 3;
/// Rows of the table of folios that are read at once: those of a page of 4 KiB.
const AT_ONCE: usize = 256;
/// Bytes of a row of it.
const ROW: usize = size_of::<FolioRow>();

/// A memory file.
#[derive(Clone, Debug)]
pub struct Memfd {
    /// Its position, in bytes.
    pub pos: u64,
    /// Its size, in bytes.
    pub size: u64,
    /// `F_SEAL_…`.
    pub seals: u32,
    /// None so far.
    pub flags: u32,
    /// How many folios it says it has.
    pub stated: u64,
    /// What `kho_vmalloc` says of its flags.
    pub table_flags: u16,
    /// The table of its folios.
    pub table: Scattered,
    /// How many of them can be read.
    pub folios: u64,
    /// How many of each order.
    pub orders: BTreeMap<u32, u64>,
    /// How many runs of neighbours they are.
    pub runs: u64,
    /// How many preserved pages all of it is.
    pub pages: u64,
}

/// A folio of a memfd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Folio {
    /// Its first page, and its order.
    pub key: Key,
    /// Where in the file it starts, in pages.
    pub index: u64,
    /// 1 dirty, 2 up to date.
    pub flags: u64,
    /// It is preserved, as a page of its own: otherwise its order is a guess.
    pub preserved: bool,
}

/// Folios side by side in the file and in memory, all of one order and with the same flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FolioRun {
    /// The first of them.
    pub first: Folio,
    /// How many.
    pub folios: u64,
}

impl Memfd {
    pub(super) fn read(walk: &mut Walk<'_>, at: PhysAddr, layout: Layout<'static>) -> Option<Self> {
        let part = "memfd";
        let row = walk.bytes(at, rows::stride(layout), part)?;
        let row = rows::read_one::<MemfdV2>(layout, &row);
        let row = row.map_err(|wrong| walk.faults.note(at, part, wrong)).ok()?;
        let MemfdV2 { pos, size, seals, flags, nr_folios: stated, folios: vmalloc } = row;
        for bits in [seals & !SEALS, flags] {
            if bits != 0 {
                walk.faults.note(at, part, Wrong::Reserved(bits.into()));
            }
        }
        let own = walk.claim(at, layout.row().into(), part);
        let table = Scattered::read(walk, &vmalloc, at, "table of a memfd's folios");
        let mut memfd = Self {
            pos,
            size,
            seals,
            flags,
            stated,
            table_flags: vmalloc.flags,
            pages: own.saturating_add(table.claimed),
            table,
            folios: 0,
            orders: BTreeMap::new(),
            runs: 0,
        };
        memfd.check_table(walk, at);
        memfd.claim_folios(walk);
        Some(memfd)
    }

    /// The table must be as long as its rows are.
    fn check_table(&self, walk: &mut Walk<'_>, at: PhysAddr) {
        let bytes = self.stated.saturating_mul(FolioRow::SHAPE.row().into());
        let each = 1_u64.wrapping_shl(walk.pages.shift().saturating_add(self.table.order));
        let needed = bytes.div_ceil(each.max(1));
        let found = u64::try_from(self.table.pages.len()).unwrap_or(u64::MAX);
        if needed != found {
            let differs = Wrong::Differs { what: "folios' pages", stated: needed, found };
            walk.faults.note(at, "memfd", differs);
        }
        let pages = self.size.div_ceil(u64::try_from(walk.pages.bytes()).unwrap_or(u64::MAX));
        if self.stated > pages {
            let differs = Wrong::Differs { what: "folios", stated: self.stated, found: pages };
            walk.faults.note(at, "memfd", differs);
        }
    }

    /// Claims every folio, counts them, and finds how far the table can be read.
    fn claim_folios(&mut self, walk: &mut Walk<'_>) {
        let mut reader = Reader::new(&self.table, walk.memory, walk.pages, self.stated);
        let (mut last, mut expected, mut covered) = (None, 0_u64, 0_u64);
        let (mut folios, mut runs, mut orders) = (0_u64, 0_u64, [0_u64; 64]);
        loop {
            let (at, batch) = match reader.next_rows() {
                Ok((_, [])) => break,
                Ok(batch) => batch,
                Err(missing) => {
                    walk.faults.note(missing.at, "table of a memfd's folios", missing.into());
                    break;
                }
            };
            for (row, place) in batch.iter().zip((at.0..).step_by(ROW)) {
                let (folio, mut wrong) = claim(&mut walk.preserved, row);
                if wrong.is_none() && folio.flags & !FOLIO_FLAGS != 0 {
                    wrong = Some(Wrong::Reserved(folio.flags & !FOLIO_FLAGS));
                }
                if wrong.is_none() && folio.index < expected {
                    wrong = Some(Wrong::Order);
                }
                if let Some(wrong) = wrong {
                    walk.faults.note(PhysAddr(place), "folio in the table here", wrong);
                }
                expected = folio.index.saturating_add(folio.key.pages());
                let order = usize::try_from(folio.key.order).unwrap_or(usize::MAX);
                if let Some(count) = orders.get_mut(order) {
                    *count = count.saturating_add(1);
                }
                if folio.preserved {
                    covered = covered.saturating_add(folio.key.pages());
                }
                if !last.is_some_and(|last| follows(&last, &folio)) {
                    runs = runs.saturating_add(1);
                }
                last = Some(folio);
                folios = folios.saturating_add(1);
            }
            walk.note_read(batch.len().saturating_mul(ROW));
        }
        (self.folios, self.runs) = (folios, runs);
        self.orders = (0..).zip(orders).filter(|(_, count)| *count > 0).collect();
        self.pages = self.pages.saturating_add(covered);
    }

    /// The folios that can be read, with the orders that `preserved` has them in.
    pub fn folios<'m>(
        &'m self,
        memory: &'m dyn Memory,
        pages: Pages,
        preserved: &'m mut Preserved,
    ) -> Folios<'m> {
        let reader = Reader::new(&self.table, memory, pages, self.folios);
        Folios { reader, preserved, batch: 0, used: 0 }
    }
}

/// Claims the folio of a row, and says what is wrong with that.
fn claim(preserved: &mut Preserved, row: &FolioRow) -> (Folio, Option<Wrong>) {
    let (frame, flags, index) = (row.pfn(), row.flags(), row.index);
    let alone = |preserved| Folio { key: Key { order: 0, frame }, index, flags, preserved };
    match preserved.claim(frame) {
        Ok(key) if key.frame == frame => (Folio { key, ..alone(true) }, None),
        Ok(_) => (alone(false), Some(Wrong::Inside)),
        Err(Refusal::NotPreserved) => (alone(false), Some(Wrong::NotPreserved)),
        Err(Refusal::Twice(_)) => (alone(false), Some(Wrong::ClaimedTwice)),
    }
}

/// Whether `next` lies right behind `last`, in the file and in memory.
fn follows(last: &Folio, next: &Folio) -> bool {
    let step = last.key.pages();
    next.key.order == last.key.order
        && next.flags == last.flags
        && next.preserved == last.preserved
        && last.key.frame.checked_add(step) == Some(next.key.frame)
        && last.index.checked_add(step) == Some(next.index)
}

/// Folios, one after the other.
pub struct Folios<'m> {
    reader: Reader<'m>,
    preserved: &'m mut Preserved,
    /// How many rows the reader holds, and how many of them were handed out.
    batch: usize,
    used: usize,
}

impl Iterator for Folios<'_> {
    type Item = Result<Folio, Missing>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.used == self.batch {
            match self.reader.next_rows() {
                Ok((_, rows)) => (self.batch, self.used) = (rows.len(), 0),
                Err(missing) => return Some(Err(missing)),
            }
        }
        let row = self.reader.rows.get(..self.batch)?.get(self.used)?;
        self.used = self.used.saturating_add(1);
        let (frame, flags, index) = (row.pfn(), row.flags(), row.index);
        let key = self.preserved.covering(frame).filter(|key| key.frame == frame);
        let preserved = key.is_some();
        let key = key.unwrap_or(Key { order: 0, frame });
        Some(Ok(Folio { key, index, flags, preserved }))
    }
}

/// Folios, joined where they are neighbours. Ends where the table cannot be read further.
pub struct FolioRuns<'m> {
    folios: core::iter::Peekable<Folios<'m>>,
}

impl<'m> Folios<'m> {
    /// The folios as runs of neighbours.
    pub fn runs(self) -> FolioRuns<'m> {
        FolioRuns { folios: self.peekable() }
    }
}

impl Iterator for FolioRuns<'_> {
    type Item = FolioRun;

    fn next(&mut self) -> Option<FolioRun> {
        let first = self.folios.next()?.ok()?;
        let (mut last, mut folios) = (first, 1_u64);
        while let Some(Ok(next)) =
            self.folios.next_if(|next| next.as_ref().is_ok_and(|next| follows(&last, next)))
        {
            (last, folios) = (next, folios.saturating_add(1));
        }
        Some(FolioRun { first, folios })
    }
}

/// Reads the rows of a table of folios, a few at a time.
struct Reader<'m> {
    table: &'m Scattered,
    memory: &'m dyn Memory,
    pages: Pages,
    next: u64,
    end: u64,
    rows: Vec<FolioRow>,
}

impl<'m> Reader<'m> {
    fn new(table: &'m Scattered, memory: &'m dyn Memory, pages: Pages, end: u64) -> Self {
        let rows = std::vec![FolioRow::new_zeroed(); AT_ONCE];
        Self { table, memory, pages, next: 0, end, rows }
    }

    /// The next rows, and where they lie; none at the end.
    fn next_rows(&mut self) -> Result<(PhysAddr, &[FolioRow]), Missing> {
        let left = usize::try_from(self.end.saturating_sub(self.next)).unwrap_or(usize::MAX);
        let offset = self.next.saturating_mul(u64::from(FolioRow::SHAPE.row()));
        if left == 0 || offset >= self.table.bytes(self.pages) {
            return Ok((PhysAddr(0), &[]));
        }
        let Some(rows) = self.rows.get_mut(..left.min(AT_ONCE)) else {
            return Ok((PhysAddr(0), &[]));
        };
        // A page holds a multiple of the rows that are read at once, so none is cut.
        let at = self.table.read_at(self.memory, self.pages, offset, rows.as_mut_bytes())?;
        self.next = self.next.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        Ok((at, rows))
    }
}
