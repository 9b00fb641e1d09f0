//! A kernel's build configuration: embedded in it, or in a file beside it.
//!
//! With `CONFIG_IKCONFIG` a kernel carries its `.config`, gzipped between two marks; with
//! `CONFIG_IKCONFIG_PROC` a running one shows it in `/proc/config.gz`. Distributions put it beside
//! the image instead.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use super::error::{Place, Problem, SourceError};
use super::file;
use super::unpack::{unpack, Format, Packing};

const START: &[u8] = b"IKCFG_ST";
const END: &[u8] = b"IKCFG_ED";

/// The most that a configuration can be, in bytes: distributions' have 300 KiB.
const CAP: u64 = 16 << 20;

/// A kernel's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it was found.
    pub place: Place,
    settings: BTreeMap<String, Setting>,
}

/// What a configuration says of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `y`: built in.
    Yes,
    /// `m`: built as a module.
    Module,
    /// `# CONFIG_… is not set`: offered and declined.
    No,
    /// A number, as written.
    Number(String),
    /// A text, without its quotes.
    Text(String),
}

impl Config {
    /// Reads a `.config`, plain or compressed.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or holds anything but settings.
    pub fn read(path: &Path) -> Result<Self, SourceError> {
        Self::of_file(file::map(path)?, Place::file(path))
    }

    /// A configuration in the bytes of a file, plain or compressed.
    pub(super) fn of_file(bytes: Bytes, place: Place) -> Result<Self, SourceError> {
        match Packing::of(&bytes) {
            Packing::Plain => Self::parse(&bytes, place),
            Packing::In(format) => Self::parse(&unpack(&bytes, format, None, CAP, &place)?, place),
            Packing::Unsupported(name) => Err(place.error(Problem::UnsupportedCompression(name))),
        }
    }

    /// The configuration embedded in read-only data, if there is one.
    pub(super) fn embedded(data: &[u8], place: &Place) -> Result<Option<Self>, SourceError> {
        let mut from = 0;
        while let Some(start) = memchr::memmem::find(&data[from..], START) {
            let body = from + start + START.len();
            let rest = &data[body..];
            from = body;
            // The mark is also a text in tools that look for it.
            if Packing::of(rest) != Packing::In(Format::Gzip) {
                continue;
            }
            let place = place.part("embedded configuration");
            let Some(len) = memchr::memmem::find(rest, END) else {
                return Err(place.error(Problem::ConfigUnterminated));
            };
            let text = unpack(&rest[..len], Format::Gzip, None, CAP, &place)?;
            return Self::parse(&text, place).map(Some);
        }
        Ok(None)
    }

    fn parse(text: &[u8], place: Place) -> Result<Self, SourceError> {
        let text = std::str::from_utf8(text).map_err(|_| place.error(Problem::ConfigNotText))?;
        let mut settings = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let declined =
                line.strip_prefix("# CONFIG_").and_then(|rest| rest.strip_suffix(" is not set"));
            let (name, setting) = if let Some(name) = declined {
                (name, Setting::No)
            } else if line.is_empty() || line.starts_with('#') {
                continue;
            } else {
                let parts = line.strip_prefix("CONFIG_").and_then(|rest| rest.split_once('='));
                let problem = Problem::ConfigLine { line: index + 1 };
                let (name, value) = parts.ok_or_else(|| place.error(problem))?;
                (name, Setting::of(value))
            };
            // Of several lines the last one counts, as in the kernel's own build.
            settings.insert(name.to_owned(), setting);
        }
        if settings.is_empty() {
            return Err(place.error(Problem::ConfigNotText));
        }
        Ok(Config { place, settings })
    }

    /// What is said of an option, named without `CONFIG_`.
    ///
    /// Of an option that the kernel has not, or whose dependencies are off, nothing is said: that is
    /// as good as [`Setting::No`].
    #[must_use]
    pub fn get(&self, option: &str) -> Option<&Setting> {
        self.settings.get(option)
    }

    /// Whether an option is built in.
    #[must_use]
    pub fn is_yes(&self, option: &str) -> bool {
        self.get(option) == Some(&Setting::Yes)
    }

    /// Every option of which something is said, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.settings.iter().map(|(name, setting)| (name.as_str(), setting))
    }
}

impl Setting {
    fn of(value: &str) -> Self {
        match value {
            "y" => Setting::Yes,
            "m" => Setting::Module,
            "n" => Setting::No,
            _ => match value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                // Kconfig escapes the quote and the backslash with a backslash.
                Some(text) => Setting::Text(unescape(text)),
                None => Setting::Number(value.to_owned()),
            },
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.extend(if char == '\\' { chars.next() } else { Some(char) });
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn place() -> Place {
        Place::file(Path::new("config"))
    }

    #[test]
    fn a_setting_is_read_as_kconfig_writes_it() {
        let text = b"#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_KEXEC_HANDOVER=y\n\
            CONFIG_LIVEUPDATE=m\n# CONFIG_EXPERT is not set\nCONFIG_HZ=250\n\
            CONFIG_PHYSICAL_START=0x1000000\nCONFIG_CMDLINE=\"a=\\\"b\\\\\"\n";
        let config = Config::parse(text, place()).unwrap();
        let expected = [
            ("CMDLINE", Setting::Text("a=\"b\\".into())),
            ("EXPERT", Setting::No),
            ("HZ", Setting::Number("250".into())),
            ("KEXEC_HANDOVER", Setting::Yes),
            ("LIVEUPDATE", Setting::Module),
            ("PHYSICAL_START", Setting::Number("0x1000000".into())),
        ];
        let expected: Vec<_> = expected.iter().map(|(name, setting)| (*name, setting)).collect();
        assert_eq!(config.iter().collect::<Vec<_>>(), expected);
        assert_eq!(config.get("MISSING"), None);
    }

    #[test]
    fn what_is_no_configuration_is_an_error_and_not_an_empty_one() {
        for text in [&b""[..], b"# nothing\n", b"hello\n", b"CONFIG_X\n", b"\xff\n"] {
            assert!(Config::parse(text, place()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_embedded_configuration_without_its_end_is_an_error() {
        let mut data = b"IKCFG_ST but only as a text, then IKCFG_ST".to_vec();
        assert!(Config::embedded(&data, &place()).unwrap().is_none());
        data.extend(b"\x1f\x8b\x08");
        let error = Config::embedded(&data, &place()).unwrap_err();
        assert!(matches!(error.problem, Problem::ConfigUnterminated), "{error}");
    }
}
