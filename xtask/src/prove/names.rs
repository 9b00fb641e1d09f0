//! Names that a kernel keeps: no symbol of the core is longer than its table of symbols allows.
//!
//! The mangled name of a generic function spells out its types, and that of an iterator every adaptor
//! that it is made of. A kernel takes 511 bytes; what is longer it leaves out of kallsyms, with a
//! warning in its build, and a stack trace then names another function.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{ensure, Result};
use object::{Object, ObjectSymbol};
use rustc_demangle::demangle;

use super::no_panic::each_object;

/// `KSYM_NAME_LEN`: what a name has to be shorter than.
const ROOM: usize = 512;

/// The length of the longest name that the libraries define.
///
/// # Errors
/// When a kernel would leave one out.
pub(super) fn longest(libraries: &[PathBuf]) -> Result<usize> {
    let mut names = BTreeSet::new();
    for library in libraries {
        each_object(library, |file| {
            let defined = file.symbols().filter(|symbol| !symbol.is_undefined());
            names.extend(defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)));
            Ok(())
        })?;
    }
    let of_core = |name: &String| name.starts_with("_R") && name.contains("7kserial");
    ensure!(names.iter().any(of_core), "no symbol of the core is mangled as kernels do it");
    let too_long: Vec<_> = names.iter().filter(|name| name.len() >= ROOM).collect();
    for name in &too_long {
        println!("{} bytes: {:#}\n  {name}", name.len(), demangle(name));
    }
    ensure!(
        too_long.is_empty(),
        "{} symbols have more than the {} bytes that a kernel takes: give the iterator in them one \
         short type, with `core::iter::from_fn` around its chain, or write a loop",
        too_long.len(),
        ROOM - 1
    );
    Ok(names.iter().map(String::len).max().unwrap_or(0))
}
