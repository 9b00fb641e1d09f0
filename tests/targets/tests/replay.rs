//! Every input that fuzzing has found worth keeping, without a fuzzer: see `fuzz/`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use kserial_fuzz_targets::{second_reader, Target, TARGETS};

#[path = "second/mod.rs"]
mod second;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}

/// Gives `look` every input of a target. Its name is printed where the test fails.
#[allow(clippy::print_stdout, reason = "shown only where the test fails")]
fn replay(target: &str, look: impl Fn(&[u8])) {
    let mut inputs: Vec<_> =
        fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(inputs.len() > 1, "no inputs for {target}");
    for input in inputs {
        println!("{}", input.display());
        look(&fs::read(&input).unwrap());
    }
}

fn target(name: &str) -> Target {
    TARGETS.iter().find(|(target, _)| *target == name).unwrap().1
}

macro_rules! replayed {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name), target(stringify!($name)));
        })*

        #[test]
        fn every_target_is_replayed() {
            let replayed = [$(stringify!($name)),*];
            assert!(TARGETS.iter().all(|(target, _)| replayed.contains(target)));
        }
    };
}

replayed! { image layout records pair tree handover btf source schema manifest state }

#[test]
#[ignore = "needs a C compiler and make"]
fn the_reader_in_c_sees_the_same() {
    let reader = second::Command::build();
    replay("second_reader", |bytes| second_reader(bytes, &reader));
}
