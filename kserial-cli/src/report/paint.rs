//! Colour, where it is wanted.

use std::fmt;
use std::io::IsTerminal;

/// Whether to colour, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paint {
    on: bool,
}

/// Text in a style.
pub(super) struct Painted<T> {
    text: T,
    /// The numbers of an ANSI escape sequence; none for plain text.
    style: Option<&'static str>,
}

impl Paint {
    /// Colour on a terminal, unless `NO_COLOR` is set to anything or `TERM` is `dumb`.
    #[must_use]
    pub fn of_stdout() -> Self {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self { on: std::io::stdout().is_terminal() && !forbidden }
    }

    /// No colour.
    #[must_use]
    pub fn plain() -> Self {
        Self { on: false }
    }

    pub(super) fn good<T>(self, text: T) -> Painted<T> {
        self.painted(text, "1;32")
    }

    pub(super) fn doubtful<T>(self, text: T) -> Painted<T> {
        self.painted(text, "1;33")
    }

    pub(super) fn bad<T>(self, text: T) -> Painted<T> {
        self.painted(text, "1;31")
    }

    pub(super) fn strong<T>(self, text: T) -> Painted<T> {
        self.painted(text, "1")
    }

    pub(super) fn faint<T>(self, text: T) -> Painted<T> {
        self.painted(text, "2")
    }

    fn painted<T>(self, text: T, style: &'static str) -> Painted<T> {
        Painted { text, style: self.on.then_some(style) }
    }
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(style) = self.style else { return self.text.fmt(f) };
        write!(f, "\x1b[{style}m")?;
        self.text.fmt(f)?;
        f.write_str("\x1b[0m")
    }
}
