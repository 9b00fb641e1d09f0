//! Every mistake that the compiler refuses, and what it says: `ui/*.rs` beside `ui/*.stderr`.
//!
//! `TRYBUILD=overwrite cargo test -p kserial-derive --test errors` writes the texts anew.

use std::path::Path;

#[test]
#[cfg_attr(
    not(feature = "lock"),
    ignore = "without the feature `lock` nothing is held against lock files"
)]
fn mistakes_are_refused_where_they_are_made() {
    // The tests are compiled as a package of their own, which lock files are found from.
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild/kserial-derive");
    std::fs::create_dir_all(package.join("locks")).expect("a directory for the lock file");
    std::fs::copy("tests/locks/memfd.toml", package.join("locks/memfd.toml"))
        .expect("the lock file that the tests contradict");

    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
