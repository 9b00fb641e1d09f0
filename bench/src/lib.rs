//! KSerial beside its peers.
//!
//! Every codec is held to the same rules. It **encodes** from the same native structs into a buffer
//! that it has filled before, and **decodes** from bytes it must not trust to the sum over *every*
//! field. A sum that differs from the reference ends the run, and so does an encoding that does not
//! decode to it. Nothing is taken out of the loop: a codec that checks sums, values or UTF-8 does so in
//! the measured time.
//!
//! - [`workload`]: the three sets of data, seeded, and their reference sums.
//! - [`codec`]: one file per codec, with public `encode(workload, &mut buffer)` and
//!   `decode_sum(bytes)`, so that another harness can call the same code; [`codec::all`] lists them.
//! - [`measure`]: one process's measurements: all codecs in random order, several rounds.
//! - [`report`]: many processes become ratios to one `memcpy` of the payload, and how far they spread.

pub mod codec;
pub mod measure;
pub mod report;
pub mod workload;
