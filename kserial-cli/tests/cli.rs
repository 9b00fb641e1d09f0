//! The command as it is used: what it prints, where, and how it ends.
//!
//! `TRYCMD=overwrite cargo test -p kserial-cli --test cli` renews what is printed; what verdicts must
//! say is tested elsewhere, by hand.

#[test]
fn the_command_line_does_what_it_did() {
    let cases = trycmd::TestCases::new();
    cases.case("tests/cmd/*.trycmd");
    cases.run();
}
