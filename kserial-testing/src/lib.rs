//! Fuzz your own records.
//!
//! Whoever derives `KSerial` has two things to fear: a generation that cannot read what the other
//! wrote, although the verdict said it could, and bytes from a crashed machine. Both are tried here
//! with rows and images made of whatever a fuzzer, or a property test, comes up with. In a crate
//! made by `cargo fuzz init`, this is a whole target:
//!
//! ```text
//! #![no_main]
//! use mine::{v1, v2};
//! libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
//!     kserial_testing::two_generations::<v1::Queue, v2::Queue>(bytes);
//! });
//! ```
//!
//! and in `cargo test`, with the same function:
//!
//! ```
//! # mod v1 {
//! #     use kserial::KSerial;
//! #     use zerocopy_derive::*;
//! #     #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
//! #     #[kserial(record = "queue")]
//! #     #[repr(C)]
//! #     pub struct Queue {
//! #         #[kserial(id = 1, unit = "entries")]
//! #         size: u32,
//! #     }
//! # }
//! # mod v2 {
//! #     use kserial::KSerial;
//! #     use zerocopy_derive::*;
//! #     #[derive(KSerial, FromBytes, IntoBytes, Immutable, KnownLayout, Clone)]
//! #     #[kserial(record = "queue")]
//! #     #[repr(C)]
//! #     pub struct Queue {
//! #         #[kserial(id = 2, default = 0, critical)]
//! #         features: u32,
//! #         #[kserial(id = 1, unit = "entries", range = 1..=4096)]
//! #         size: u32,
//! #     }
//! # }
//! proptest::proptest! {
//! #   /*
//!     #[test]
//! #   */
//!     fn queues_survive_update_and_rollback(bytes: Vec<u8>) {
//!         kserial_testing::two_generations::<v1::Queue, v2::Queue>(&bytes);
//!     }
//! }
//! # queues_survive_update_and_rollback();
//! ```
//!
//! - [`two_generations`]: everything below, both ways. Start here.
//! - [`there_and_back`]: rows of one generation, read by the other and, where nothing was lost,
//!   written back: they are the same again.
//! - [`hostile`]: images from nowhere, read as your record.
//! - [`seal`]: the sums of an image put right, so that what is wrong with it is not only its sums.
//! - [`rows`]: rows that your layout allows, made of any bytes.
//!
//! What is found is a panic with what went wrong, as fuzzers and `cargo test` want it.

#![allow(clippy::missing_panics_doc, reason = "a panic is how all of this reports what it found")]

mod draw;
mod generations;
mod hostile;
mod seal;

pub use draw::rows;
pub use generations::{there_and_back, two_generations};
pub use hostile::{cut, hostile};
pub use seal::seal;

use kserial::Machine;

/// The machine that writes and reads here.
pub const HERE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
/// The number of every image here.
pub const NUMBER: u32 = 0x5eed_1e55;
