//! No panic machinery: object code of the core that has no way to panic.
//!
//! `tests/no-panic` reaches every public function. It is built as a kernel would build it, but
//! without link-time optimisation and with overflow checks, which hide nothing and add panics. Then
//! its object code and that of what it uses, down to Rust's own `core` as the toolchain brings it, is
//! searched, section by section: from the harness and the core along every relocation. A symbol of the
//! panic machinery at the end of such a path is a panic that some input may reach; what else may stand
//! there is [listed](HARMLESS). That the search finds any is shown by a control that must be found.
//!
//! Built again for size, as small kernels are, it shows how long its symbols are: what is not inlined
//! has a [name](names).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{ensure, Context, Result};
use object::read::archive::ArchiveFile;
use object::{Object, ObjectSection, ObjectSymbol, RelocationTarget};
use rustc_demangle::demangle;
use serde::Serialize;
use serde_json::Value;

use super::{names, public};
use crate::cache;
use crate::tool::Tool;

/// The crates that are built here, and whose object code is searched.
const CRATES: [&str; 3] = ["kserial_no_panic", "kserial", "zerocopy"];
/// What may end a path without having been searched: what compilers take for granted, in C or in
/// assembly.
const HARMLESS: [&str; 5] = ["bcmp", "memcmp", "memcpy", "memmove", "memset"];
/// The function that does panic.
const CONTROL: &str = "kserial_no_panic::control";

/// What is kept of a run.
#[derive(Serialize)]
struct Report<'g> {
    /// Public functions that the harness reaches.
    functions: usize,
    /// Sections of object code that were searched.
    sections: usize,
    /// Ways to a panic, from the outermost function on.
    panics: Vec<&'g Vec<String>>,
    /// The same, to the panic that must be found.
    control: Vec<&'g Vec<String>>,
    /// What else ends a path.
    ends: Vec<&'g String>,
    /// Bytes of the longest symbol, mangled as kernels do it.
    longest_name: usize,
}

pub(super) fn run() -> Result<()> {
    let functions = check_list()?;
    let mut graph = Graph::default();
    for library in build("no-panic", "3", "")? {
        graph.add_library(&library)?;
    }
    graph.add_library(&rusts_core()?)?;
    let panics = graph.panics();
    let (control, real): (Vec<_>, Vec<_>) =
        panics.iter().partition(|panic| panic.path.iter().any(|name| name.starts_with(CONTROL)));
    ensure!(!control.is_empty(), "the search does not find the panic of `{CONTROL}`");
    for panic in &real {
        println!("{}", panic.path.join("\n  → "));
    }
    let ends: Vec<&String> = graph.ends.keys().collect();
    for (_, path) in graph.ends.iter().filter(|(name, _)| !HARMLESS.contains(&name.as_str())) {
        println!("not searched, nor known to be harmless: {}", path.join("\n  → "));
    }
    println!(
        "{functions} public functions reached, {} sections of object code searched, {} panics \
         (and the control); not searched: {ends:?}",
        graph.seen,
        real.len()
    );
    let longest_name = longest_name()?;
    println!("the longest symbol has {longest_name} bytes");
    let report = Report {
        functions,
        sections: graph.seen,
        panics: real.iter().map(|panic| &panic.path).collect(),
        control: control.iter().map(|panic| &panic.path).collect(),
        ends: ends.clone(),
        longest_name,
    };
    let json = cache::folder("prove")?.join("no-panic.json");
    fs::write(&json, serde_json::to_vec_pretty(&report)?)?;
    println!("JSON: {}", json.display());
    ensure!(real.is_empty(), "{} ways to a panic in the core's object code", real.len());
    ensure!(
        ends.iter().all(|name| HARMLESS.contains(&name.as_str())),
        "a path in the core's object code ends where nobody looked"
    );
    Ok(())
}

/// That the harness calls every public function; how many there are.
fn check_list() -> Result<usize> {
    let core = public::of_core(&cache::checkout().join("kserial/src"))?;
    let harness = public::of_harness(&cache::checkout().join("tests/no-panic/src/lib.rs"))?;
    let none = BTreeSet::new();
    let mut missing = Vec::new();
    for (place, names) in &core {
        let called = harness.get(place).unwrap_or(&none);
        let alone = harness.get(&format!("{place}_alone")).unwrap_or(&none);
        for name in names.iter().filter(|name| !called.contains(*name) && !alone.contains(*name)) {
            missing.push(format!("reach_{place} does not call `{name}`"));
        }
    }
    ensure!(missing.is_empty(), "tests/no-panic misses public functions:\n{}", missing.join("\n"));
    Ok(core.values().map(BTreeSet::len).sum())
}

/// Bytes of the longest symbol, mangled as kernels do it.
fn longest_name() -> Result<usize> {
    names::longest(&build("names", "s", "-C symbol-mangling-version=v0")?)
}

/// Builds the harness; the libraries of [`CRATES`].
fn build(folder: &str, opt_level: &str, flags: &str) -> Result<Vec<PathBuf>> {
    let built = Tool::cargo()
        .args(["build", "--quiet", "--release", "--package", "kserial-no-panic"])
        .args(["--target-dir".as_ref(), cache::target(folder).as_path()])
        .args(["--message-format", "json"])
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true")
        .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", opt_level)
        .env("RUSTFLAGS", flags)
        .dir(cache::checkout())
        .what("building the harness")
        .output()?;
    CRATES.iter().map(|name| library(&built, name)).collect()
}

/// The library of a crate, of what cargo says it has built.
fn library(built: &str, name: &str) -> Result<PathBuf> {
    let messages = built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_crate = messages.filter(|message| message["target"]["name"] == name);
    let files: Vec<Value> =
        of_crate.filter_map(|message| message["filenames"].as_array().cloned()).flatten().collect();
    let library = files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib"));
    library.map(PathBuf::from).with_context(|| format!("cargo built no library of {name}"))
}

