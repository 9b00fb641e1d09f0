//! `verdicts --to FILE`: every case of the corpus, what happened, and what `kserial` said, as JSON.
//! `verdicts --render FOLDER`: the single changes in the languages of other checkers, and their list.
//!
//! Exit code 20 where the verdict and the truth differ. `cargo xtask prove` makes tables of both.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use kserial_changes::{case, judged, peers, words::Words};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [what, place] = arguments.as_slice() else {
        return Err("usage: verdicts --to FILE | --render FOLDER".into());
    };
    let place = Path::new(place);
    let cases = case::all(&Words::read());
    // From here on, what is wrong with a case is part of its report.
    std::panic::set_hook(Box::new(|_| {}));
    if what == "--render" {
        let single = cases.into_iter().filter(|case| case.changes.len() == 1);
        let single: Vec<_> = single.map(|case| (case.clone(), judged::judged(&case))).collect();
        let rendered = peers::render(&single, place)?;
        fs::write(place.join("cases.json"), serde_json::to_vec_pretty(&rendered)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let all: Vec<_> = cases.iter().map(judged::judged).collect();
    fs::write(place, serde_json::to_vec_pretty(&all)?)?;
    let differ = all.iter().any(|judged| !judged.differs.is_empty());
    Ok(if differ { ExitCode::from(20) } else { ExitCode::SUCCESS })
}
