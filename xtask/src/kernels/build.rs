//! Configuring and building a kernel.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{bail, Context, Result};
use sha2::{Digest, Sha256};

use super::config::{self, Variant};
use super::rust::{self, Rust};
use super::source::{short, Source};
use super::Kernel;
use crate::tool::Tool;

/// The file that says that a build is complete, and holds the hash of what was built in.
const DONE: &str = ".lab-complete";

/// What the linker makes of a kernel, before anything is taken out of it.
const LINKED: &str = "vmlinux.unstripped";

/// Cold, on two cores, a build takes ten minutes; on a machine that has much else to do, an hour.
const LIMIT: Duration = Duration::from_secs(3 * 3600);

/// A hash of what a build is made of, beside its package's version.
pub(crate) fn key(source: &Source, variant: Variant, rust: &Rust) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(source.path.file_name().unwrap_or_default().as_encoded_bytes());
    hash.update(&rust.version);
    for fragment in variant.fragments() {
        hash.update(
            fs::read(&fragment).with_context(|| format!("cannot read {}", fragment.display()))?,
        );
    }
    Ok(short(hash))
}

/// A make in the kernel's build folder.
pub(crate) fn make(kernel: &Kernel, rust: &Rust, what: String) -> Result<Tool> {
    let make = Tool::new("nice")
        .args(["make", "-C"])
        .args([kernel.source.as_path()])
        .args([format!("O={}", kernel.build.display()), format!("-j{}", jobs())])
        .limit(LIMIT)
        .what(what);
    rust::environment(rust, make)
}

/// The hash of what was built in, if the build is complete.
pub(crate) fn built(kernel: &Kernel) -> Option<String> {
    fs::read_to_string(kernel.build.join(DONE)).ok()
}

/// Configures and builds the image, vmlinux and the modules, unless they are there with `content`
/// built in.
pub(crate) fn build(
    kernel: &Kernel,
    variant: Variant,
    rust: &Rust,
    content: &str,
    built: Option<&str>,
) -> Result<()> {
    if built == Some(content) {
        return Ok(());
    }
    begin(kernel, built)?;
    let logs = kernel.build.join("lab-logs");
    fs::create_dir_all(&logs)?;
    let make = |step: &str, targets: &[&str]| -> Result<()> {
        make(kernel, rust, format!("Linux {}: {step}", kernel.package))?
            .args(targets)
            .run_logged(&logs.join(format!("{step}.log")))
    };

    // Not part of the key: a change of what the project builds in must not cost a whole build.
    let own = logs.join("own.config");
    let generation = kernel.generation.number();
    fs::write(
        &own,
        format!("CONFIG_KSERIAL_GENERATION={generation}\nCONFIG_KSERIAL_KUNIT_TEST=y\n"),
    )?;
    if built.is_none() {
        eprintln!("  building Linux {} ({variant}): ten minutes on two cores", kernel.package);
        make("configure", &["tinyconfig"])?;
        let mut fragments = variant.fragments();
        fragments.push(own);
        merge(kernel, &fragments, &logs)?;
        make("olddefconfig", &["olddefconfig"])?;
        make("rustavailable", &["rustavailable"])?;
        config::check(&kernel.build.join(".config"), &fragments)?;
    } else {
        eprintln!("  Linux {}: bringing what is built in up to date", kernel.package);
        merge(kernel, &[own], &logs)?;
        make("olddefconfig", &["olddefconfig"])?;
    }
    make("build", &["bzImage", "vmlinux", "modules"])?;
    check_symbols(kernel, &logs.join("build.log"))?;
    fs::write(kernel.build.join(DONE), content)?;
    Ok(())
}

/// From here to its end the build is none. What an earlier one left that came to no end is linked again:
/// only a link tells whether [kallsyms](check_symbols) has every symbol.
fn begin(kernel: &Kernel, built: Option<&str>) -> Result<()> {
    let gone = if built.is_some() { DONE } else { LINKED };
    match fs::remove_file(kernel.build.join(gone)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {gone} of Linux {}", kernel.package))
        }
        _ => Ok(()),
    }
}

/// That kallsyms has every symbol. One whose name is too long it leaves out with a mere warning, and a
/// stack trace then names another function.
fn check_symbols(kernel: &Kernel, log: &Path) -> Result<()> {
    let text = fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    let left_out = left_out(&text);
    if left_out.is_empty() {
        return Ok(());
    }
    bail!(
        "Linux {}: {} symbols are too long for kallsyms, says {}; shorten the types in them (`cargo \
         xtask prove --no-panic` finds those of the core without a kernel):\n{}",
        kernel.package,
        left_out.len(),
        log.display(),
        left_out.into_iter().collect::<Vec<_>>().join("\n")
    );
}

/// What a build says of symbols that kallsyms leaves out. It links more than once, and each time says
/// the same.
fn left_out(log: &str) -> BTreeSet<&str> {
    log.lines().filter(|line| line.contains("too long for kallsyms")).collect()
}

fn merge(kernel: &Kernel, fragments: &[std::path::PathBuf], logs: &Path) -> Result<()> {
    Tool::new(kernel.source.join("scripts/kconfig/merge_config.sh"))
        .args(["-m".as_ref(), "-O".as_ref(), kernel.build.as_path()])
        .args([kernel.build.join(".config")])
        .args(fragments)
        .dir(&kernel.source)
        .run_logged(&logs.join("merge.log"))
}

fn jobs() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

#[cfg(test)]
mod tests {
    use super::left_out;

    #[test]
    fn a_symbol_that_kallsyms_leaves_out_is_found_once() {
        let link = "  KSYMS   .tmp_vmlinux0.kallsyms.S\n\
                    Symbol _RNvXs1_4core too long for kallsyms (518 >= 512).\n\
                    Please increase KSYM_NAME_LEN both in kernel and kallsyms.c\n";
        let log = [link, link].concat();
        let found: Vec<_> = left_out(&log).into_iter().collect();
        assert_eq!(found, ["Symbol _RNvXs1_4core too long for kallsyms (518 >= 512)."]);
        assert!(left_out("  KSYMS   .tmp_vmlinux1.kallsyms.S\n").is_empty());
    }
}