/// Rust's own `core`.
fn rusts_core() -> Result<PathBuf> {
    let rustc = Tool::new("rustc").args(["--print", "target-libdir"]).dir(cache::checkout());
    let libraries = fs::read_dir(rustc.output()?.trim())?.collect::<Result<Vec<_>, _>>()?;
    let mut paths = libraries.into_iter().map(|library| library.path());
    let is_core = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    };
    paths.find(is_core).context("the toolchain has no library of `core`")
}

/// Shows every object of a library.
pub(super) fn each_object(
    library: &Path,
    mut show: impl FnMut(&object::File<'_>) -> Result<()>,
) -> Result<()> {
    let bytes = fs::read(library)?;
    let archive = ArchiveFile::parse(&*bytes).with_context(|| library.display().to_string())?;
    let mut objects = 0;
    for member in archive.members() {
        let member = member?;
        if member.name().ends_with(b".o") {
            show(&object::File::parse(member.data(&*bytes)?)?)?;
            objects += 1;
        }
    }
    ensure!(objects > 0, "{} holds no object code", library.display());
    Ok(())
}

/// Sections of object code, each with the symbols that it refers to.
#[derive(Default)]
struct Graph {
    sections: Vec<Vec<Reference>>,
    /// Which section a symbol is defined in.
    defined: BTreeMap<String, usize>,
    /// Sections from which a search begins, and the symbol that is defined there.
    roots: Vec<(usize, String)>,
    seen: usize,
    /// What is not searched and no panic by its name, and a way there.
    ends: BTreeMap<String, Vec<String>>,
}

/// What a relocation points to.
#[derive(Clone)]
enum Reference {
    Symbol(String),
    Section(usize),
}

/// A way to the panic machinery.
struct Panic {
    /// From a root to the symbol that panics, names demangled.
    path: Vec<String>,
}

impl Graph {
    fn add_library(&mut self, path: &Path) -> Result<()> {
        each_object(path, |file| self.add_object(file))
    }

    fn add_object(&mut self, file: &object::File<'_>) -> Result<()> {
        let first = self.sections.len();
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for (n, section) in file.sections().enumerate() {
            numbers.insert(section.index().0, first + n);
        }
        for symbol in file.symbols().filter(|symbol| !symbol.is_undefined()) {
            let section = symbol.section_index().and_then(|index| numbers.get(&index.0));
            let (Some(section), Ok(name)) = (section, symbol.name()) else { continue };
            if name.is_empty() {
                continue;
            }
            self.defined.insert(name.to_owned(), *section);
            let plain = format!("{:#}", demangle(name));
            // What the derive's constant code is made of runs while a crate is compiled.
            if symbol.is_global() && !plain.contains("kserial::declare") && is_ours(&plain) {
                self.roots.push((*section, plain));
            }
        }
        for section in file.sections() {
            let debug = section.name().is_ok_and(|name| name.starts_with(".debug"));
            let mut references = Vec::new();
            for (_, relocation) in section.relocations().filter(|_| !debug) {
                let RelocationTarget::Symbol(index) = relocation.target() else { continue };
                let symbol = file.symbol_by_index(index)?;
                let name = symbol.name().unwrap_or_default();
                let local = symbol.section_index().and_then(|index| numbers.get(&index.0));
                match (name.is_empty(), local) {
                    (_, Some(section)) => references.push(Reference::Section(*section)),
                    (false, None) => references.push(Reference::Symbol(name.to_owned())),
                    (true, None) => {}
                }
            }
            self.sections.push(references);
        }
        Ok(())
    }

    /// The shortest way from each root to each panic that can be reached from it; of several roots
    /// with one last step, the first.
    fn panics(&mut self) -> Vec<Panic> {
        let mut found: BTreeMap<(usize, String), Panic> = BTreeMap::new();
        let mut all_seen = BTreeSet::new();
        for (root, name) in self.roots.clone() {
            let mut seen = BTreeSet::from([root]);
            let mut queue = VecDeque::from([(root, vec![name])]);
            while let Some((section, path)) = queue.pop_front() {
                for reference in &self.sections[section] {
                    let (next, name) = match reference {
                        Reference::Section(next) => (Some(*next), self.name_of(*next)),
                        Reference::Symbol(name) => {
                            (self.defined.get(name).copied(), format!("{:#}", demangle(name)))
                        }
                    };
                    let further = [path.as_slice(), std::slice::from_ref(&name)].concat();
                    match next {
                        _ if is_panic(&name) => {
                            found.entry((section, name)).or_insert(Panic { path: further });
                        }
                        Some(next) if seen.insert(next) => queue.push_back((next, further)),
                        Some(_) => {}
                        None => {
                            self.ends.entry(name).or_insert(further);
                        }
                    }
                }
            }
            all_seen.extend(seen);
        }
        self.seen = all_seen.len();
        found.into_values().collect()
    }

    fn name_of(&self, section: usize) -> String {
        let defined = self.defined.iter().find(|(_, at)| **at == section);
        defined.map_or("(data)".to_owned(), |(name, _)| format!("{:#}", demangle(name)))
    }
}

fn is_ours(name: &str) -> bool {
    name.contains("kserial")
}

/// Whether a symbol belongs to the panic machinery of `core`. (The harness is named after it.)
fn is_panic(name: &str) -> bool {
    let signs = ["panic", "unwrap_failed", "expect_failed", "_fail", "index_fail", "handle_error"];
    !is_ours(name) && signs.iter().any(|sign| name.contains(sign))
}
