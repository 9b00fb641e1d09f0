//! Two programs, `memfd-gen1` and `memfd-gen2`, that stand for two kernels: each knows one
//! generation of `memfd` and `memfd-folio`, declares it in ELF notes, and hands memfds over.
//!
//! ```text
//! memfd-gen1 write | memfd-gen2 read
//! memfd-gen2 write sealed | memfd-gen1 read     refused: it cannot keep the seals
//! ```
//!
//! What the two have in common is here; what each knows is in its own file.

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use kserial::{image, Image, Machine, Record, Spec, Verified, Writer};

/// The machine that both programs run on.
const MACHINE: Machine =
    Machine { arch: Machine::X86_64, page_shift: 12, max_order: 10, encrypted: false };
const NUMBER: u32 = 0x5eed_1e55;

/// Bytes of a segment: what KHO gives in one piece, or less.
const SEGMENT: usize = 4096;

/// A program of one generation: `write`, `write sealed` or `read`.
///
/// `write` gives the image of its memfds, sealed ones if asked for; `read` says in words what an
/// image holds, as this generation understands it.
pub fn run(
    write: impl FnOnce(bool) -> Result<Vec<u8>, Box<dyn Error>>,
    read: impl FnOnce(&Verified<'_>) -> Result<String, Box<dyn Error>>,
) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let output = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write"] => write(false),
        ["write", "sealed"] => write(true),
        ["read"] => take_over(read).map(String::into_bytes),
        _ => Err("write, write sealed, or read".into()),
    };
    match output.and_then(|bytes| Ok(io::stdout().write_all(&bytes)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nowhere is left to complain to if this fails.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// The image of these rows, its segments one after the other.
///
/// # Errors
/// Why they do not make one.
pub fn image_of<M: Record, F: Record>(
    memfds: &[M],
    folios: &[F],
) -> Result<Vec<u8>, Box<dyn Error>> {
    let tables = [Spec::of::<M>(memfds.len()), Spec::of::<F>(folios.len())];
    let mut memory = vec![0; image::size(&tables, SEGMENT)?.bytes()];
    let mut segments: Vec<&mut [u8]> = memory.chunks_mut(SEGMENT).collect();
    let mut writer = Writer::new(&tables, MACHINE, NUMBER, &mut segments, crc32fast::hash)?;
    let mut table = writer.table::<M>()?;
    table.extend(memfds)?;
    table.finish(&mut writer)?;
    let mut table = writer.table::<F>()?;
    table.extend(folios)?;
    table.finish(&mut writer)?;
    writer.finish()?;
    Ok(memory)
}

/// Reads the image on stdin.
fn take_over(
    read: impl FnOnce(&Verified<'_>) -> Result<String, Box<dyn Error>>,
) -> Result<String, Box<dyn Error>> {
    let mut memory = Vec::new();
    io::stdin().read_to_end(&mut memory)?;
    let mut segments = Vec::new();
    let mut rest = memory.as_slice();
    for length in image::segments(&memory)? {
        let (segment, after) = rest.split_at_checked(length).ok_or("the image ends too early")?;
        segments.push(segment);
        rest = after;
    }
    read(&Image::open(&segments, &MACHINE, crc32fast::hash)?.verify()?)
}
