//! What a SOURCE stands for: a kernel, its modules, or both.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::btf::Btf;

use super::binary::{Binary, Role};
use super::config::Config;
use super::directory;
use super::error::{Place, Problem, SourceError};
use super::modules::{Kept, Modules};
use super::running::Running;

/// A kernel, its modules, or both.
#[derive(Debug)]
pub struct Kernel {
    place: Place,
    binary: Option<Binary>,
    modules: Modules,
    cmdline: Option<String>,
    btf: OnceLock<Option<Arc<Btf>>>,
}

impl Kernel {
    /// Opens a file or a directory.
    ///
    /// A file is a kernel, a module (then it is the only one of a kernel that is not given), an ELF
    /// program, or raw BTF. Below a directory there is one kernel, or modules, or both; a
    /// configuration beside the kernel or in a module belongs to it, unless it carries its own.
    ///
    /// # Errors
    ///
    /// If something cannot be read, is nothing of these, or is damaged; in a directory, also if
    /// there are several kernels or nothing at all. Modules are opened by
    /// [`scan`](Modules::scan).
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let place = Place::file(path);
        let meta = fs::metadata(path).map_err(|error| place.error(Problem::Io(error)))?;
        if meta.is_dir() {
            return Self::open_directory(path);
        }
        let binary = Binary::open(path)?;
        Ok(match binary.role() {
            Role::Module { .. } => Self::new(place, None, Kept::Live(vec![binary])),
            _ => Self::new(place, Some(binary), Kept::default()),
        })
    }

    /// The kernel that runs, as it shows itself in `/sys` and `/proc`.
    ///
    /// Its text is known only if the image that it was started from is found, which the build ID
    /// proves.
    ///
    /// # Errors
    ///
    /// If something that is there cannot be read, or the kernel shows no notes.
    pub fn running() -> Result<Self, SourceError> {
        let page_size = u32::try_from(rustix::param::page_size()).ok();
        Self::running_below(Path::new("/"), page_size)
    }

    /// As [`Kernel::running`], with `/sys`, `/proc` and `/boot` below a directory.
    ///
    /// # Errors
    ///
    /// As [`Kernel::running`].
    pub fn running_below(root: &Path, page_size: Option<u32>) -> Result<Self, SourceError> {
        let Running { kernel, modules, cmdline } = Running::read(root, page_size)?;
        let place = kernel.place().clone();
        Ok(Kernel { cmdline, ..Self::new(place, Some(kernel), Kept::Live(modules)) })
    }

    fn open_directory(root: &Path) -> Result<Self, SourceError> {
        let found = directory::search(root)?;
        let mut binary = found.kernel.as_deref().map(Binary::open).transpose()?;
        if let Some(binary) = binary.as_mut().filter(|binary| binary.config.is_none()) {
            let config = match config_beside(binary, root)? {
                None => config_module(&found.modules)?,
                config => config,
            };
            config.into_iter().for_each(|config| binary.give_config(config));
        }
        Ok(Self::new(Place::file(root), binary, Kept::Files(found.modules)))
    }

    fn new(place: Place, binary: Option<Binary>, modules: Kept) -> Self {
        let modules = Modules(modules);
        Kernel { place, binary, modules, cmdline: None, btf: OnceLock::new() }
    }

    /// Takes `config` for the kernel's, unless it carries its own.
    pub fn give_config(&mut self, config: &Config) {
        if let Some(binary) = self.binary.as_mut().filter(|binary| binary.config.is_none()) {
            binary.give_config(config.clone());
        }
    }

    /// The file or directory, or the running kernel.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The kernel itself; none where only modules were given.
    #[must_use]
    pub fn binary(&self) -> Option<&Binary> {
        self.binary.as_ref()
    }

    /// The modules: loadable, or for a running kernel those that are loaded.
    #[must_use]
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// The command line that the kernel was started with, if it runs.
    #[must_use]
    pub fn cmdline(&self) -> Option<&str> {
        self.cmdline.as_deref()
    }

    /// The BTF of the kernel itself, if it has any; read once. Modules need it for theirs.
    ///
    /// # Errors
    ///
    /// As [`Binary::btf`].
    pub fn btf(&self) -> Result<Option<&Arc<Btf>>, SourceError> {
        if let Some(btf) = self.btf.get() {
            return Ok(btf.as_ref());
        }
        let btf = match &self.binary {
            Some(binary) => binary.btf(None)?.map(Arc::new),
            None => None,
        };
        Ok(self.btf.get_or_init(|| btf).as_ref())
    }
}

/// The configuration in a file beside a kernel.
fn config_beside(kernel: &Binary, root: &Path) -> Result<Option<Config>, SourceError> {
    let folder = kernel.place().path.parent().unwrap_or(root);
    let mut names = vec![PathBuf::from(".config"), PathBuf::from("config")];
    if let Some(release) = &kernel.identity().release {
        names.insert(0, format!("config-{release}").into());
    }
    for name in names {
        let path = folder.join(name);
        if path.is_file() {
            return Config::read(&path).map(Some);
        }
    }
    Ok(None)
}

/// The configuration in the module that holds it where `CONFIG_IKCONFIG` is `m`.
fn config_module(modules: &[PathBuf]) -> Result<Option<Config>, SourceError> {
    let is_configs = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("configs.ko"))
    };
    match modules.iter().find(is_configs) {
        Some(path) => Ok(Binary::open(path)?.config),
        None => Ok(None),
    }
}
