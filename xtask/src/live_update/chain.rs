//! Chains: which kernel each stage boots, with which shape of each record.

use std::path::PathBuf;

use anyhow::Result;

use super::modules::{self, Generation};
use crate::kernels::Kernel;

/// What one stage boots.
#[derive(Clone)]
pub(crate) struct Stage<'a> {
    /// The kernel.
    pub(crate) kernel: &'a Kernel,
    /// The shape of its records.
    pub(crate) generation: Generation,
    /// The folder of its modules.
    pub(crate) modules: PathBuf,
}

impl<'a> Stage<'a> {
    /// Builds the modules of the generation for the kernel.
    pub(crate) fn prepare(kernel: &'a Kernel, generation: Generation) -> Result<Self> {
        Ok(Self { kernel, generation, modules: modules::build(kernel, generation)? })
    }
}

/// The stages of a run, in order.
pub(crate) struct Chain<'a>(pub(crate) Vec<Stage<'a>>);

impl Chain<'_> {
    /// Such as `7.2→7.3`.
    pub(crate) fn name(&self) -> String {
        self.0.iter().map(|stage| stage.kernel.minor.as_str()).collect::<Vec<_>>().join("→")
    }

    /// The same for names of files.
    pub(crate) fn file_name(&self) -> String {
        self.name().replace('→', "-")
    }

    /// How many stages there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the first update leads from the newer shape of the records to the older.
    pub(crate) fn rolls_back(&self) -> bool {
        matches!(self.0.as_slice(), [first, second, ..] if first.generation > second.generation)
    }
}
