//! Tools that were written by others, asked the same questions as our reader.

pub mod bpftool;
pub mod pahole;

use std::env;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use kserial_cli::btf::Btf;
use kserial_cli::source::Binary;

/// Stock kernels: those that `KSERIAL_STOCK` names (separated by colons), or all that
/// `cargo xtask stock` has fetched.
pub fn stock_kernels() -> Vec<PathBuf> {
    if let Some(paths) = env::var_os("KSERIAL_STOCK") {
        return env::split_paths(&paths).collect();
    }
    let cache = env::var_os("KSERIAL_CACHE").map(PathBuf::from).or_else(|| {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        Some(
            cache
                .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")))?
                .join("kserial"),
        )
    });
    let stock = cache.expect("a home").join("stock");
    let mut packages: Vec<PathBuf> = fs::read_dir(&stock)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask stock`", stock.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    packages.sort();
    assert!(!packages.is_empty(), "{} is empty; run `cargo xtask stock`", stock.display());
    packages
}

/// A kernel's BTF, and the same in a file for the judges.
pub struct Case {
    pub name: String,
    pub btf: Arc<Btf>,
    pub file: tempfile::NamedTempFile,
}

impl Case {
    pub fn of(path: &Path) -> Self {
        let kernel = kserial_cli::source::Kernel::open(path).unwrap_or_else(|e| panic!("{e}"));
        let binary = kernel.binary().expect("a kernel");
        let btf = kernel.btf().unwrap_or_else(|e| panic!("{e}")).expect("BTF").clone();
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(&bytes_of(binary)).expect("room for the BTF");
        Case { name: binary.identity().release.clone().unwrap_or_default(), btf, file }
    }
}

fn bytes_of(binary: &Binary) -> Vec<u8> {
    binary.btf_bytes().expect("BTF").to_vec()
}

/// What a tool prints. Its complaints are not looked at: pahole 1.24 has many about tags.
pub fn output(command: &mut Command) -> Vec<u8> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stderr = child.stderr.take().expect("a pipe");
    let complaints = thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut stderr, &mut text).map(|_| text)
    });
    let output = child.wait_with_output().expect("an end");
    let complaints = complaints.join().expect("no panic").expect("complaints");
    let complaints = String::from_utf8_lossy(&complaints);
    assert!(output.status.success(), "{command:?}: {}\n{complaints}", output.status);
    assert!(!output.stdout.is_empty(), "{command:?} said nothing:\n{complaints}");
    output.stdout
}
