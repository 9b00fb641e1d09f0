//! A memory as a folder of pages, and page for page beside another one.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{bail, Context, Result};
use serde_json::Value;

const PAGE: u64 = 4096;

/// Writes each page of the map of preserved memory and each preserved folio of `ram`, as `dump` lists
/// them, into a file that is named after its address. The root is one of them, and is found by a
/// search as in any other memory.
pub(super) fn write(dump: &Value, ram: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    all(dump, ram, &mut |at, bytes| {
        Ok(fs::write(folder.join(format!("kexec-handed-{at:x}.page")), bytes)?)
    })
}

/// Writes the same into one file, each where it was, with holes in between; without what nobody
/// claims, as there is no telling what it is.
pub(super) fn bare(dump: &Value, ram: &Path, to: &Path) -> Result<()> {
    let file = File::create_new(to)?;
    file.set_len(fs::metadata(ram)?.len())?;
    all(dump, ram, &mut |at, bytes| Ok(file.write_all_at(bytes, at)?))?;
    for (at, length) in folios(&dump["kho"]["unclaimed"])? {
        file.write_all_at(&vec![0; usize::try_from(length)?], at)?;
    }
    Ok(())
}

/// Reads each page of the map, and each preserved folio.
fn all(dump: &Value, ram: &Path, take: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let ram = File::open(ram)?;
    let nodes = dump["kho"]["nodes"].as_array().into_iter().flatten();
    let mut handed =
        nodes.map(|node| Ok((number(&node["at"])?, PAGE))).collect::<Result<Vec<_>>>()?;
    handed.extend(folios(&dump["kho"]["preserved"])?);
    for (at, length) in handed {
        let mut bytes = vec![0; usize::try_from(length)?];
        ram.read_exact_at(&mut bytes, at)?;
        take(at, &bytes)?;
    }
    Ok(())
}

/// Where each folio of these runs is, and how long.
fn folios(runs: &Value) -> Result<Vec<(u64, u64)>> {
    let mut folios = Vec::new();
    for run in runs.as_array().into_iter().flatten() {
        let length = PAGE << number(&run["order"])?;
        let first = number(&run["pfn"])? * PAGE;
        folios.extend((0..number(&run["count"])?).map(|n| (first + n * length, length)));
    }
    Ok(folios)
}

/// A number, or an address in hexadecimal.
pub(super) fn number(value: &Value) -> Result<u64> {
    if let Some(digits) = value.as_str().and_then(|text| text.strip_prefix("0x")) {
        return Ok(u64::from_str_radix(digits, 16)?);
    }
    value.as_u64().with_context(|| format!("the dump has no number there: {value}"))
}

/// Compares what is written in `rebuilt`, a file with holes, with the same places of `ram`. A page's
/// end that nobody wrote is zero there and may be anything here.
pub(super) fn compare(rebuilt: &Path, ram: &Path) -> Result<()> {
    let (rebuilt, ram) = (File::open(rebuilt)?, File::open(ram)?);
    let (mut ours, mut theirs) = ([0; 4096], [0; 4096]);
    let length = rebuilt.metadata()?.len();
    let mut compared = 0;
    for at in (0..length.div_ceil(PAGE)).map(|page| page * PAGE) {
        let read = rebuilt.read_at(&mut ours, at)?;
        ours[read..].fill(0);
        let Some(end) = ours.iter().rposition(|byte| *byte != 0) else { continue };
        ram.read_exact_at(&mut theirs, at)?;
        if ours[..=end] != theirs[..=end] {
            bail!("the page at {at:#x} is written otherwise than by the kernel");
        }
        compared += 1;
    }
    if compared == 0 {
        bail!("nothing was written");
    }
    Ok(())
}
