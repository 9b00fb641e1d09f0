//! Which pages are preserved, as the kernel keeps them: for each order a sparse bitmap.
//!
//! Beside every bit lies a second one: whether somebody among the state claims the page. So what
//! nobody claims is what is left, and a page with two owners is found at once.

use core::ops::Range;
use std::collections::BTreeMap;
use std::vec::Vec;

/// Bits of a chunk: those of one bitmap of the older list. Small, so that a hostile map of many
/// lonely bits costs little more memory than it is long.
const CHUNK: u64 = 4096;
const WORDS: usize = 64;

/// A preserved page, or several in one: `1 << order` pages from `frame` on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// log2 of the number of pages.
    pub order: u32,
    /// The number of the first page.
    pub frame: u64,
}

/// Preserved pages side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// The first of them.
    pub first: Key,
    /// How many of that order.
    pub keys: u64,
}

/// Why a page cannot be claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It is not preserved.
    NotPreserved,
    /// Somebody claims it already.
    Twice(Key),
}

/// How many keys of one order there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// log2 of the number of pages.
    pub order: u32,
    /// Preserved.
    pub keys: u64,
    /// Of these, claimed.
    pub claimed: u64,
}

/// All preserved pages, and which of them are claimed.
#[derive(Clone, Debug, Default)]
pub struct Preserved {
    orders: BTreeMap<u32, Bits>,
}

/// The bits of one order.
#[derive(Clone, Debug, Default)]
struct Bits {
    /// Where the chunk with this number lies in `chunks`.
    index: BTreeMap<u64, usize>,
    chunks: Vec<Chunk>,
    /// The chunk that was asked for last: tables name neighbours.
    last: Option<(u64, usize)>,
}

#[derive(Clone, Debug)]
struct Chunk {
    preserved: [u64; WORDS],
    claimed: [u64; WORDS],
}

impl Key {
    /// How many pages it is.
    pub const fn pages(self) -> u64 {
        1_u64.wrapping_shl(self.order)
    }

    /// The pages.
    pub const fn frames(self) -> Range<u64> {
        self.frame..self.frame.saturating_add(self.pages())
    }
}

impl Run {
    /// How many pages it is.
    pub const fn pages(self) -> u64 {
        self.keys.saturating_mul(self.first.pages())
    }
}

impl Preserved {
    /// Adds what a bitmap states: bit `n` of `words` is the key number `first + n` of `order`, where
    /// `first` is a multiple of 64. Says whether one of them was there before.
    pub fn insert(&mut self, order: u32, first: u64, words: &[u64]) -> bool {
        let bits = self.orders.entry(order).or_default();
        let mut twice = false;
        let mut number = first;
        for word in words {
            if *word != 0 {
                let (place, _) = split(number);
                let kept = bits.chunk_mut(number).and_then(|chunk| chunk.preserved.get_mut(place));
                if let Some(kept) = kept {
                    twice |= *kept & *word != 0;
                    *kept |= *word;
                }
            }
            number = number.saturating_add(64);
        }
        twice
    }

    /// The key whose pages `frame` is one of.
    pub fn covering(&mut self, frame: u64) -> Option<Key> {
        self.orders.iter_mut().find_map(|(order, bits)| {
            let number = frame.checked_shr(*order)?;
            let (place, bit) = split(number);
            let chunk = bits.chunk(number)?;
            (*chunk.preserved.get(place)? & bit != 0).then(|| key(*order, number))
        })
    }

    /// Claims the key whose pages `frame` is one of.
    ///
    /// # Errors
    /// When it is not preserved, or claimed before.
    pub fn claim(&mut self, frame: u64) -> Result<Key, Refusal> {
        for (order, bits) in &mut self.orders {
            let Some(number) = frame.checked_shr(*order) else { continue };
            let (place, bit) = split(number);
            let Some(chunk) = bits.chunk(number) else { continue };
            let words = (chunk.preserved.get(place), chunk.claimed.get_mut(place));
            let (Some(preserved), Some(claimed)) = words else { continue };
            if *preserved & bit != 0 {
                if *claimed & bit != 0 {
                    return Err(Refusal::Twice(key(*order, number)));
                }
                *claimed |= bit;
                return Ok(key(*order, number));
            }
        }
        Err(Refusal::NotPreserved)
    }

    /// How many keys there are, by order, ascending.
    pub fn tallies(&self) -> Vec<Tally> {
        let count = |words: &[u64; WORDS]| {
            words.iter().fold(0_u64, |sum, word| sum.saturating_add(word.count_ones().into()))
        };
        let of = |(order, bits): (&u32, &Bits)| {
            let mut tally = Tally { order: *order, ..Tally::default() };
            for chunk in &bits.chunks {
                tally.keys = tally.keys.saturating_add(count(&chunk.preserved));
                tally.claimed = tally.claimed.saturating_add(count(&chunk.claimed));
            }
            tally
        };
        self.orders.iter().map(of).filter(|tally| tally.keys > 0).collect()
    }

    /// How many pages are preserved.
    pub fn pages(&self) -> u64 {
        let pages = |tally: Tally| tally.keys.saturating_mul(1_u64.wrapping_shl(tally.order));
        self.tallies().into_iter().map(pages).fold(0, u64::saturating_add)
    }

