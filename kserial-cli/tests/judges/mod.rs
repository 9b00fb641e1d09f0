//! Tools that were written by others, asked the same questions as our reader.

pub(crate) mod bpftool;
pub(crate) mod pahole;

use std::io::Write;
use std::sync::Arc;

use kserial_cli::btf::Btf;
use kserial_cli::source::{Binary, Kernel, Role};
use tempfile::NamedTempFile;

/// A kernel's or a module's BTF, and the same in a file for the judges.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) btf: Arc<Btf>,
    pub(crate) file: NamedTempFile,
}

impl Case {
    /// A kernel's.
    pub(crate) fn of(kernel: &Kernel) -> Self {
        let binary = kernel.binary().expect("a kernel");
        let btf = kernel.btf().unwrap_or_else(|e| panic!("{e}")).expect("BTF").clone();
        let name = binary.identity().release.clone();
        let name = name.unwrap_or_else(|| binary.place().to_string());
        Case { name, btf, file: file(binary) }
    }

    /// A module's, which must be of the same build as the kernel.
    pub(crate) fn of_module(module: &Binary, kernel: &Case) -> Option<Self> {
        let Role::Module { name } = module.role() else { panic!("{} no module", module.place()) };
        let btf = module.btf(Some(&kernel.btf)).unwrap_or_else(|e| panic!("{e}"))?;
        Some(Case { name: name.clone(), btf: Arc::new(btf), file: file(module) })
    }
}

fn file(binary: &Binary) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(binary.btf_bytes().expect("BTF")).expect("room for the BTF");
    file
}
