//! The reader in C as a command, built with sanitizers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use kserial_fuzz_targets::{Answer, SecondReader};

pub(crate) struct Command {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Command {
    pub(crate) fn build() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../c-reader");
        let mut make = process::Command::new("make");
        let made = make.args(["-s", "kserial_read.san"]).current_dir(&source).status();
        assert!(made.unwrap().success(), "make in {}", source.display());
        Self { program: source.join("kserial_read.san"), folder: tempfile::tempdir().unwrap() }
    }

    fn run(&self, options: &[&str], inputs: &[&[u8]]) -> Answer {
        let mut command = process::Command::new(&self.program);
        command.args(options);
        for (n, input) in inputs.iter().enumerate() {
            let file = self.folder.path().join(n.to_string());
            fs::write(&file, input).unwrap();
            command.arg(file);
        }
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(text(&output.stdout)),
            Some(1) => Err(text(&output.stderr)),
            _ => panic!("the reader in C: {}: {}", output.status, text(&output.stderr)),
        }
    }
}

impl SecondReader for Command {
    fn image(&self, image: &[u8]) -> Result<(), String> {
        self.run(&[], &[image]).map(drop)
    }

    fn read_as(&self, layout: &[u8], image: &[u8]) -> Answer {
        self.run(&["--as"], &[layout, image])
    }

    fn layout(&self, layout: &[u8]) -> Result<(), String> {
        self.run(&["--layout"], &[layout]).map(drop)
    }

    fn grade(&self, source: &[u8], target: &[u8]) -> Answer {
        self.run(&["--grade"], &[source, target])
    }

    fn note(&self, description: &[u8]) -> Result<(), String> {
        self.run(&["--note"], &[description]).map(drop)
    }
}
