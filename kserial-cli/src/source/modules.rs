//! A kernel's modules, many thousands perhaps, looked at one by one.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

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
            Kept::Files(paths) => in_parallel(paths, |path: &Path| match Binary::open(path) {
                Ok(module) => look(Ok(&module)),
                Err(error) => look(Err(error)),
            }),
        }
    }
}

fn in_parallel<T: Send>(paths: &[PathBuf], look: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(paths.len()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = paths.get(index) else { break };
                let seen = look(path);
                found.lock().unwrap_or_else(PoisonError::into_inner).push((index, seen));
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_unstable_by_key(|&(index, _)| index);
    found.into_iter().map(|(_, seen)| seen).collect()
}
