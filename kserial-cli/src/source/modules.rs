//! A kernel's modules, many thousands perhaps, looked at one by one.

use std::path::PathBuf;

use rayon::prelude::*;

use super::binary::Binary;
use super::error::SourceError;

/// The modules of a kernel, in a stable order.
#[derive(Debug, Default)]
pub struct Modules(pub(super) Kept);

/// Modules in files are opened when they are looked at, and dropped then: together they are larger
/// than the kernel.
#[derive(Debug)]
pub(super) enum Kept {
    Files(Vec<PathBuf>),
    Live(Vec<Binary>),
}

impl Default for Kept {
    fn default() -> Self {
        Kept::Files(Vec::new())
    }
}

impl Modules {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Files(paths) => paths.len(),
            Kept::Live(modules) => modules.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The files of the modules; none for those of the running kernel.
    #[must_use]
    pub fn paths(&self) -> &[PathBuf] {
        match &self.0 {
            Kept::Files(paths) => paths,
            Kept::Live(_) => &[],
        }
    }

    /// Opens each module, shows it, and gathers what the look at it yields, in the modules' order.
    /// Several are looked at in parallel.
    ///
    /// One that could not be opened is shown as its error: whoever looks must not pass over it.
    pub fn scan<T: Send>(&self, look: impl Fn(Result<&Binary, SourceError>) -> T + Sync) -> Vec<T> {
        match &self.0 {
            Kept::Live(modules) => modules.iter().map(|module| look(Ok(module))).collect(),
            Kept::Files(paths) => {
                let look = |path: &PathBuf| match Binary::open(path) {
                    Ok(module) => look(Ok(&module)),
                    Err(error) => look(Err(error)),
                };
                paths.par_iter().map(look).collect()
            }
        }
    }
}
