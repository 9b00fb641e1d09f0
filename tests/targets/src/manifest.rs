//! JSON: what a manifest says is preserved, and dumps that become memory again.

use std::sync::LazyLock;

use kserial_cli::dump::rebuild;
use kserial_cli::in_use::manifest as manifests;
use kserial_cli::judge::Verdict;
use kserial_cli::kernel::Kernel;

/// Two releases of which one has what the other lacks.
static LINUX: LazyLock<Option<(Kernel, Kernel)>> =
    LazyLock::new(|| Some((Kernel::of_linux("7.3").ok()?, Kernel::of_linux("7.2").ok()?)));

/// Reads the bytes as a manifest, and as the JSON of a dump.
pub fn manifest(bytes: &[u8]) {
    if manifests::is_one(bytes) {
        match manifests::read(bytes) {
            Ok(in_use) => {
                let Some((writer, reader)) = &*LINUX else { panic!("the catalogue has no 7.2") };
                let mut verdict = Verdict::of(writer, reader);
                in_use.answer(writer, reader, &mut verdict);
            }
            Err(error) => assert!(error.to_string().len() > 12, "{error}"),
        }
    }
    match rebuild::memory(bytes) {
        Ok((memory, pages)) => crate::handover::read(memory, pages),
        Err(error) => assert!(error.to_string().len() > 8, "{error}"),
    }
}
