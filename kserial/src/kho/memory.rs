//! Physical memory, wherever it is: a running kernel's, a dump's, a folder of pages.

use core::fmt;
use core::ops::Range;
use std::vec::Vec;

use crate::PhysAddr;

/// Physical memory that can be read. It may have holes anywhere, even within a page.
pub trait Memory {
    /// Fills `into` with the bytes from `at` on.
    ///
    /// # Errors
    /// The first address that is not there.
    fn read(&self, at: PhysAddr, into: &mut [u8]) -> Result<(), Missing>;

    /// What is there, ascending, without overlap. Memory that is known to be all zeros may be left
    /// out: this serves to search, not to ask what can be read.
    fn parts(&self) -> Vec<Range<u64>>;
}

/// An address that the memory at hand does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The address.
    pub at: PhysAddr,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x} is not in this memory", self.at.0)
    }
}

impl core::error::Error for Missing {}

/// Pages of one size: frame numbers and addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pages {
    shift: u32,
}

impl Pages {
    /// Pages of 4 KiB, as on x86-64.
    pub const OF_4K: Self = Self { shift: 12 };

    /// Pages of `1 << shift` bytes: 4, 16 or 64 KiB.
    pub const fn of_shift(shift: u32) -> Option<Self> {
        match shift {
            12 | 14 | 16 => Some(Self { shift }),
            _ => None,
        }
    }

    /// log2 of the size in bytes.
    pub const fn shift(self) -> u32 {
        self.shift
    }

    /// The size in bytes.
    pub const fn bytes(self) -> usize {
        1_usize.wrapping_shl(self.shift)
    }

    /// The number of the page that holds `at`.
    pub const fn frame(self, at: PhysAddr) -> u64 {
        at.0.wrapping_shr(self.shift)
    }

    /// The first byte of the page `frame`, or `None` beyond 64 bits.
    pub fn at(self, frame: u64) -> Option<PhysAddr> {
        frame.checked_mul(1_u64.wrapping_shl(self.shift)).map(PhysAddr)
    }

    /// Whether `at` is the first byte of a page.
    pub const fn starts(self, at: PhysAddr) -> bool {
        at.0.trailing_zeros() >= self.shift
    }

    /// How many pages `bytes` bytes from `at` on touch.
    pub fn touched(self, at: PhysAddr, bytes: u64) -> u64 {
        let Some(last) = bytes.checked_sub(1).and_then(|more| at.0.checked_add(more)) else {
            return 0;
        };
        self.frame(PhysAddr(last)).saturating_sub(self.frame(at)).saturating_add(1)
    }
}
