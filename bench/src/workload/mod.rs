//! What is handed over: three shapes of state, each from a seed.
//!
//! * [`memfd`] (W1): very many tiny rows.
//! * [`sessions`] (W2): rows with a few children each, most of it names.
//! * [`pci`] (W3): rows with children that have children of odd lengths.
//!
//! The structs here are what a program would hold. They derive what peers ask of a type, and
//! nothing of KSerial: its rows are its own (see [`crate::codec::kserial`]).

pub mod memfd;
pub mod pci;
pub mod sessions;

/// A seeded generator of numbers (splitmix64): the same data on every machine.
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The sequence of `seed`.
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let word = self.draw().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// The sum over an array's 8-byte words; what fixed-size fields contribute.
#[inline]
pub fn words(bytes: &[u8]) -> u64 {
    bytes
        .chunks_exact(8)
        .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
        .fold(0, u64::wrapping_add)
}

/// The sum over bytes, wherever they are cut; what blobs contribute. At most 1 KiB.
#[inline]
pub fn bytes(bytes: &[u8]) -> u64 {
    // Four lanes of 16 bits, each the sum of two bytes of every word.
    const LANES: u64 = 0x00ff_00ff_00ff_00ff;
    let words = bytes.chunks_exact(8);
    let rest: u64 = words.remainder().iter().map(|byte| u64::from(*byte)).sum();
    let lanes = words
        .map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
        .fold(0, |sum: u64, word| sum + (word & LANES) + (word >> 8 & LANES));
    rest + (lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48)
}
