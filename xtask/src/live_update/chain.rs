//! Chains: which kernel each stage boots.

use std::path::PathBuf;

use anyhow::Result;

use super::modules;
use crate::kernels::{Kernel, Variant};

/// What one stage boots.
#[derive(Clone)]
pub(crate) struct Stage<'a> {
    /// The kernel.
    pub(crate) kernel: &'a Kernel,
    /// The folder of its modules.
    pub(crate) modules: PathBuf,
}

impl<'a> Stage<'a> {
    /// Builds the kernel's modules.
    pub(crate) fn prepare(kernel: &'a Kernel) -> Result<Self> {
        Ok(Self { kernel, modules: modules::build(kernel)? })
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

    /// Whether there is one update, between kernels of these configurations.
    pub(crate) fn leads(&self, from: Variant, to: Variant) -> bool {
        matches!(self.0.as_slice(), [old, new] if (old.kernel.variant, new.kernel.variant) == (from, to))
    }

    /// Whether the first update leads from one shape of the records to another.
    pub(crate) fn changes_shape(&self) -> bool {
        let shape = |stage: &Stage<'_>| stage.kernel.generation;
        matches!(self.0.as_slice(), [first, second, ..] if shape(first) != shape(second))
    }

    /// Whether the first update leads from the newer shape of the records to the older.
    pub(crate) fn rolls_back(&self) -> bool {
        let shape = |stage: &Stage<'_>| stage.kernel.generation;
        matches!(self.0.as_slice(), [first, second, ..] if shape(first) > shape(second))
    }
}
