//! A command line, taken apart as the kernel does it (`parse_args` of `kernel/params.c`): what lies between
//! quotes is one word, and what follows `--` is for init.

/// The value of a boolean parameter: the last one that is one, where there are several.
pub(crate) fn flag(cmdline: &str, parameter: &str) -> Option<bool> {
    let for_kernel = words(cmdline).take_while(|word| unquoted(word) != "--");
    let values = for_kernel.filter_map(|word| {
        let word = unquoted(word);
        let (name, value) = word.split_once('=')?;
        (name == parameter).then(|| unquoted(value))
    });
    // The kernel complains of any other value, and leaves the switch as it is.
    values.filter_map(boolean).last()
}

/// Words end at white space that is not between quotes.
fn words(cmdline: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let ends = move |letter: char| {
        is_quoted ^= letter == '"';
        !is_quoted && letter.is_ascii_whitespace()
    };
    cmdline.split(ends).filter(|word| !word.is_empty())
}

/// A quote at the start goes, and with it the one at the end.
fn unquoted(word: &str) -> &str {
    match word.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(rest),
        None => word,
    }
}

/// As `kstrtobool` has it.
fn boolean(value: &str) -> Option<bool> {
    match value.as_bytes() {
        [b'y' | b'Y' | b't' | b'T' | b'1', ..] | [b'o' | b'O', b'n' | b'N', ..] => Some(true),
        [b'n' | b'N' | b'f' | b'F' | b'0', ..] | [b'o' | b'O', b'f' | b'F', ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_what_the_kernel_would_take_it_for() {
        let cases = [
            ("", None),
            ("quiet kho=on", Some(true)),
            ("kho=on kho=off", Some(false)),
            ("kho=on kho=maybe", Some(true)),
            ("kho", None),
            ("kho=", None),
            ("akho=on khoa=on", None),
            ("kho=1\tquiet", Some(true)),
            ("kho=\"on\"", Some(true)),
            ("\"kho=on\"", Some(true)),
            // One value, in which there are spaces.
            ("dyndbg=\"file a.c kho=on\"", None),
            ("dyndbg=\"file a.c +p\" kho=on", Some(true)),
            // What is init's.
            ("quiet -- kho=on", None),
            ("kho=off -- kho=on", Some(false)),
            ("a--b --c kho=on", Some(true)),
        ];
        for (cmdline, expected) in cases {
            assert_eq!(flag(cmdline, "kho"), expected, "{cmdline}");
        }
    }
}