    /// The keys side by side, ascending, order by order.
    pub fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        self.orders.iter().flat_map(|(order, bits)| bits.runs(*order, Chunk::preserved))
    }

    /// Those of the keys that nobody claims.
    pub fn unclaimed(&self) -> impl Iterator<Item = Run> + '_ {
        self.orders.iter().flat_map(|(order, bits)| bits.runs(*order, Chunk::unclaimed))
    }

    /// The first key of each run of keys that reaches into a larger one.
    pub fn overlaps(&self) -> impl Iterator<Item = Key> + '_ {
        let into_larger = |run: Run| {
            let last = run.first.frame.saturating_add(run.pages()).saturating_sub(1);
            let larger = self.orders.range(run.first.order.saturating_add(1)..);
            larger.filter_map(move |(order, bits)| {
                let first = run.first.frame.checked_shr(*order)?;
                let number = bits.first_set(first, last.checked_shr(*order)?)?;
                let frame = key(*order, number).frame.max(run.first.frame);
                Some(Key { order: run.first.order, frame })
            })
        };
        self.runs().filter_map(move |run| into_larger(run).next())
    }
}

impl Bits {
    fn chunk(&mut self, number: u64) -> Option<&mut Chunk> {
        let wanted = number / CHUNK;
        let place = match self.last {
            Some((chunk, place)) if chunk == wanted => place,
            _ => {
                let place = *self.index.get(&wanted)?;
                self.last = Some((wanted, place));
                place
            }
        };
        self.chunks.get_mut(place)
    }

    fn chunk_mut(&mut self, number: u64) -> Option<&mut Chunk> {
        let free = self.chunks.len();
        let place = *self.index.entry(number / CHUNK).or_insert(free);
        if place == free {
            self.chunks.push(Chunk { preserved: [0; WORDS], claimed: [0; WORDS] });
        }
        self.chunks.get_mut(place)
    }

    /// The keys side by side among those that `pick` leaves of each word.
    fn runs<'a>(
        &'a self,
        order: u32,
        pick: impl Fn(&Chunk, usize) -> u64 + Copy + 'a,
    ) -> impl Iterator<Item = Run> + 'a {
        let chunks =
            self.index.iter().filter_map(|(n, place)| Some((*n, self.chunks.get(*place)?)));
        let stretches = chunks.flat_map(move |(n, chunk)| {
            (0..WORDS).zip((n.saturating_mul(CHUNK)..).step_by(64)).flat_map(
                move |(word, first)| Stretches { word: pick(chunk, word), first, used: 0 },
            )
        });
        Joined { stretches: stretches.peekable() }
            .map(move |(number, keys)| Run { first: key(order, number), keys })
    }

    /// The first preserved number from `first` to `last`.
    fn first_set(&self, first: u64, last: u64) -> Option<u64> {
        self.index.range(first / CHUNK..=last / CHUNK).find_map(|(n, place)| {
            let chunk = self.chunks.get(*place)?;
            let start = n.saturating_mul(CHUNK);
            let (from, _) = split(first.max(start));
            let (to, _) = split(last.min(start.saturating_add(CHUNK).saturating_sub(1)));
            (from..=to).zip((start..).step_by(64).skip(from)).find_map(|(word, number)| {
                let stretches = Stretches { word: chunk.preserved(word), first: number, used: 0 };
                stretches
                    .filter(|(at, keys)| at.saturating_add(*keys) > first && *at <= last)
                    .map(|(at, _)| at.max(first))
                    .next()
            })
        })
    }
}

impl Chunk {
    fn preserved(&self, word: usize) -> u64 {
        self.preserved.get(word).copied().unwrap_or(0)
    }

    fn unclaimed(&self, word: usize) -> u64 {
        self.preserved(word) & !self.claimed.get(word).copied().unwrap_or(0)
    }
}

/// The stretches of set bits in one word, as the number of the first and how many.
struct Stretches {
    word: u64,
    first: u64,
    used: u32,
}

impl Iterator for Stretches {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        let rest = self.word.checked_shr(self.used)?;
        if rest == 0 {
            return None;
        }
        let zeros = rest.trailing_zeros();
        let ones = rest.wrapping_shr(zeros).trailing_ones();
        let start = self.used.saturating_add(zeros);
        self.used = start.saturating_add(ones);
        Some((self.first.saturating_add(start.into()), ones.into()))
    }
}

/// Stretches across words, as one each.
struct Joined<I: Iterator<Item = (u64, u64)>> {
    stretches: core::iter::Peekable<I>,
}

impl<I: Iterator<Item = (u64, u64)>> Iterator for Joined<I> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        let (first, mut keys) = self.stretches.next()?;
        while let Some((_, more)) =
            self.stretches.next_if(|(next, _)| first.checked_add(keys) == Some(*next))
        {
            keys = keys.saturating_add(more);
        }
        Some((first, keys))
    }
}

/// The word and the bit of a chunk that stand for the key `number`.
fn split(number: u64) -> (usize, u64) {
    let place = usize::try_from(number % CHUNK / 64).unwrap_or(0);
    (place, 1_u64.wrapping_shl(u32::try_from(number % 64).unwrap_or(0)))
}

fn key(order: u32, number: u64) -> Key {
    Key { order, frame: number.checked_shl(order).unwrap_or(u64::MAX) }
}
