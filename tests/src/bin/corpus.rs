//! `cargo xtask corpus`: is `compat-corpus/format-1` what its writers and the reference make of it?
//! `--refresh` would make it so, and is refused while the version is frozen.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command that talks to a person")]

use std::process::ExitCode;

use kserial_tests::corpus::{folder, refresh, stale};

fn main() -> ExitCode {
    let writes = std::env::args().nth(1).as_deref() == Some("--refresh");
    let (changed, done) = match writes {
        true => (refresh(&folder()), "written"),
        false => (stale(&folder()), "not what would be written today"),
    };
    match changed {
        Ok(names) => {
            names.iter().for_each(|name| println!("{name}: {done}"));
            if names.is_empty() {
                println!("every image is what it was");
            }
            ExitCode::from(if writes || names.is_empty() { 0 } else { 20 })
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(20)
        }
    }
}
