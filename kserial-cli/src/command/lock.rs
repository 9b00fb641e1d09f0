//! `kserial schema lock`: records against what was written down of them.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{open, print, Failure};
use crate::lock::{self, LockError, Standing};
use crate::name::Name;
use crate::report::Exit;
use crate::schema::LayoutDoc;

/// Holds the KSerial records of `source` against the lock files in `folder`; with `write`, writes
/// new generations down.
pub(super) fn run(source: &str, folder: &Path, write: bool) -> Result<Exit, Failure> {
    let kernel = open(source)?;
    let mut exit = super::schema::complete(&kernel);
    let layouts: Vec<&LayoutDoc> = kernel.records.iter().map(|record| &record.layout).collect();
    if layouts.is_empty() {
        return Err(Failure::incomplete(format!("{source} declares no KSerial record")));
    }
    let mut text = String::new();
    for layout in layouts {
        let file = folder.join(format!("{}.toml", layout.name));
        let (one, says) = match hold(layout, &file, write) {
            Ok(says) => says,
            Err(error) if error.is_contradiction() => (Exit::Incompatible, error.to_string()),
            Err(error) => (Exit::Incomplete, error.to_string()),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}: {says}", layout.name);
        exit = Exit::worst([exit, one]);
    }
    print(text)?;
    Ok(exit)
}

fn hold(layout: &LayoutDoc, file: &Path, write: bool) -> Result<(Exit, String), LockError> {
    let unreadable = |error: io::Error| LockError::Text(format!("{}: {error}", Name::of(file)));
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(error)),
    };
    let invalid = |error: crate::schema::SchemaError| LockError::Text(error.to_string());
    let cells = layout.cells().map_err(invalid)?;
    let is_new = text.trim().is_empty();
    let standing = match is_new {
        true => Standing::New,
        false => lock::check(&text, cells.layout())?,
    };
    match (standing, write) {
        (Standing::Written, _) => Ok((Exit::Compatible, "as it was written down".to_owned())),
        (Standing::New, false) => {
            let what = if is_new { "a record" } else { "a generation" };
            Ok((Exit::Conditional, format!("{what} that is not written down yet: --write does")))
        }
        (Standing::New, true) => {
            let grown = lock::append(&text, cells.layout())?;
            replace(file, &grown).map_err(unreadable)?;
            Ok((Exit::Compatible, format!("written down in {}", Name::of(file))))
        }
    }
}

/// Puts `text` in the file's place at once: a lock is never half written.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    fs::create_dir_all(&folder)?;
    let mut new = tempfile::NamedTempFile::new_in(&folder)?;
    new.write_all(text.as_bytes())?;
    // Temporary files are for their owner alone; a lock is source code.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(file).map_or(0o644, |old| old.permissions().mode());
        new.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
    }
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}
