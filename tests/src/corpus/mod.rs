//! The images of `compat-corpus/format-1`: every generation of every record, and what each image
//! must decode to.
//!
//! ```text
//! states   rows by hand ─┬─ generations   kserial's own writer ──▶ gen2-sealed.image
//!                        └─ expected      the reference alone ───▶ gen2-sealed.json
//!                                                                  gen2-sealed.as-gen1.json
//!          records of a generation ── notes ───────────────────▶ notes/memfd-gen2.note
//! ```
//!
//! An image is written by `kserial` from the structs in `schemas/`, as a kernel of that generation
//! would; what it means is written by the [reference](kserial_reference), from the same rows and
//! without a line of `kserial`. So no reader is held against itself. The folder is in the form that
//! `tests/c-reader` takes, and the reader in C is held against it as well.
//!
//! Version 1 of the format is frozen: a file [`FROZEN`] lists the folder with sums, the images are
//! evidence, and [`refresh`] refuses to write them anew.

mod expected;
mod generations;
pub mod notes;
mod states;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use kserial_reference::image::{read, Head, Table};
use kserial_reference::{cells, row};
use serde_json::Value;

pub use expected::{crossed, read_as, values};
pub use generations::{records, Known, Outcome, HERE, NUMBER};
pub use states::{all, State};

/// Present in the folder once no image may change any more.
pub const FROZEN: &str = "frozen";

/// The head of all images, as the reference writes it.
const HEAD: Head =
    Head { arch: 62, page_shift: 12, max_order: 10, encrypted: false, number: NUMBER };

/// Where the images are in the checkout.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../compat-corpus/format-1")
}

/// Why the folder was not written.
#[derive(Debug)]
pub enum CorpusError {
    /// Version 1 is frozen: this file says so.
    Frozen(PathBuf),
    /// What the writer made of this state is not what the reference reads in it.
    Disagree(String),
    /// The folder could not be read or written.
    Io(PathBuf, io::Error),
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frozen(path) => write!(
                f,
                "{} says that version 1 of the format is frozen: its images are never written again; \
                 a new state is a new file, written by hand",
                path.display()
            ),
            Self::Disagree(name) => write!(
                f,
                "{name}: the reference does not read what kserial wrote; nothing was written"
            ),
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for CorpusError {}

/// An image of one state by one generation.
pub struct Image {
    /// Its file's name without the ending, below the folder.
    pub name: String,
    /// The state.
    pub state: State,
    /// The generation that writes it.
    pub generation: usize,
}

impl Image {
    /// The tables as the reference sees them, in the order of the directory.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let records = records(self.state.family, self.generation);
        records.iter().map(|known| self.state.table(&known.shape)).collect()
    }

    /// Whether these segments are, to the reference, an image of these tables and nothing else.
    #[must_use]
    pub fn is_read_by_reference(&self, segments: &[Vec<u8>]) -> bool {
        let parts: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        read(&parts) == Ok((HEAD, self.tables()))
    }

    /// Each table's rows as bytes.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<u8>> {
        let tables = self.tables();
        let bytes = |table: &Table| -> Vec<u8> {
            table.rows.iter().flat_map(|r| row::encode(&table.shape, r)).collect()
        };
        tables.iter().map(bytes).collect()
    }

    /// What reader generations there are for it.
    #[must_use]
    pub fn readers(&self) -> Vec<usize> {
        (1..=3).filter(|n| !records(self.state.family, *n).is_empty()).collect()
    }

    /// What must come out when `reader` reads it, in the words of the reader in C.
    #[must_use]
    pub fn as_read_by(&self, reader: usize) -> Value {
        let shapes: Vec<_> =
            records(self.state.family, reader).into_iter().map(|known| known.shape).collect();
        read_as(&self.tables(), &shapes)
    }
}

/// All images there are.
#[must_use]
pub fn images() -> Vec<Image> {
    let of = |state: State| {
        let generations = state.generations;
        generations.iter().map(move |generation| Image {
            name: format!("{}/gen{generation}-{}", state.family, state.name),
            state: state.clone(),
            generation: *generation,
        })
    };
    all().into_iter().flat_map(of).collect()
}

