//! What a file is called, and what it calls itself, says nothing to a terminal and adds no line to a
//! report.

#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod made;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use made::elf::Elf;
use tempfile::TempDir;

const EVIL: &str = "a\n\u{1b}[1Aa \u{2192} b  update    IDENTICAL\r";

/// Everything that the command says, and how often a line ends in it.
fn said(arguments: &[&OsStr]) -> (String, usize) {
    let output = Command::new(env!("CARGO_BIN_EXE_kserial")).args(arguments).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let lines = said.matches('\n').count();
    (said, lines)
}

fn is_quiet(said: &str) -> bool {
    !said.contains(|letter: char| letter.is_control() && letter != '\n')
}

#[test]
fn a_name_is_shown_in_one_line_and_without_a_word_to_the_terminal() {
    let folder = TempDir::new().unwrap();
    let kernel = Elf::kernel().rodata(b"\0kho-v4\0luo-v5\0").bytes();
    let contents: [(&str, &[u8]); 4] =
        [("", &kernel), (".toml", b"[source]\n"), (".ko", b"none"), (".json", b"{}")];
    for (end, bytes) in contents {
        let put = |name: &str| {
            let path = folder.path().join(format!("{name}{end}"));
            fs::write(&path, bytes).unwrap();
            path
        };
        let (plain, evil) = (put("plain"), put(EVIL));
        let nowhere = folder.path().join("nowhere");
        let of = |path: &Path| -> Vec<(String, usize)> {
            let path = path.as_os_str();
            let commands: [&[&str]; 5] = [
                &["check", "linux:7.3"],
                &["matrix", "linux:7.3"],
                &["dump"],
                &["schema", "diff", "linux:7.3"],
                &["convert", "--as", "json", "--output", nowhere.to_str().unwrap()],
            ];
            commands
                .iter()
                .map(|words| {
                    let words = words.iter().map(OsStr::new).chain([path]);
                    said(&words.collect::<Vec<_>>())
                })
                .collect()
        };
        for ((evil, lines), (plain, expected)) in of(&evil).into_iter().zip(of(&plain)) {
            assert!(is_quiet(&evil), "{evil:?}");
            assert_eq!(lines, expected, "{evil}\n{plain}");
        }
    }
}

#[test]
fn what_an_extract_says_of_itself_is_no_word_to_the_terminal() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sent.toml");
    let evil = EVIL.escape_default().to_string().replace("\\u{1b}", "\\u001b");
    let evil = evil.replace("\\u{2192}", "to");
    for text in [
        format!("[source]\nname = \"{evil}\"\n"),
        format!("[source]\nname = \"a\"\nrelease = \"{evil}\"\n"),
        format!("[[record]]\nname = \"{evil}\"\nrow = 8\nmember = []\n"),
        format!("[[unread]]\nwhat = \"{evil}\"\nwhy = \"none\"\n"),
    ] {
        fs::write(&path, &text).unwrap();
        let (said, _) = said(
            &["check", "linux:7.3"]
                .map(OsStr::new)
                .into_iter()
                .chain([path.as_os_str()])
                .collect::<Vec<_>>(),
        );
        assert!(is_quiet(&said), "{said:?}");
        assert!(said.contains("control character"), "{said}");
    }
}
