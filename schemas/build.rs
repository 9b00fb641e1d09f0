//! Makes constants of the data files, for the feature `data`: the command works offline and alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_DATA").is_none() {
        return Ok(());
    }
    // A build script runs in its package's folder; where it was compiled may be gone.
    let mut code = String::new();
    embed(&mut code, "LINUX", Path::new("linux"))?;
    embed(&mut code, "POSTED", Path::new("linux/posted"))?;
    embed(&mut code, "RULES", Path::new("rules"))?;
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("data.rs"), code)
}

/// A constant `name` with every TOML file of `folder`: its stem and its text, sorted.
fn embed(code: &mut String, name: &str, folder: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let _ = writeln!(code, "/// The files of `schemas/{}/`.", folder.display());
    let _ = writeln!(code, "pub const {name}: &[(&str, &str)] = &[");
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({stem:?}, include_str!({:?})),", file.canonicalize()?);
    }
    code.push_str("];\n");
    Ok(())
}
