//! `verdicts --to FILE`: every case of the corpus, what happened, and what `kserial` said, as JSON.
//!
//! Exit code 20 where the two differ. `cargo xtask prove --verdicts` makes a table of it.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use kserial_changes::{case, judged, words::Words};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let to = match arguments.as_slice() {
        [to, file] if to == "--to" => PathBuf::from(file),
        _ => return Err("usage: verdicts --to FILE".into()),
    };
    let cases = case::all(&Words::read());
    // From here on, what is wrong with a case is part of its report.
    std::panic::set_hook(Box::new(|_| {}));
    let all: Vec<_> = cases.iter().map(judged::judged).collect();
    fs::write(to, serde_json::to_vec_pretty(&all)?)?;
    let differ = all.iter().any(|judged| !judged.differs.is_empty());
    Ok(if differ { ExitCode::from(20) } else { ExitCode::SUCCESS })
}
