//! From what was read to what it means: bytes become a [`Kernel`].
//!
//! Version strings select components of the catalogue, BTF states their structs as this kernel has
//! them, the catalogue gives the members their IDs, notes declare records. Each fact keeps how it is
//! known. What could not be read is noted as unread, never passed over.

mod config;
mod notes;
mod open;
mod strings;
mod structs;

pub use open::{open, open_with, OpenError};

use std::fmt::Write as _;
use std::sync::Arc;

use crate::btf::Btf;
use crate::catalogue::{CatalogueError, Known};
use crate::kernel::{Component, Declared, Evidence, Identity, Kernel, Scope, Unread};
use crate::source::{self, Binary, Role};

/// What one file says.
#[derive(Default)]
struct Facts {
    components: Vec<Component>,
    records: Vec<Declared>,
    unread: Vec<Unread>,
    /// A running module whose file is not at hand: what it writes and accepts is not known.
    has_no_text: bool,
}

/// The kernel that these bytes are.
///
/// # Errors
/// Where the built-in catalogue is broken.
pub fn of_source(name: &str, source: &source::Kernel) -> Result<Kernel, CatalogueError> {
    let known = Known::load()?;
    let mut kernel = Kernel::new(Identity { name: name.to_owned(), ..Identity::default() });
    kernel.cmdline = source.cmdline().map(str::to_owned);
    let btf = match source.btf() {
        Ok(btf) => btf.cloned(),
        Err(error) => {
            kernel.unread.push(Unread::of(&error));
            None
        }
    };
    // What runs is known by its command line, too; its configuration is its own, wherever it lies.
    let is_running = source.cmdline().is_some();
    if let Some(binary) = source.binary() {
        kernel.identity = identity(name, binary);
        let facts = look(binary, btf.as_ref(), &known, &mut kernel);
        take(&mut kernel, facts);
        match binary.config() {
            Some(own) if own.place.path == binary.place().path || is_running => {
                config::own(&mut kernel, own);
            }
            Some(beside) => config::give(&mut kernel, beside),
            None => {}
        }
    }
    of_modules(source, btf.as_ref(), &known, &mut kernel);
    kernel.components.sort_by_key(|component| component.part);
    Ok(kernel)
}

impl Unread {
    fn of(error: &source::SourceError) -> Self {
        Self { what: short(&error.place), why: why(error) }
    }
}

/// The place without the folders above the file: reports must not depend on where it lay.
fn short(place: &source::Place) -> String {
    match place.path.file_name() {
        Some(name) => source::Place { path: name.into(), ..place.clone() }.to_string(),
        None => place.to_string(),
    }
}

fn why(error: &source::SourceError) -> String {
    let text = error.to_string();
    match text.strip_prefix(&format!("{}: ", error.place)) {
        Some(why) => why.to_owned(),
        None => text,
    }
}

fn look(binary: &Binary, btf: Option<&Arc<Btf>>, known: &Known, kernel: &mut Kernel) -> Facts {
    let mut facts = Facts::default();
    notes::declared(binary, &mut facts);
    match strings::find(binary, known) {
        Ok(found) => {
            let is_kernel = *binary.role() == Role::Kernel;
            facts.components = found.components(known, is_kernel);
            if is_kernel {
                let huge = found.has("transparent_hugepage=");
                kernel.config.note("TRANSPARENT_HUGEPAGE", huge, Evidence::StringAlone);
            }
        }
        // Types alone have no strings; a kernel that runs shows none unless its image is found.
        Err(_) if btf.is_some() => {
            kernel.identity.scope = Scope::Types;
            facts.components = structs::present(btf, known);
        }
        Err(error) => facts.unread.push(Unread::of(&error)),
    }
    let page_size = kernel.identity.page_size;
    structs::fill(&mut facts, btf.map(Arc::as_ref), page_size, known);
    facts
}

