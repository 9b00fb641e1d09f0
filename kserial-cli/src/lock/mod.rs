//! Lock files: what was ever written down of a record.
//!
//! A lock is append-only. [`Lock::check`] holds a layout against it, by the same judge as the derive
//! ([`kserial::lock`]); [`append`] writes the next generation down, leaving the text before it as it
//! is, comments and all. A new name for an old member is a deliberate act, which a person writes into
//! the file:
//!
//! ```toml
//! [[renamed]]
//! id = 4
//! from = "seals"
//! to = "sealing"
//! ```

mod error;

use std::fmt::Write as _;

use kserial::lock::{Contradiction, History, Renamed};
use kserial::Layout;
use serde::Deserialize;

use crate::kernel::push_members;
use crate::schema::{Cells, Id, LayoutDoc};

pub use error::LockError;

/// A record's lock file.
#[derive(Debug)]
pub struct Lock {
    record: String,
    generations: Vec<Cells>,
    renamed: Vec<RenamedDoc>,
}

/// How a layout stands to its lock, where they do not contradict each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It is the newest generation.
    Written,
    /// It would be the next generation, and is not written down yet.
    New,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LockDoc {
    record: String,
    #[serde(default)]
    generation: Vec<toml::Table>,
    #[serde(default)]
    renamed: Vec<RenamedDoc>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RenamedDoc {
    id: Id,
    from: String,
    to: String,
}

impl Lock {
    /// The lock that `text` is.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let doc: LockDoc =
            toml::from_str(text).map_err(|error| LockError::Text(error.to_string()))?;
        let mut generations = Vec::with_capacity(doc.generation.len());
        for (index, mut table) in doc.generation.into_iter().enumerate() {
            let number = index.saturating_add(1);
            let fail = |what: String| LockError::Generation { number, what };
            // A generation is a layout whose record's name stands at the top of the file.
            table.insert("name".to_owned(), doc.record.clone().into());
            let layout: LayoutDoc =
                table.try_into().map_err(|e: toml::de::Error| fail(e.message().to_owned()))?;
            generations.push(layout.cells().map_err(|error| fail(error.to_string()))?);
        }
        Ok(Self { record: doc.record, generations, renamed: doc.renamed })
    }

    /// The record's name.
    #[must_use]
    pub fn record(&self) -> &str {
        &self.record
    }

    /// The layouts that were written down, oldest first.
    pub fn generations(&self) -> impl Iterator<Item = Layout<'_>> {
        self.generations.iter().map(Cells::layout)
    }

    /// Whether `now` may stand beside what was written down, and whether it is.
    ///
    /// # Errors
    /// What it contradicts.
    pub fn check(&self, now: Layout<'_>) -> Result<Standing, LockError> {
        if now.record() != self.record {
            return Err(LockError::Record {
                lock: self.record.clone(),
                layout: now.record().to_owned(),
            });
        }
        let generations: Vec<Layout<'_>> = self.generations().collect();
        let renamed = self.renamed.iter();
        let renamed: Vec<Renamed<'_>> =
            renamed.map(|r| Renamed { path: r.id.0, from: &r.from, to: &r.to }).collect();
        let history = History { generations: &generations, renamed: &renamed };
        history.judge(now).map_err(|contradiction| self.contradicted(contradiction, now))?;
        match generations.last() {
            Some(newest) if *newest == now => Ok(Standing::Written),
            _ => Ok(Standing::New),
        }
    }

    /// The contradiction with the names that people know the member by.
    fn contradicted(&self, contradiction: Contradiction, now: Layout<'_>) -> LockError {
        let path = contradiction.path;
        let was = self.generations().filter_map(|g| g.member(path)).last();
        LockError::Contradicted {
            record: self.record.clone(),
            contradiction,
            was: was.map(|member| member.name().to_owned()),
            is: now.member(path).map(|member| member.name().to_owned()),
        }
    }
}

/// Holds `now` against the lock that `text` is.
///
/// # Errors
/// Why `text` is no lock, or what `now` contradicts.
pub fn check(text: &str, now: Layout<'_>) -> Result<Standing, LockError> {
    Lock::parse(text)?.check(now)
}

/// The lock that `text` is, with `now` as its newest generation. Nothing changes where that is what
/// it already says; an empty text becomes the lock of a new record.
///
/// # Errors
/// Why `text` is no lock, or what `now` contradicts.
pub fn append(text: &str, now: Layout<'_>) -> Result<String, LockError> {
    let mut text = match text.trim().is_empty() {
        true => format!("record = {}\n", toml::Value::from(now.record())),
        false => text.to_owned(),
    };
    if check(&text, now)? == Standing::Written {
        return Ok(text);
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let layout = LayoutDoc::of(now);
    text.push_str("\n[[generation]]\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "row = {}\nalign = {}", layout.row, layout.align);
    for (is_set, word) in [(layout.critical, "critical"), (layout.required, "required")] {
        if is_set {
            let _ = writeln!(text, "{word} = true");
        }
    }
    push_members(&mut text, &layout);
    Ok(text)
}
