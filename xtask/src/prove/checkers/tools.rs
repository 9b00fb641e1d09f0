//! The checkers: how each is had, and how it is asked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{ensure, Context, Result};
use serde::Deserialize;

use super::{Answers, Case};
use crate::cache;
use crate::setup::{self, Need};
use crate::tool::{self, Tool};

/// A checker, and how it is asked.
pub(super) struct Checker {
    pub(super) name: &'static str,
    language: &'static str,
    /// Makes it ready; its program and its version.
    ready: fn() -> Result<(PathBuf, String)>,
    ask: Ask,
}

/// Asks a program about the files in a folder, from one side (`old`, `new`) to the other: whether it
/// complains, by case; none where it cannot read one of the files.
type Ask = fn(&Path, &Path, &str, &str, &[usize]) -> Result<Vec<Option<bool>>>;

pub(super) const ALL: [Checker; 4] = [
    Checker {
        name: "`abidiff`, on a packed C struct",
        language: "c",
        ready: abidiff,
        ask: ask_abidiff,
    },
    Checker {
        name: "`buf breaking`, category WIRE, on proto2",
        language: "proto",
        ready: buf,
        ask: ask_wire,
    },
    Checker {
        name: "`buf breaking`, category FILE, on proto2",
        language: "proto",
        ready: buf,
        ask: ask_file,
    },
    Checker {
        name: "`flatc --conform`, on a table with IDs",
        language: "fbs",
        ready: flatc,
        ask: ask_flatc,
    },
];

impl Checker {
    /// What it says of all cases that its language can say, in both directions.
    ///
    /// # Errors
    /// Why it cannot be asked. One that says the same of every change was asked wrongly, and one that
    /// says nothing of any was not asked.
    pub(super) fn ask(&self, folder: &Path, cases: &[Case]) -> Result<Answers> {
        let (program, version) = (self.ready)()?;
        let speaks = |case: &&Case| case.languages.iter().any(|word| word == self.language);
        let numbers: Vec<usize> = cases.iter().filter(speaks).map(|case| case.number).collect();
        let folder = folder.join(self.language);
        let way = |from, to| (self.ask)(&program, &folder, from, to, &numbers);
        let (update, rollback) = (way("old", "new")?, way("new", "old")?);
        let of = |case: &Case| {
            let at = numbers.iter().position(|number| *number == case.number)?;
            Some([(*update.get(at)?)?, (*rollback.get(at)?)?])
        };
        let said: Vec<Option<[bool; 2]>> = cases.iter().map(of).collect();
        let words: BTreeSet<bool> = said.iter().flatten().flatten().copied().collect();
        ensure!(!words.is_empty(), "{version} answers for none of {} changes", numbers.len());
        ensure!(words.len() == 2, "{version} says the same of every change");
        Ok(Answers { checker: self.name.to_owned(), version, said })
    }
}

fn abidiff() -> Result<(PathBuf, String)> {
    setup::install(&[Need::program("abidiff", "abigail-tools"), Need::program("gcc", "gcc")])?;
    at_hand("abidiff")
}

fn flatc() -> Result<(PathBuf, String)> {
    setup::install(&[Need::program("flatc", "flatbuffers-compiler")])?;
    at_hand("flatc")
}

fn at_hand(program: &str) -> Result<(PathBuf, String)> {
    let path = tool::find(program).with_context(|| format!("there is no {program}"))?;
    let version = Tool::new(&path).args(["--version"]).output()?;
    // Some say where they lie before they say what they are.
    let words = version.split_whitespace().filter(|word| !word.contains('/'));
    let version: Vec<&str> = words.filter(|word| *word != program && *word != "version").collect();
    Ok((path, format!("{program} {}", version.join(" "))))
}

/// buf comes as a package for node, kept in the cache.
fn buf() -> Result<(PathBuf, String)> {
    setup::install(&[Need::program("npm", "npm")])?;
    let folder = cache::folder("tools/buf")?;
    let program = folder.join("node_modules/.bin/buf");
    if !program.exists() {
        Tool::new("npm")
            .args(["install", "--silent", "--no-fund", "--no-audit", "@bufbuild/buf"])
            .dir(&folder)
            .what("installing buf")
            .run_logged(&cache::folder("logs")?.join("buf.log"))?;
    }
    let version = Tool::new(&program).args(["--version"]).output()?;
    Ok((program, format!("buf {}", version.trim())))
}

