//! The quick tests of the core once more, as one program.
//!
//! A mutant costs what it costs to build and run the tests that might notice it. One program is linked
//! once, where the tests' own are fourteen, and ends at the first test that fails: most mutants are
//! done with in seconds. It is `src/quick.rs`, and `cargo xtask mutants` runs it first. What survives it
//! is tried again with all the other tests, and what survives these too is in `survivors.toml`, with
//! the reason why nobody could notice it.
