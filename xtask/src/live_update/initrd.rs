//! Initrds: `/init`, the steps of its stage, its modules, and what the next stage boots.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cpio::newc::Builder;
use lab_guest::{Step, STAGES};

use super::chain::Stage;
use crate::tool::Tool;

/// Packs the initrd of the first stage, which holds the second kernel and the second's initrd, and
/// so on. `scripts` holds the steps of each stage.
pub(crate) fn nest(
    guest: &Path,
    stages: &[Stage<'_>],
    scripts: &[Vec<Step>],
    programs: &[PathBuf],
    into: &Path,
) -> Result<PathBuf> {
    fs::create_dir_all(into).with_context(|| format!("cannot create {}", into.display()))?;
    let guest = fs::read(guest)?;
    let mut inner: Option<(&Stage<'_>, Vec<u8>)> = None;
    for (place, (stage, script)) in stages.iter().zip(scripts).enumerate().rev() {
        let mut initrd = Initrd::new()?;
        initrd.file("init", 0o755, &guest)?;
        let steps = serde_json::to_vec_pretty(script)?;
        initrd.file(&format!("{}/{}.json", &STAGES[1..], place + 1), 0o644, &steps)?;
        for module in modules(&stage.modules)? {
            let name = module.file_name().unwrap_or_default().to_string_lossy();
            initrd.file(&format!("modules/{name}"), 0o644, &without_debug(&module, into)?)?;
        }
        for program in programs {
            let name = program.file_name().unwrap_or_default().to_string_lossy();
            initrd.file(&format!("programs/{name}"), 0o755, &fs::read(program)?)?;
        }
        if let Some((next, inner)) = &inner {
            initrd.file("next/kernel", 0o644, &fs::read(next.kernel.image())?)?;
            initrd.file("next/notes", 0o644, &notes(next, into)?)?;
            initrd.file("next/initrd", 0o644, inner)?;
        }
        inner = Some((stage, initrd.finish()?));
    }
    let path = into.join("initrd");
    let bytes = inner.map(|(_, bytes)| bytes).unwrap_or_default();
    BufWriter::new(File::create(&path)?).write_all(&bytes)?;
    Ok(path)
}

/// The modules in a folder.
pub(crate) fn modules(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ko") {
            modules.push(path);
        }
    }
    modules.sort();
    Ok(modules)
}

/// A module as distributions ship it: a guest's memory is small.
fn without_debug(module: &Path, scratch: &Path) -> Result<Vec<u8>> {
    let out = scratch.join("module");
    Tool::new("objcopy").args(["--strip-debug".as_ref(), module, &out]).run()?;
    Ok(fs::read(out)?)
}

/// The notes of a stage's kernel and modules, one after the other, as binutils cut them out.
fn notes(stage: &Stage<'_>, scratch: &Path) -> Result<Vec<u8>> {
    let mut notes = cut_out(&stage.kernel.build.join("vmlinux"), ".notes", scratch)?;
    for module in modules(&stage.modules)? {
        notes.extend(cut_out(&module, ".note.KSerial", scratch)?);
    }
    Ok(notes)
}

fn cut_out(file: &Path, section: &str, scratch: &Path) -> Result<Vec<u8>> {
    let out = scratch.join("notes");
    Tool::new("objcopy")
        .args(["-O", "binary", "--only-section", section])
        .args([file, &out])
        .run()?;
    fs::read(&out).with_context(|| format!("{} has no section {section}", file.display()))
}

/// A cpio archive as the kernel unpacks it.
struct Initrd {
    bytes: Vec<u8>,
    inode: u32,
}

const DIRECTORY: u32 = 0o040_000;
const REGULAR: u32 = 0o100_000;

impl Initrd {
    fn new() -> Result<Self> {
        let mut initrd = Self { bytes: Vec::new(), inode: 1 };
        for folder in ["stages", "next", "modules", "programs", "dev", "proc", "sys", "tmp"] {
            initrd.entry(folder, DIRECTORY | 0o755, &[])?;
        }
        Ok(initrd)
    }

    fn file(&mut self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        self.entry(name, REGULAR | mode, bytes)
    }

    fn entry(&mut self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let size = u32::try_from(bytes.len()).context("a file of an initrd is below 4 GiB")?;
        let mut writer =
            Builder::new(name).mode(mode).ino(self.inode).nlink(1).write(&mut self.bytes, size);
        writer.write_all(bytes)?;
        writer.finish()?;
        self.inode += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>> {
        cpio::newc::trailer(&mut self.bytes)?;
        Ok(self.bytes)
    }
}
