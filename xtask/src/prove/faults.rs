//! Every fault: flipped bits, bursts, truncations and swapped segments of images, all of them found;
//! flipped bits of what Linux itself handed over; and every allocation, failing.
//!
//! The tests do the work; their short form is part of `cargo test`. Here the long form runs, in
//! release, over larger images. What each says of how much it tried is kept as JSON.

use std::fs;
use std::time::Duration;

use anyhow::{ensure, Result};
use serde::Serialize;

use crate::cache;
use crate::tool::Tool;

/// Packages and the tests of theirs that try every fault.
const TESTS: [(&str, &[&str]); 2] = [
    ("kserial-tests", &["--test", "faults"]),
    ("kserial-fuzz-targets", &["--test", "captures", "--test", "no_memory"]),
];

/// A test, and what it says of how much it tried.
#[derive(Debug, PartialEq, Serialize)]
struct Tried {
    package: String,
    test: String,
    passed: bool,
    said: Vec<String>,
}

pub(super) fn run() -> Result<()> {
    let mut tried = Vec::new();
    let mut failed = Ok(());
    for (package, tests) in TESTS {
        let log = cache::folder("logs")?.join(format!("faults-{package}.log"));
        let ended = Tool::cargo()
            .args(["test", "--release", "--package", package])
            .args(tests)
            .args(["--", "--include-ignored", "--nocapture", "--test-threads=1"])
            .dir(cache::checkout())
            .limit(Duration::from_secs(3600))
            .what(format!("every fault, in {package}"))
            .run_logged(&log);
        let of_package = read(package, &fs::read_to_string(&log)?);
        for test in &of_package {
            println!("{}: {}", test.test, if test.passed { "passed" } else { "FAILED" });
            test.said.iter().for_each(|line| println!("  {line}"));
        }
        tried.extend(of_package);
        failed = failed.and(ended);
    }
    let json = cache::folder("prove")?.join("faults.json");
    fs::write(&json, serde_json::to_vec_pretty(&tried)?)?;
    println!("JSON: {}", json.display());
    failed?;
    ensure!(!tried.is_empty() && tried.iter().all(|test| test.passed), "see above");
    Ok(())
}

/// What a run of tests, one after the other, says: a line for each test, in which or after which it
/// says what it tried, and how it ended.
fn read(package: &str, output: &str) -> Vec<Tried> {
    let mut tried: Vec<Tried> = Vec::new();
    let mut open = false;
    for line in output.lines() {
        let line = match line.strip_prefix("test ").and_then(|line| line.split_once(" ... ")) {
            Some((test, rest)) => {
                let (package, test) = (package.to_owned(), test.to_owned());
                tried.push(Tried { package, test, passed: false, said: Vec::new() });
                open = true;
                rest
            }
            None => line,
        };
        let Some(test) = tried.last_mut().filter(|_| open) else { continue };
        match line {
            "ok" => (test.passed, open) = (true, false),
            "FAILED" => open = false,
            "" => {}
            _ => test.said.push(line.to_owned()),
        }
    }
    tried
}

#[test]
fn what_tests_say_is_read_test_by_test() {
    let output = "running 3 tests\ntest a ... ok\ntest b ... 8 flips\n9 cuts\nok\ntest c ... no\n\
                  FAILED\n\nfailures:\n";
    let tried = |test: &str, passed, said: &[&str]| {
        let said = said.iter().map(|&line| line.to_owned()).collect();
        Tried { package: "p".to_owned(), test: test.to_owned(), passed, said }
    };
    let right = [
        tried("a", true, &[]),
        tried("b", true, &["8 flips", "9 cuts"]),
        tried("c", false, &["no"]),
    ];
    assert_eq!(read("p", output), right);
}
