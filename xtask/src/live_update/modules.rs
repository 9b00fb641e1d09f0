//! Building the modules of `kernel-bindings/` for a kernel.

use std::path::{Path, PathBuf};

use anyhow::{bail, Result};

use crate::cache;
use crate::kernels::{self, Kernel};
use crate::tool::Tool;

/// Builds the modules, and says in which folder they are. Kbuild knows what is up to date.
pub(crate) fn build(kernel: &Kernel) -> Result<PathBuf> {
    let name = kernel.build.file_name().unwrap_or_default().to_string_lossy();
    let out = cache::folder("modules")?.join(&*name);
    std::fs::create_dir_all(&out)?;
    let _lock = cache::lock(&format!("modules-{name}"))?;
    kernels::make(kernel, format!("modules for Linux {}", kernel.package))?
        .args([
            format!("M={}", cache::checkout().join("kernel-bindings").display()),
            format!("MO={}", out.display()),
        ])
        .run_logged(&cache::folder("logs")?.join(format!("modules-{name}.log")))?;
    cannot_panic(&kernel.build.join("kernel/liveupdate/kserial/kserial.o"))?;
    Ok(out)
}

/// Calls that the core's object may not hold. (What remains are checks of overflow in the standard
/// library's iterators, which the kernel's flags switch on in code that is generic, and copying
/// between slices whose equal lengths the core has just checked.)
const PANICS: [&str; 5] =
    ["panic_bounds_check", "panic_fmt", "unwrap_failed", "expect_failed", "slice_index"];

/// Holds the object against what a core without panics cannot call.
fn cannot_panic(object: &Path) -> Result<()> {
    let undefined = Tool::new("nm").args(["-u".as_ref(), object]).output()?;
    for symbol in undefined.lines() {
        if PANICS.iter().any(|panic| symbol.contains(panic)) {
            bail!("the core can panic in the kernel: {} calls {}", object.display(), symbol.trim());
        }
    }
    Ok(())
}
