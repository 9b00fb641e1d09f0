//! The command `kserial`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kserial_cli::command::main()
}
