//! BTF: of a kernel, of a module that continues it, and of one that brings a distilled base.

use std::sync::Arc;

use bytes::Bytes;
use kserial_cli::btf::{Btf, Shape};

/// Names that the command looks for.
const NAMES: [&str; 6] =
    ["memfd_luo_ser", "luo_file_ser", "kho_vmalloc", "s", "unsigned int", "long"];

/// The first BTF in the bytes, and what follows it as BTF of a module.
pub fn btf(bytes: &[u8]) {
    let (first, second) = bytes.split_at(end(bytes).min(bytes.len()));
    let (first, second) = (Bytes::copy_from_slice(first), Bytes::copy_from_slice(second));
    let kernel = Btf::parse(first.clone(), "kernel").map(Arc::new);
    if let Ok(kernel) = &kernel {
        look(kernel);
        if let Ok(module) = Btf::parse_split(second.clone(), "module", Arc::clone(kernel)) {
            look(&module);
        }
    }
    // The same two as a module and its distilled base.
    for kernel in [None, kernel.ok()] {
        if let Ok(module) = Btf::parse_distilled(second.clone(), first.clone(), "module", kernel) {
            look(&module);
        }
    }
}

/// Where the header says that BTF ends; the new header has its strings last, too.
fn end(bytes: &[u8]) -> usize {
    let word = |at: usize| {
        let bytes = bytes.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let end = || word(4)?.checked_add(word(16)?)?.checked_add(word(20)?);
    end().unwrap_or(bytes.len())
}

fn look(btf: &Btf) {
    for ty in btf.types().take(4096) {
        let _ = (ty.id(), ty.kind(), ty.name(), ty.spelled(), ty.size());
        if let Ok(Shape::Composite(composite)) = ty.shape() {
            let _ = (composite.size(), composite.is_union(), composite.tags());
            for member in composite.members().unwrap_or_default() {
                let _ = (member.ty.shape().is_ok(), member.ty.size());
            }
        }
    }
    for name in NAMES {
        let _ = (btf.named(name).is_ok(), btf.composites(name).is_ok());
        for enumeration in btf.enumerations(name).unwrap_or_default() {
            let _ = (enumeration.values().is_ok(), enumeration.size(), enumeration.signed());
        }
    }
}