/// Every file of the folder, by its name.
///
/// # Errors
/// [`CorpusError::Disagree`].
pub fn files() -> Result<BTreeMap<String, Vec<u8>>, CorpusError> {
    let mut files = BTreeMap::new();
    let mut cases: BTreeMap<&str, String> = BTreeMap::new();
    for image in images() {
        let disagree = || CorpusError::Disagree(image.name.clone());
        let segments = generations::write(&image).map_err(|_| disagree())?;
        if !image.is_read_by_reference(&segments) {
            return Err(disagree());
        }
        let bytes = segments.concat();
        let (family, file) = image.name.split_once('/').unwrap_or_default();
        files.insert(format!("{}.image", image.name), bytes);
        let shown = expected::image(HEAD, &image.tables());
        files.insert(format!("{}.json", image.name), lines(&shown));
        for reader in image.readers() {
            let name = format!("{file}.as-gen{reader}.json");
            files.insert(format!("{family}/{name}"), lines(&image.as_read_by(reader)));
            let case = format!("--tables gen{reader}.layouts {file}.image\t0\t{name}\n");
            cases.entry(image.state.family).or_default().push_str(&case);
            let layouts = records(family, reader);
            let layouts = layouts.iter().flat_map(|known| cells::encode(&known.shape)).collect();
            files.insert(format!("{family}/gen{reader}.layouts"), layouts);
        }
    }
    for note in notes::all() {
        let description = note.description();
        let disagree = || CorpusError::Disagree(note.name.clone());
        files.insert(format!("notes/{}.note", note.name), description.ok_or_else(disagree)?);
        let case = format!("--note {}.note\t0\t\n", note.name);
        cases.entry("notes").or_default().push_str(&case);
    }
    files.extend(cases.into_iter().map(|(family, cases)| {
        let name = format!("{family}/cases.txt");
        (name, cases.into_bytes())
    }));
    Ok(files)
}

/// A row a line: what changes shows.
fn lines(value: &Value) -> Vec<u8> {
    // No text of the corpus holds this sequence.
    format!("{value}\n").replace("},{", "},\n{").into_bytes()
}

/// Writes all images and what they mean to `folder`; files of which there is no image any more go.
/// Returns the names of those that changed.
///
/// # Errors
/// [`CorpusError::Frozen`] once nothing may change; nothing is written then.
pub fn refresh(folder: &Path) -> Result<Vec<String>, CorpusError> {
    let marker = folder.join(FROZEN);
    if marker.exists() {
        return Err(CorpusError::Frozen(marker));
    }
    let files = files()?;
    let changed = differences(folder, &files)?;
    for name in &changed {
        let path = folder.join(name);
        let io = |error| CorpusError::Io(path.clone(), error);
        match files.get(name) {
            Some(bytes) => {
                fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(io)?;
                fs::write(&path, bytes).map_err(io)?;
            }
            None => fs::remove_file(&path).map_err(io)?,
        }
    }
    Ok(changed)
}

/// The names of files in `folder` that are not what would be written today: changed, missing, or of
/// no image.
///
/// # Errors
/// Where the folder cannot be read.
pub fn stale(folder: &Path) -> Result<Vec<String>, CorpusError> {
    differences(folder, &files()?)
}

fn differences(
    folder: &Path,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<String>, CorpusError> {
    let mut found: Vec<String> = Vec::new();
    for (name, bytes) in files {
        if fs::read(folder.join(name)).ok().as_ref() != Some(bytes) {
            found.push(name.clone());
        }
    }
    let io = |error| CorpusError::Io(folder.to_owned(), error);
    let families = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        families => families.map_err(io)?,
    };
    for family in families {
        let family = family.map_err(io)?.path();
        if !family.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&family).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            if !files.contains_key(&name) {
                found.push(name);
            }
        }
    }
    Ok(found)
}
