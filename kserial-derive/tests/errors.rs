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
    for lock in std::fs::read_dir("tests/locks").expect("the lock files that the tests contradict")
    {
        let lock = lock.expect("a lock file").path();
        let copy = package.join("locks").join(lock.file_name().expect("a name"));
        std::fs::copy(lock, copy).expect("a copy of the lock file");
    }

    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
