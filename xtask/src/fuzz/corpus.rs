//! What is kept: inputs that reach something that no smaller ones reach.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::checked_in;
use crate::cache;
use crate::tool::Tool;

/// The longest input that is checked in. Longer ones stay in the cache.
const LONGEST: u64 = 16 << 10;

/// Inputs whose names say what they are: what fuzzing begins with, and what it found.
const NAMED: [&str; 2] = ["seed-", "found-"];

/// Makes `fuzz/corpus/TARGET` the fewest of all inputs known that reach all that can be reached, and
/// those that have [names](NAMED).
pub(super) fn keep(target: &str, programs: &Path) -> Result<()> {
    let old = checked_in(target);
    let fewest = cache::folder("fuzz")?.join(format!("fewest-{target}"));
    if fewest.exists() {
        fs::remove_dir_all(&fewest)?;
    }
    fs::create_dir_all(&fewest)?;
    Tool::new(programs.join(target))
        .args(["-set_cover_merge=1", "-timeout=25", "-rss_limit_mb=2048"])
        .args([format!("-max_len={LONGEST}")])
        .args([&fewest, &old, &cache::folder(&format!("fuzz/corpus/{target}"))?])
        .limit(Duration::from_secs(3600))
        .what(format!("choosing inputs for {target}"))
        .run_logged(&cache::folder("logs")?.join(format!("fuzz-keep-{target}.log")))?;
    let contents = |folder: &Path| -> Result<Vec<_>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut seeds = BTreeSet::new();
    for input in contents(&old)? {
        let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if NAMED.iter().any(|start| name.starts_with(start)) {
            seeds.insert(fs::read(&input)?);
        } else {
            fs::remove_file(&input)?;
        }
    }
    let (mut kept, mut bytes) = (seeds.len(), seeds.iter().map(Vec::len).sum::<usize>());
    for input in contents(&fewest)? {
        let content = fs::read(&input)?;
        if !seeds.contains(&content) {
            let name = input.file_name().context("an input without a name")?;
            fs::write(old.join(name), &content)?;
            (kept, bytes) = (kept + 1, bytes + content.len());
        }
    }
    println!("{target:<14} {kept:>5} inputs kept, {bytes:>8} bytes");
    Ok(())
}
