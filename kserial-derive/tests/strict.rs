//! What strict crates forbid: the derive's code is not theirs to mend.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    trivial_casts,
    trivial_numeric_casts,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

use kserial::{KSerial, Record};
use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A record that gives every lint its chance.
#[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[kserial(record = "strict", note, carrier = "file")]
#[repr(C)]
pub struct Strict {
    /// Bits, called as methods should not be.
    #[kserial(
        bits(id = 1, name = "len", at = 0..4),
        bits(id = 2, name = "from_cpu", at = 4..8),
        bits(id = 3, name = "maxOrder", at = 8..16),
        bits(id = 4, name = "into_guest", at = 16, bool),
        bits(id = 5, name = "next", at = 18..32, open(a_b = 1, "HTTP-C" = 2))
    )]
    pub word: u32,
    /// An enum.
    #[kserial(id = 6, open(a_b = 0, b = 1), default = 1)]
    pub kind: u16,
    /// Only read.
    #[deprecated]
    #[kserial(id = 7, legacy, default = 1)]
    pub old: u16,
    /// A number.
    #[kserial(id = 8, range(1, 3..=5), default = 4 + 1)]
    pub number: i64,
}

/// Nothing is in scope here that is not named.
pub mod without_prelude {
    #![no_implicit_prelude]

    use ::core::clone::Clone;
    use ::kserial::KSerial;
    use ::zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};

    /// A record with all that the derive writes.
    #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
    #[kserial(record = "bare", note)]
    #[repr(C)]
    pub struct Bare {
        #[kserial(bits(id = 1, name = "pfn", at = 0..52), bits(id = 2, name = "on", at = 63, bool))]
        word: u64,
        #[kserial(id = 3, default = -1, range = -1..=1)]
        sign: i64,
    }
}

#[test]
fn strict_crates_may_have_records() {
    assert_eq!(Strict::SHAPE.members().count(), 8);
    assert_eq!(without_prelude::Bare::SHAPE.members().count(), 3);
}