/// Debug information of both sides; any change of the interface is a complaint.
fn ask_abidiff(
    program: &Path,
    folder: &Path,
    from: &str,
    to: &str,
    numbers: &[usize],
) -> Result<Vec<Option<bool>>> {
    let object = |side: &str, number: &usize| -> Result<PathBuf> {
        let source = folder.join(side).join(format!("{number}.c"));
        let object = source.with_extension("o");
        if !object.exists() {
            let out = output(
                Command::new("gcc").arg("-g").arg("-c").arg(&source).arg("-o").arg(&object),
            )?;
            ensure!(out.status.success(), "gcc: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(object)
    };
    let ask = |number: &usize| -> Result<Option<bool>> {
        let (from, to) = (object(from, number)?, object(to, number)?);
        let out = output(Command::new(program).arg(from).arg(to))?;
        // Bits of its exit code: 1 an error, 2 wrong usage, 4 the interface changed, 8 beyond doubt.
        let code = out.status.code().unwrap_or(1);
        ensure!(code & 3 == 0, "abidiff, case {number}: exit code {code}");
        Ok(Some(code & 12 != 0))
    };
    numbers.iter().map(ask).collect()
}

fn ask_flatc(
    program: &Path,
    folder: &Path,
    from: &str,
    to: &str,
    numbers: &[usize],
) -> Result<Vec<Option<bool>>> {
    let conforms = |old: &Path, new: &Path| -> Result<bool> {
        Ok(output(Command::new(program).arg("--conform").arg(old).arg(new))?.status.success())
    };
    let ask = |number: &usize| -> Result<Option<bool>> {
        let [from, to] = [from, to].map(|side| folder.join(side).join(format!("{number}.fbs")));
        // A schema that does not even conform to itself is none: an ID that is gone, say.
        if !conforms(&from, &from)? || !conforms(&to, &to)? {
            return Ok(None);
        }
        Ok(Some(!conforms(&from, &to)?))
    };
    numbers.iter().map(ask).collect()
}

fn ask_wire(
    program: &Path,
    folder: &Path,
    from: &str,
    to: &str,
    numbers: &[usize],
) -> Result<Vec<Option<bool>>> {
    ask_buf(program, folder, (from, to), "WIRE", numbers)
}

fn ask_file(
    program: &Path,
    folder: &Path,
    from: &str,
    to: &str,
    numbers: &[usize],
) -> Result<Vec<Option<bool>>> {
    ask_buf(program, folder, (from, to), "FILE", numbers)
}

/// One question for all cases: each is a file with a package of its own.
fn ask_buf(
    program: &Path,
    folder: &Path,
    (from, to): (&str, &str),
    category: &str,
    numbers: &[usize],
) -> Result<Vec<Option<bool>>> {
    #[derive(Deserialize)]
    struct Complaint {
        path: Option<PathBuf>,
    }
    for side in [from, to] {
        fs::write(folder.join(side).join("buf.yaml"), "version: v2\n")?;
    }
    let config = format!(r#"{{"version":"v2","breaking":{{"use":["{category}"]}}}}"#);
    let mut command = Command::new(program);
    command.args(["breaking", ".", "--against"]).arg(folder.join(from));
    command.args(["--config", &config, "--error-format", "json"]).current_dir(folder.join(to));
    let out = output(&mut command)?;
    let code = out.status.code().unwrap_or(1);
    ensure!(
        code == 0 || code == 100,
        "buf: exit code {code}: {}",
        String::from_utf8_lossy(&out.stderr).trim()
    );
    let mut about = BTreeSet::new();
    for line in String::from_utf8_lossy(&out.stdout).lines() {
        let complaint: Complaint = serde_json::from_str(line).context("what buf printed")?;
        about.extend(complaint.path);
    }
    let file = |number: &usize| PathBuf::from(format!("{number}.proto"));
    Ok(numbers.iter().map(|number| Some(about.contains(&file(number)))).collect())
}

fn output(command: &mut Command) -> Result<Output> {
    command.output().with_context(|| format!("cannot run {:?}", command.get_program()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two changes of which a checker says this.
    fn said(ask: Ask) -> Result<Answers> {
        let checker = Checker {
            name: "one",
            language: "c",
            ready: || Ok((PathBuf::new(), "one 1.0".to_owned())),
            ask,
        };
        let case = |number| Case {
            number,
            change: String::new(),
            known_as: None,
            harmful: [false; 2],
            plan: [false; 2],
            lock: false,
            languages: vec!["c".to_owned()],
        };
        checker.ask(Path::new(""), &[case(0), case(1)])
    }

    #[test]
    fn a_checker_that_cannot_read_any_change_has_not_run() {
        assert!(said(|_, _, _, _, _| Ok(vec![None, None])).is_err());
    }

    #[test]
    fn a_checker_that_says_the_same_of_every_change_has_not_run() {
        for word in [false, true] {
            let all: Ask = match word {
                false => |_, _, _, _, _| Ok(vec![Some(false); 2]),
                true => |_, _, _, _, _| Ok(vec![Some(true); 2]),
            };
            assert!(said(all).is_err());
        }
    }

    #[test]
    fn a_checker_need_not_read_every_change() {
        let some: Ask = |_, _, from, _, _| Ok(vec![Some(from == "old"), None]);
        let said = said(some).map(|answers| answers.said).ok();
        assert_eq!(said, Some(vec![Some([true, false]), None]));
    }
}
