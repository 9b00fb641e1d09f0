//! Which public functions `kserial` has, and which of them the harness calls.
//!
//! Read from the sources: every `pub fn` of a type or a module. The lint `unreachable_pub` sees to
//! it that what is `pub` can be reached. The harness has a function `reach_…` per type or module,
//! and a call counts only where it belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Type, Visibility};

/// What never runs in a kernel, and why.
pub(crate) const LEFT_OUT: [(&str, &str); 3] = [
    ("declare", "constant code that the derive runs while a crate is compiled"),
    ("kho", "host only: the feature `host`"),
    ("luo", "host only: the feature `host`"),
];

/// Public functions by where the harness must call them: `layout` for those of `Layout`, the
/// module's name for those without a type.
pub(super) type Functions = BTreeMap<String, BTreeSet<String>>;

/// The public functions of the core below `src`.
pub(super) fn of_core(src: &Path) -> Result<Functions> {
    let mut found = Functions::new();
    for entry in fs::read_dir(src).with_context(|| src.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) {
            continue;
        }
        if path.is_dir() {
            for (place, names) in of_core(&path)? {
                found.entry(place).or_default().extend(names);
            }
        } else if name.ends_with(".rs") {
            let file = syn::parse_file(&fs::read_to_string(&path)?)
                .with_context(|| path.display().to_string())?;
            let module = name.trim_end_matches(".rs");
            file.items.iter().for_each(|item| collect(item, module, &mut found));
        }
    }
    Ok(found)
}

fn collect(item: &Item, module: &str, found: &mut Functions) {
    match item {
        Item::Fn(function) if is_public(&function.vis) => {
            let name = function.sig.ident.to_string();
            found.entry(module.to_owned()).or_default().insert(name);
        }
        Item::Impl(block) if block.trait_.is_none() && !is_host_only(&block.attrs) => {
            let Type::Path(of) = &*block.self_ty else { return };
            let Some(of) = of.path.segments.last() else { return };
            for item in &block.items {
                if let ImplItem::Fn(function) = item {
                    if is_public(&function.vis) && !is_host_only(&function.attrs) {
                        let place = of.ident.to_string().to_lowercase();
                        found.entry(place).or_default().insert(function.sig.ident.to_string());
                    }
                }
            }
        }
        _ => {}
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_host_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// What each `reach_…` of the harness calls.
pub(super) fn of_harness(source: &Path) -> Result<Functions> {
    calls(&fs::read_to_string(source)?).with_context(|| source.display().to_string())
}

fn calls(source: &str) -> Result<Functions> {
    let mut calls = Calls::default();
    calls.visit_file(&syn::parse_file(source)?);
    Ok(calls.found)
}

#[derive(Default)]
struct Calls {
    found: Functions,
    within: String,
    /// Parameters and variables of the function, by whose names nothing is called.
    local: BTreeSet<String>,
}

impl Calls {
    fn add(&mut self, name: &syn::Ident) {
        self.found.entry(self.within.clone()).or_default().insert(name.to_string());
    }

    /// A function may be passed on by its name, too.
    fn add_named(&mut self, expression: &syn::Expr) {
        let syn::Expr::Path(path) = expression else { return };
        let is_local = path.path.get_ident().is_some_and(|n| self.local.contains(&n.to_string()));
        if let (false, Some(last)) = (is_local, path.path.segments.last()) {
            self.add(&last.ident);
        }
    }
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let name = function.sig.ident.to_string();
        self.within = name.strip_prefix("reach_").unwrap_or(&name).to_owned();
        let mut bound = Bound::default();
        bound.visit_item_fn(function);
        self.local = bound.0;
        visit::visit_item_fn(self, function);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.add(&call.method);
        call.args.iter().for_each(|argument| self.add_named(argument));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        self.add_named(&call.func);
        call.args.iter().for_each(|argument| self.add_named(argument));
        visit::visit_expr_call(self, call);
    }
}

/// Every name that a pattern binds.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bound_is_not_called() {
        let found = calls(
            "fn reach_it(size: &Size, (a, mut row): (u8, u8)) {
                let table = size;
                let free = number;
                see((size.bytes(), |left| left, row.rows));
                taken(size, table, a, passed_on, module::also);
                module::rewrite(row);
            }",
        );
        let found = found.map(|found| found.into_values().flatten().collect::<Vec<_>>());
        let called = ["also", "bytes", "passed_on", "rewrite", "see", "taken"].map(str::to_owned);
        assert_eq!(found.ok(), Some(called.to_vec()));
    }
}
