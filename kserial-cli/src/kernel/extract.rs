//! Extracts: a kernel written down.

use std::fmt::{self, Write as _};

use super::{Component, Declared, Identity, Kernel, Scope};
use crate::schema::{inline, LayoutDoc, SchemaError};

/// Why a text is no extract.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExtractError {
    /// It is no TOML, or has words that mean nothing here; with line and column.
    Toml(String),
    /// A layout in it is none.
    Layout(SchemaError),
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml(why) => f.write_str(why),
            Self::Layout(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for ExtractError {}

impl Kernel {
    /// The kernel that `text` describes: an extract, or nothing but records.
    ///
    /// # Errors
    /// Where the text is no TOML, says what has no meaning here, or has a layout that is none.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ExtractError> {
        let toml = |error: toml::de::Error| ExtractError::Toml(error.to_string());
        let mut table: toml::Table = toml::from_str(text).map_err(toml)?;
        check_record_words(&table)?;
        check_letters("", &toml::Value::Table(table.clone()))?;
        if !table.contains_key("source") {
            let identity = Identity { name: name.to_owned(), ..Identity::default() };
            let identity = toml::Value::try_from(identity);
            table.insert("source".to_owned(), identity.unwrap_or_else(|_| name.into()));
        }
        // Parsing from the text, where it is whole, lets errors name their line.
        let mut kernel: Self = match table.len() {
            _ if text.contains("[source]") => toml::from_str(text).map_err(toml)?,
            _ => table.try_into().map_err(toml)?,
        };
        for layout in kernel.layouts() {
            layout.cells().map_err(ExtractError::Layout)?;
        }
        kernel.components.sort_by_key(|component| component.part);
        Ok(kernel)
    }

    /// All layouts, of components and of records.
    pub fn layouts(&self) -> impl Iterator<Item = &LayoutDoc> {
        let of_components = self.components.iter().flat_map(|component| &component.layouts);
        of_components.chain(self.records.iter().map(|record| &record.layout))
    }

    /// The kernel as an extract.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# What `kserial check` needs to know of a kernel; stands for it as a SOURCE.\n",
        );
        text.push_str("\n[source]\n");
        push_table(&mut text, &self.identity);
        if !self.config.options.is_empty() {
            text.push_str("\n[config.options]\n");
            push_table(&mut text, &self.config.options);
        }
        for unread in &self.unread {
            text.push_str("\n[[unread]]\n");
            push_table(&mut text, unread);
        }
        for component in &self.components {
            text.push_str("\n[[component]]\n");
            push_table(&mut text, &Component { layouts: Vec::new(), ..component.clone() });
            for layout in &component.layouts {
                text.push_str("\n[[component.layout]]\n");
                push_layout(&mut text, layout);
            }
        }
        for record in &self.records {
            text.push_str("\n[[record]]\n");
            let layout = bare(&record.layout);
            push_table(&mut text, &Declared { layout, ..record.clone() });
            push_members(&mut text, &record.layout);
        }
        self.head_lines(&text)
    }

    /// Keys without a table come before the first one, as TOML wants it.
    fn head_lines(&self, text: &str) -> String {
        let mut head = String::new();
        if let Some(cmdline) = &self.cmdline {
            let _ = writeln!(head, "\ncmdline = {}", inline(cmdline));
        }
        if let Some(loaded) = &self.loaded {
            let _ = writeln!(head, "\nloaded = {}", inline(loaded));
        }
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        format!("{first}\n{head}{rest}")
    }
}

/// A kernel's layouts and nothing else, each as a record.
pub(crate) fn push_layout(text: &mut String, layout: &LayoutDoc) {
    push_table(text, &bare(layout));
    push_members(text, layout);
}

fn bare(layout: &LayoutDoc) -> LayoutDoc {
    LayoutDoc { members: Vec::new(), retired: Vec::new(), ..layout.clone() }
}

/// The members of a layout and its retired IDs, one a line.
pub(crate) fn push_members(text: &mut String, layout: &LayoutDoc) {
    if !layout.members.is_empty() {
        text.push_str("member = [\n");
        for member in &layout.members {
            let _ = writeln!(text, "    {},", inline(member));
        }
        text.push_str("]\n");
    }
    if !layout.retired.is_empty() {
        text.push_str("retired = [\n");
        for retired in &layout.retired {
            let _ = writeln!(text, "    {},", inline(retired));
        }
        text.push_str("]\n");
    }
}

/// The keys of `value`, one a line, each value on its line.
fn push_table(text: &mut String, value: &impl serde::Serialize) {
    if let Ok(toml::Value::Table(table)) = toml::Value::try_from(value) {
        for (key, value) in table {
            let _ = writeln!(text, "{key} = {value}");
        }
    }
}

/// Refuses words of a record that mean nothing: serde cannot where one struct lies flat in another.
fn check_record_words(table: &toml::Table) -> Result<(), ExtractError> {
    const WORDS: [&str; 16] = [
        "writes", "reads", "requires", "carrier", "module", "evidence", "name", "row", "align",
        "critical", "required", "struct", "carried", "padding", "member", "retired",
    ];
    let records = table.get("record").and_then(|records| records.as_array());
    for record in records.into_iter().flatten().filter_map(|record| record.as_table()) {
        if let Some(word) = record.keys().find(|key| !WORDS.contains(&key.as_str())) {
            let known = WORDS.join(", ");
            let why = format!("a record has no `{word}`; it has {known}");
            return Err(ExtractError::Toml(why));
        }
    }
    Ok(())
}

/// Refuses texts that a terminal would take as a command: an extract is somebody else's, and most of its
/// texts end up in a report. Why something could not be read may have several lines.
fn check_letters(key: &str, value: &toml::Value) -> Result<(), ExtractError> {
    match value {
        toml::Value::String(text) => {
            let is_command = |c: char| c.is_control() && !(c == '\n' && key == "why");
            match text.contains(is_command) {
                true => Err(ExtractError::Toml(format!("`{key}` holds a control character"))),
                false => Ok(()),
            }
        }
        toml::Value::Array(values) => values.iter().try_for_each(|value| check_letters(key, value)),
        toml::Value::Table(table) => {
            table.iter().try_for_each(|(key, value)| check_letters(key, value))
        }
        _ => Ok(()),
    }
}

impl Scope {
    /// The words for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::Types => "types of a kernel",
            Self::Objects => "objects",
        }
    }
}
