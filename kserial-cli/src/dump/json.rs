//! Everything, for programs.

use std::io::{self, Write};
use std::path::Path;

use super::Dump;

impl Dump {
    pub fn json(&self, _out: impl Write, _input: &Path) -> io::Result<()> {
        Ok(())
    }
}
