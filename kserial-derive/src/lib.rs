//! `#[derive(KSerial)]`: a `#[repr(C)]` struct as a row of a record.
//!
//! A macro sees tokens, the compiler sees types. What tokens can tell (which IDs there are, which
//! attributes contradict each other) is judged in `record`, `member` and `types`, with an error
//! at the very token. What only types can tell (widths, offsets, nested records) is left to
//! constants: `emit` writes the declaration down, `kserial::declare` makes a layout of it while the
//! user's crate is compiled.
//!
//! | on the struct | |
//! |---|---|
//! | `record = "memfd"` | the record's name, at most 47 bytes, for ever |
//! | `retired(3, 5 = "reserved")` | IDs that must not come back, with their last names |
//! | `critical`, `required` | rows refuse a reader that does not know them; their absence is an error |
//! | `lock = "memfd.toml"` | the record's lock file, from the crate's manifest |
//! | `note`, `note(reads, writes, requires)` | an ELF note; alone: reads and writes |
//! | `carrier = "file"` | what carries the image, for the note: `file`, `flb` or `subtree` |
//! | `crate = path` | where `kserial` is, if not at `::kserial` |
//!
//! | on a field | |
//! |---|---|
//! | `id = 4` | the member's ID, from 1, never reused |
//! | `name = "…"`, `unit = "bytes"` | at most 24 and 8 bytes; the name is the field's unless stated |
//! | `default = 0` | what a reader takes when the writer had no such member |
//! | `critical`, `key`, `legacy`, `sensitive` | what a change of the member means |
//! | `range = 0..=4`, `range(0, 2..=4)`, `expect = 4096` | the values that it may take |
//! | `bool`, `text`, `open(a = 0, …)`, `closed(a = 0, …)` | what an integer or a byte array stands for |
//! | `child = "record"` | an end mark into a record that is no Rust type here |
//! | `nested` | a record that lies inside this one |
//! | `bits(id = 1, name = "pfn", at = 0..52)` | a bit field; one attribute each |
//! | `pad` | no member: bytes that never reach an image |

mod access;
mod emit;
#[cfg(feature = "lock")]
mod lock;
mod member;
mod note;
mod own;
mod record;
mod types;

use proc_macro::TokenStream;
use syn::{parse_macro_input, DeriveInput};

/// Makes a `#[repr(C)]` struct a row of a record.
///
/// ```
/// use kserial::{KSerial, Record};
/// use zerocopy_derive::{FromBytes, Immutable, IntoBytes, KnownLayout};
///
/// #[derive(KSerial, Clone, FromBytes, IntoBytes, Immutable, KnownLayout)]
/// #[kserial(record = "memfd", retired(3))]
/// #[repr(C)]
/// pub struct Memfd {
///     #[kserial(id = 1, unit = "bytes")]
///     pub size: u64,
///     #[kserial(id = 4, default = 0, critical)]
///     pub seals: u64,
/// }
///
/// let seals = Memfd::SHAPE.member(Memfd::SEALS).unwrap();
/// assert_eq!((seals.name(), seals.bit()), ("seals", 64));
/// ```
#[proc_macro_derive(KSerial, attributes(kserial))]
pub fn kserial(input: TokenStream) -> TokenStream {
    let copy = input.clone();
    let own = parse_macro_input!(copy as DeriveInput).ident;
    let input = own::name(input.into(), &own).into();
    let input = parse_macro_input!(input as DeriveInput);
    let expanded = record::Record::parse(&input).and_then(|record| emit::record(&record));
    expanded.unwrap_or_else(|errors| errors.into_compile_error()).into()
}
