//! Memory in a file: a core, a compressed file, raw.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use kserial::kho::Pages;
use kserial_cli::dump::Dump;
use kserial_cli::state::{self, Choice};
use tempfile::NamedTempFile;

/// Opens the bytes as memory, and looks for what was handed over in it.
pub fn state(bytes: &[u8]) {
    in_a_file(bytes, |path| match state::open(path, Choice::default(), &mut |_| {}) {
        Ok(source) => {
            if let Ok(dump) = Dump::read(source, Pages::OF_4K, &mut |_| {}) {
                crate::handover::show(&dump);
            }
        }
        Err(error) => assert!(error.to_string().len() > 8, "{error}"),
    });
}

/// Calls `look` with a file that holds the bytes; it is written again and again.
pub(crate) fn in_a_file(bytes: &[u8], look: impl FnOnce(&Path)) {
    thread_local! {
        static FILE: RefCell<Option<NamedTempFile>> = const { RefCell::new(None) };
    }
    FILE.with(|file| {
        let mut file = file.borrow_mut();
        let file = file.get_or_insert_with(|| {
            // In memory where there is such a place: this is done ten thousand times a second.
            let shm = Path::new("/dev/shm");
            let made = NamedTempFile::new_in(shm).or_else(|_| NamedTempFile::new());
            made.unwrap_or_else(|error| panic!("no place for a file: {error}"))
        });
        fs::write(file.path(), bytes).unwrap_or_else(|error| panic!("the file: {error}"));
        look(file.path());
    });
}
