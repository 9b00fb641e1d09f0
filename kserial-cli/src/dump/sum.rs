//! By which sum a STATE is known.
//!
//! A file by its SHA-256. A folder by that of the list which `LC_ALL=C sha256sum *` prints in it: its
//! own files in the order of their names, whichever moment they are of.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The sum of a file or a folder; none of what changes while it is read. `progress` is told how many
/// bytes were read.
pub(crate) fn sha256(path: &Path, progress: &mut dyn FnMut(u64)) -> io::Result<Option<String>> {
    let mut read = 0;
    if path.is_dir() {
        let entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
        names.retain(|name| path.join(name).is_file() && !name.as_bytes().starts_with(b"."));
        names.sort();
        let mut list = Sha256::new();
        for name in names {
            let sum = of_file(&path.join(&name), &mut read, progress)?;
            list.update(sum.as_bytes());
            list.update(b"  ");
            list.update(name.as_bytes());
            list.update(b"\n");
        }
        return Ok(Some(hex(list)));
    }
    if !path.is_file() || path.starts_with("/proc") {
        return Ok(None);
    }
    of_file(path, &mut read, progress).map(Some)
}

/// The sum of these bytes.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

fn of_file(path: &Path, read: &mut u64, progress: &mut dyn FnMut(u64)) -> io::Result<String> {
    let (mut file, mut sum) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            more => {
                sum.update(&buffer[..more]);
                *read += more as u64;
                progress(*read);
            }
        }
    }
    Ok(hex(sum))
}

fn hex(sum: Sha256) -> String {
    sum.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
