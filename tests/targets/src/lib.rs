//! What fuzzing does with bytes, for every place that bytes come in.
//!
//! A target is a function over bytes that panics when something is wrong with KSerial, whatever the
//! bytes are. `fuzz/` runs them under libFuzzer, `cargo test` runs them over the inputs that fuzzing
//! has found worth keeping (`fuzz/corpus`), and both see the same code.
//!
//! | target | the bytes are | and what must hold |
//! |---|---|---|
//! | [`image`] | an image, as it came and with its sums put right | reading what was verified cannot fail; every way of reading gives the same rows |
//! | [`layout`] | two layouts, and the description of a note | one is a layout where the reference says so; grades agree |
//! | [`records`] | rows of two generations, and an image | the user's own helper, `kserial-testing` |
//! | [`pair`] | choices: a layout, changes of it, rows | plan, verdict, conversion and image agree with the reference |
//! | [`second_reader`] | an image, or two layouts | the reader in C takes, reads and grades alike |
//! | [`tree`] | a device tree, as KHO's root | an error or a root |
//! | [`handover`] | changes of a captured handover | everything that is left is shown; text and JSON end |
//! | [`btf`] | BTF, and BTF split from it | an error or types |
//! | [`source`] | an ELF file, a bzImage, anything compressed | an error, or a kernel that can be judged |
//! | [`schema`] | TOML: a kernel, a lock | an error, or layouts that come back from their words |
//! | [`manifest`] | JSON: a manifest, a dump | an error, or memory that reads as what the JSON says |
//! | [`state`] | memory: a core, a compressed file, raw | an error, or a dump |

mod btf;
pub mod captured;
mod handover;
mod image;
mod layout;
mod manifest;
mod pair;
mod records;
mod schema;
mod second_reader;
mod source;
mod state;
mod tree;

pub use btf::btf;
pub use handover::{handover, show};
pub use image::image;
pub use layout::layout;
pub use manifest::manifest;
pub use pair::pair;
pub use records::records;
pub use schema::schema;
pub use second_reader::{second_reader, Answer, SecondReader};
pub use source::source;
pub use state::state;
pub use tree::tree;

/// A target that needs nothing but its bytes.
pub type Target = fn(&[u8]);

/// All of those, by name. [`second_reader`] needs another reader as well.
pub const TARGETS: [(&str, Target); 11] = [
    ("image", image),
    ("layout", layout),
    ("records", records),
    ("pair", pair),
    ("tree", tree),
    ("handover", handover),
    ("btf", btf),
    ("source", source),
    ("schema", schema),
    ("manifest", manifest),
    ("state", state),
];
