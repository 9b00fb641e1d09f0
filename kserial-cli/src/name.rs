//! Names of sessions, files and folders, which may be any bytes but NUL.

use std::fmt::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A name, shown so that it can be read and typed again: what a terminal would take as a command,
/// and what is no UTF-8, as `\xNN`; in quotes where spaces would be lost, and so a quote at its start
/// is `\x22`.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a>(pub &'a [u8]);

impl<'a> Name<'a> {
    /// That of a file or folder.
    #[must_use]
    pub fn of(path: &'a Path) -> Self {
        Self(path.as_os_str().as_bytes())
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                if letter == '\\' {
                    shown.push_str("\\\\");
                } else if letter == '"' && shown.is_empty() {
                    shown.push_str("\\x22");
                } else if letter.is_control() || is_invisible(letter) {
                    let mut bytes = [0; 4];
                    for byte in letter.encode_utf8(&mut bytes).bytes() {
                        write!(shown, "\\x{byte:02x}")?;
                    }
                } else {
                    shown.push(letter);
                }
            }
            for byte in chunk.invalid() {
                write!(shown, "\\x{byte:02x}")?;
            }
        }
        if shown.is_empty() || shown.starts_with(' ') || shown.ends_with(' ') {
            shown = format!("\"{shown}\"");
        }
        f.pad(&shown)
    }
}

/// Letters that change how what follows is shown, and that nobody sees.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The bytes that `shown` stands for, as a [`Name`] is shown.
#[must_use]
pub fn unescaped(shown: &str) -> Vec<u8> {
    let shown = shown.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(shown);
    let (mut bytes, mut rest) = (Vec::new(), shown.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        match (first, more) {
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                rest = after;
            }
            (b'\\', [b'x', a, b, after @ ..]) if hex(&[*a, *b]).is_some() => {
                bytes.extend(hex(&[*a, *b]));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_can_be_read_and_typed_again() {
        let names: [(&[u8], &str); 9] = [
            (b"\"quoted\"", "\\x22quoted\""),
            (b" \"", "\" \"\""),
            (b"", "\"\""),
            (b"golden-session", "golden-session"),
            (b"a/b c", "a/b c"),
            (b" ends ", "\" ends \""),
            (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("größe\u{202e}".as_bytes(), "größe\\xe2\\x80\\xae"),
            (b"\xff\\x", "\\xff\\\\x"),
        ];
        for (name, shown) in names {
            assert_eq!(Name(name).to_string(), shown);
            assert_eq!(unescaped(shown), name);
        }
    }
}
