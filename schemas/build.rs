//! Makes constants of the data files, for the feature `data`: the command works offline and alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_DATA").is_none() {
        return Ok(());
    }
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    embed(&mut code, "LINUX", &schemas.join("linux"))?;
    embed(&mut code, "POSTED", &schemas.join("linux/posted"))?;
    embed(&mut code, "RULES", &schemas.join("rules"))?;
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("data.rs"), code)
}

/// A constant `name` with every TOML file of `folder`: its stem and its text, sorted.
fn embed(code: &mut String, name: &str, folder: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let what = folder.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(folder);
    let _ = writeln!(code, "/// The files of `schemas/{}/`.", what.display());
    let _ = writeln!(code, "pub const {name}: &[(&str, &str)] = &[");
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(code, "    ({stem:?}, include_str!({:?})),", file.canonicalize()?);
    }
    code.push_str("];\n");
    Ok(())
}
