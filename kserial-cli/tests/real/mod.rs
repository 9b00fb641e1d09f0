//! What tests find on a machine that is set up for them: real kernels and other people's tools.

#![allow(dead_code, reason = "each test uses its part")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// Real kernels: those that `KSERIAL_STOCK` names (separated by colons), or all that
/// `cargo xtask stock` has fetched and the one that runs.
pub(crate) fn stock_kernels() -> Vec<PathBuf> {
    if let Some(paths) = env::var_os("KSERIAL_STOCK") {
        return env::split_paths(&paths).collect();
    }
    let mut kernels = cached("stock");
    assert!(!kernels.is_empty(), "run `cargo xtask stock`");
    let running = PathBuf::from("/sys/kernel/btf/vmlinux");
    if fs::read(&running).is_ok_and(|btf| !btf.is_empty()) {
        kernels.push(running);
    }
    kernels
}

/// Kernels with modules: those that `KSERIAL_TREES` names, or all that `cargo xtask kernels` has
/// built.
pub(crate) fn kernels_with_modules() -> Vec<PathBuf> {
    match env::var_os("KSERIAL_TREES") {
        Some(paths) => env::split_paths(&paths).collect(),
        // One that is being built has no vmlinux yet.
        None => {
            let mut kernels = cached("kernels");
            kernels.retain(|it| it.join("vmlinux").exists());
            assert!(!kernels.is_empty(), "run `cargo xtask kernels`");
            kernels
        }
    }
}

fn cached(folder: &str) -> Vec<PathBuf> {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cache"));
    let cache = env::var_os("KSERIAL_CACHE").map(PathBuf::from).or_else(|| {
        let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
        Some(caches.join("kserial"))
    });
    let folder = cache.expect("a home").join(folder);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut all: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    all.sort();
    all
}

/// What a tool prints. Its complaints are not looked at: pahole 1.24 has many about tags.
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
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