fn of_modules(source: &source::Kernel, btf: Option<&Arc<Btf>>, known: &Known, kernel: &mut Kernel) {
    let modules = source.modules();
    let looked = modules.scan(|module| match module {
        Ok(module) => {
            let name = match module.role() {
                Role::Module { name } => name.clone(),
                _ => short(module.place()),
            };
            (Some(name), look_at_module(module, btf, known), identity("", module))
        }
        Err(error) => {
            let facts = Facts { unread: vec![Unread::of(&error)], ..Facts::default() };
            (None, facts, Identity::default())
        }
    });
    let is_running = source.cmdline().is_some();
    if is_running {
        kernel.loaded = Some(looked.iter().filter_map(|(name, ..)| name.clone()).collect());
    }
    let without_text = looked.iter().filter(|(_, facts, _)| facts.has_no_text);
    let without_text: Vec<_> = without_text.filter_map(|(name, ..)| name.as_deref()).collect();
    if !without_text.is_empty() {
        kernel.unread.push(no_text(&without_text));
    }
    let alone = source.binary().is_none() && looked.len() == 1;
    for (module, mut facts, identity) in looked {
        if alone {
            kernel.identity = Identity { name: kernel.identity.name.clone(), ..identity };
        }
        facts.components.iter_mut().for_each(|component| component.module.clone_from(&module));
        facts.records.iter_mut().for_each(|record| record.module.clone_from(&module));
        take(kernel, facts);
    }
}

fn look_at_module(module: &Binary, btf: Option<&Arc<Btf>>, known: &Known) -> Facts {
    let mut facts = Facts::default();
    notes::declared(module, &mut facts);
    match strings::find(module, known) {
        Ok(found) => facts.components = found.components(known, false),
        Err(error) if matches!(error.problem, source::Problem::NoText) => facts.has_no_text = true,
        Err(error) => facts.unread.push(Unread::of(&error)),
    }
    if !facts.components.is_empty() {
        match module.btf(btf) {
            Ok(own) => structs::fill(&mut facts, own.as_ref(), None, known),
            Err(error) => facts.unread.push(Unread::of(&error)),
        }
    }
    facts
}

/// Modules of a running kernel that are seen by their notes alone.
fn no_text(modules: &[&str]) -> Unread {
    let (named, more) = modules.split_at(modules.len().min(8));
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Unread {
        what: "loaded modules".to_owned(),
        why: format!(
            "below lib/modules of this release no file has the build ID of {}{more}: which file \
             handlers they hold is not known; give the kernel and its modules as files",
            named.join(", ")
        ),
    }
}

fn take(kernel: &mut Kernel, facts: Facts) {
    for component in facts.components {
        // What is built in registers first and writes; a module can only add a version to be read.
        let own = || kernel.components.iter().filter(|own| own.name == component.name);
        let is_new = |string: &String| !own().any(|own| own.accepts.contains(string));
        let adds = component.module.is_some() && component.accepts.iter().any(is_new);
        if adds || own().next().is_none() {
            kernel.components.push(component);
        }
    }
    kernel.records.extend(facts.records);
    kernel.unread.extend(facts.unread);
}

fn identity(name: &str, binary: &Binary) -> Identity {
    let told = binary.identity();
    Identity {
        name: name.to_owned(),
        scope: match binary.role() {
            Role::Kernel => Scope::Kernel,
            Role::Btf => Scope::Types,
            Role::Module { .. } | Role::Program => Scope::Objects,
        },
        release: told.release.clone(),
        arch: told.architecture.map(|machine| machine.to_string()),
        page_size: told.page_size,
        sha256: binary.sha256().map(|sum| hex(&sum)),
        build_id: told.build_id.as_deref().map(hex),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memfd(version: &str, module: Option<&str>) -> Facts {
        let known = Kernel::of_linux("7.3").unwrap_or_else(|error| panic!("{error}"));
        let component = known.component("memfd").cloned().unwrap_or_else(|| panic!("no memfd"));
        let strings = vec![version.to_owned()];
        let (writes, accepts) = (strings.clone(), strings);
        let module = module.map(str::to_owned);
        Facts {
            components: vec![Component { writes, accepts, module, ..component }],
            ..Facts::default()
        }
    }

    #[test]
    fn a_module_adds_versions_and_what_is_built_in_stays_first() {
        let mut kernel = Kernel::new(Identity::default());
        take(&mut kernel, memfd("memfd-v2", None));
        take(&mut kernel, memfd("memfd-v2", Some("same")));
        take(&mut kernel, memfd("memfd-v3", Some("newer")));
        let found: Vec<_> =
            kernel.components.iter().map(|c| (c.writes.concat(), c.module.as_deref())).collect();
        assert_eq!(found, [("memfd-v2".into(), None), ("memfd-v3".into(), Some("newer"))]);
    }
}
