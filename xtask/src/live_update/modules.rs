//! Building `kernel-bindings/` for a kernel.

use std::path::PathBuf;

use anyhow::Result;

use crate::cache;
use crate::kernels::{self, Kernel};

/// Which of the two shapes of each record a module is built with.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Generation {
    /// What the older kernel has.
    First,
    /// What the newer kernel has.
    Second,
}

impl Generation {
    fn number(self) -> &'static str {
        match self {
            Self::First => "1",
            Self::Second => "2",
        }
    }
}

/// Builds the modules, and says in which folder they are. Kbuild knows what is up to date.
pub(crate) fn build(kernel: &Kernel, generation: Generation) -> Result<PathBuf> {
    let kernel_name = kernel.build.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{kernel_name}-g{}", generation.number());
    let out = cache::folder("modules")?.join(&name);
    std::fs::create_dir_all(&out)?;
    kernels::make(kernel, format!("modules for Linux {}", kernel.package))?
        .args([
            format!("M={}", cache::checkout().join("kernel-bindings").display()),
            format!("MO={}", out.display()),
            format!("KSERIAL_GENERATION={}", generation.number()),
        ])
        .run_logged(&cache::folder("logs")?.join(format!("modules-{name}.log")))?;
    Ok(out)
}
